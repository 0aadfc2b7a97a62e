"""Makes the real worker misbehave: TOMOE_MISBEHAVE is a comma-separated list of WHAT@STEP and of the flags
below.

WHAT: crash (exit 7), segfault, hang (sleeps), gil (sleeps with the interpreter lock held), device (raises
what torch
raises when the GPU's context is lost), hoard (takes memory until the kernel or the allocator says no), cut
(breaks
every connection of its Unix socket and goes on).
Flags: deaf (ignores SIGTERM, the end of stdin, and Shutdown), late (starts a second late).
Python imports this module at start when its folder is on PYTHONPATH.
"""

import ctypes
import importlib.abc
import importlib.util
import os
import socket
import sys
import time

WISHES = dict([*wish.split("@"), ""][:2] for wish in os.environ.get("TOMOE_MISBEHAVE", "").split(",") if wish)


def misbehave(step: int) -> None:
    for what, when in WISHES.items():
        if when != str(step):
            continue
        print(f"misbehaving: {what} at step {step}", file=sys.stderr, flush=True)
        if what == "crash":
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
        misbehave(batch.step)
        return real(self, batch, plan)

    module.StageTrainer.step = step


def patch_boot(module):
    module.Ending.ask = lambda self, code: None


def patch_guard(module):
    module._watch_stdin = lambda: None


PATCHES = {"tomoe_worker.train.trainer": patch_trainer}
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
