"""Makes the real worker misbehave: TOMOE_MISBEHAVE is a comma-separated list of WHAT@STEP and of the flags
below.

STEP: of every stage, or STAGE:STEP.
WHAT: kill (SIGKILL before the step), part (SIGKILL once the first part of the step has passed), save (SIGKILL
in the checkpoint after so many steps, with its files half there), look (SIGKILL at the so-manieth question
that is scored once a stage was opened), crash (exit 7), segfault, hang (sleeps), gil (sleeps with the
interpreter lock held), device (raises what torch raises when the GPU's context is lost), hoard (takes memory
until the kernel or the allocator says no), cut (breaks every connection of its Unix socket and goes on).
rank@N: rank N alone misbehaves.
Flags: deaf (ignores SIGTERM, the end of stdin, and Shutdown), late (starts a second late).
Python imports this module at start when its folder is on PYTHONPATH.
"""

import ctypes
import importlib.abc
import importlib.util
import os
import signal
import socket
import sys
import time

WISHES = dict([*wish.split("@"), ""][:2] for wish in os.environ.get("TOMOE_MISBEHAVE", "").split(",") if wish)
if WISHES.pop("rank", os.environ.get("RANK", "0")) != os.environ.get("RANK", "0"):
    WISHES = {}


def is_due(what: str, stage: str, step: int) -> bool:
    return WISHES.get(what) in (str(step), f"{stage}:{step}")


def die(where: str) -> None:
    print(f"misbehaving: killed {where}", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def misbehave(stage: str, step: int) -> None:
    for what in WISHES:
        if what in ("part", "save", "look") or not is_due(what, stage, step):
            continue
        print(f"misbehaving: {what} at step {step}", file=sys.stderr, flush=True)
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif what == "crash":
            os._exit(7)
        elif what == "segfault":
            ctypes.string_at(0)
        elif what == "hang":
            time.sleep(600)
        elif what == "gil":
            ctypes.PyDLL(None).sleep(600)
        elif what == "device":
            raise sys.modules["torch"].AcceleratorError("CUDA error: device-side assert triggered")
        elif what == "hoard":
            held = []
            while True:
                held.append(b"x" * 50_000_000)
        elif what == "cut":
            cut_connections()


def cut_connections() -> None:
    """Nobody else can close a connection between two processes without root."""
    for number in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(number))) as connection:
                connection.getpeername()
                # An accepted socket bears the name of the one that listened; stdin and its like have none.
                if connection.getsockname():
                    connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def patch_trainer(module):
    real = module.StageTrainer.step

    def step(self, batch, plan):
        name = self.stage.name
        misbehave(name, batch.step)
        if not is_due("part", name, batch.step):
            return real(self, batch, plan)
        run, passed = self._forward.run, []

        def counted(part, plan):
            if passed:
                die(f"between two parts of step {batch.step} of {name}")
            passed.append(part)
            return run(part, plan)

        self._forward.run = counted
        return real(self, batch, plan)

    module.StageTrainer.step = step


def patch_checkpoint_folder(module):
    real = module._describe

    def describe(path, **how):
        # Its files are written one after the other, and each is described.
        if is_due("save", Saving.stage, Saving.step):
            die(f"while the checkpoint after step {Saving.step} of {Saving.stage} was written")
        return real(path, **how)

    module._describe = describe


class Saving:
    """The checkpoint that is being written."""

    stage, step = "", -1


def patch_session(module):
    save, begin = module.Session.save_checkpoint, module.Session.begin_stage

    def save_checkpoint(self, root, path):
        trainer = self.open_stage().trainer
        Saving.stage, Saving.step = trainer.stage.name, trainer.next_step
        return save(self, root, path)

    def begin_stage(self, message):
        Looking.open = True
        return begin(self, message)

    module.Session.save_checkpoint, module.Session.begin_stage = save_checkpoint, begin_stage


class Looking:
    """How many questions were scored since a stage was opened."""

    open, count = False, 0


def patch_answers(module):
    real = module.score

    def score(*asked):
        for answer in real(*asked):
            Looking.count += Looking.open
            if WISHES.get("look") == str(Looking.count):
                die(f"at question {Looking.count} that was scored")
            yield answer

    module.score = score


def patch_boot(module):
    module.Ending.ask = lambda self, code: None


def patch_guard(module):
    module._watch_stdin = lambda: None


PATCHES = {
    "tomoe_worker.train.trainer": patch_trainer,
    "tomoe_worker.server.calls.session": patch_session,
    "tomoe_worker.server.calls.checkpoint_folder": patch_checkpoint_folder,
    "tomoe_worker.server.calls.answers": patch_answers,
}
if "deaf" in WISHES:
    PATCHES["tomoe_worker.server.launch.boot"] = patch_boot
    PATCHES["tomoe_worker.server.launch.guard"] = patch_guard


class Patcher(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in PATCHES:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            PATCHES[name](module)

        spec.loader.exec_module = exec_module
        return spec


if WISHES:
    sys.meta_path.insert(0, Patcher())
if "late" in WISHES:
    time.sleep(1)
