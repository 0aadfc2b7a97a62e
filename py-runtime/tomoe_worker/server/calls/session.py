"""What one worker holds, and in which order it may be asked for it."""

from __future__ import annotations

import os
import threading
from typing import Any, Final

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.process_state import ProcessState
from tomoe_worker.server.calls.answers import Answers
from tomoe_worker.server.calls.checkpoint_folder import read_checkpoint, write_checkpoint
from tomoe_worker.server.calls.compute import ComputeThread
from tomoe_worker.server.calls.fence import fenced, raise_fence
from tomoe_worker.server.calls.held_model import HeldModel, needed
from tomoe_worker.server.calls.held_tensors import HeldTensors
from tomoe_worker.server.calls.stage import StageInProgress
from tomoe_worker.server.calls.telemetry import Telemetry, cpu_seconds
from tomoe_worker.server.wire.specs import to_spec
from tomoe_worker.server.wire.trials import to_trials
from tomoe_worker.spec import StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer
from tomoe_worker.train.trial import try_stage

_IDLE: Final = Telemetry("", rank=0, attempt=0, device_bytes=lambda: 0)


class Session:
    """The state of one worker: who speaks to it, its tensors and model, and the stage in progress."""

    def __init__(self, device: torch.device, ranks: Ranks, cpu_before: float = 0.0) -> None:
        """Args:
        cpu_before: CPU seconds of this process that belong to earlier runs.
        """
        self.device, self.ranks, self._cpu_before = device, ranks, cpu_before
        self.compute = ComputeThread()
        self.telemetry = _IDLE
        self.tensors = HeldTensors()
        self.held = HeldModel(device, self.compute)
        self.answers = Answers(
            self.held, self.tensors, self.compute, lambda text: self.telemetry.log("info", text)
        )
        self._lock = threading.RLock()
        self._hello: Any = None
        self._writable: dict[str, str] = {}
        self.readable: dict[str, str] = {}
        self._stage: StageInProgress | None = None

    def greet(self, hello: Any) -> None:
        """Take a hello: roots, threads, telemetry, attempt. The same one again changes nothing; one of a
        later attempt takes over, and what the earlier attempt left open is given up.

        Raises:
            TomoeError: ``WORKER_FENCED`` for an earlier attempt, ``WORKER_STATE`` for another hello of the
                same attempt, ``PATH_NOT_FOUND`` for a root that is no folder.
        """
        with self._lock:
            if self._hello is not None:
                self.check_attempt(hello.attempt)
                if hello == self._hello:
                    return
                if hello.attempt == self._hello.attempt:
                    raise TomoeError(
                        "WORKER_STATE",
                        f"attempt {hello.attempt} said hello before, with other words",
                        hint="Count the attempt up when a run starts anew.",
                    )
                self.close_stage()
            self._open_roots(hello)
            if hello.threads:
                self.compute.run("idle", lambda: torch.set_num_threads(hello.threads))
            self.telemetry.close()
            self.telemetry = Telemetry(
                hello.telemetry_endpoint,
                rank=self.ranks.rank,
                attempt=hello.attempt,
                device_bytes=self.device_bytes,
                cpu_before=self._cpu_before,
            )
            self._hello = hello

    def check_attempt(self, attempt: int) -> None:
        """Refuse a call of an attempt that was replaced, and any call before the hello.

        Raises:
            TomoeError: ``WORKER_FENCED`` or ``WORKER_STATE``.
        """
        hello = self._hello
        if hello is None:
            raise TomoeError("WORKER_STATE", "nobody has said hello yet", hint="Begin with Hello.")
        if attempt < hello.attempt:
            fenced(attempt, hello.attempt)

    def between_stages(self, call: str) -> HeldModel:
        """The model, to be made or changed by ``call``.

        Raises:
            TomoeError: ``WORKER_STATE`` while a stage is open.
        """
        if self._stage is not None:
            raise TomoeError(
                "WORKER_STATE",
                f"{call} is not possible while stage {self._stage.spec.name!r} is open",
                hint="End the stage first.",
            )
        return self.held

    def begin_stage(self, message: Any) -> StageInProgress:
        """Open a stage; after LoadCheckpoint with training state it goes on where that was saved.

        Raises:
            TomoeError: ``WORKER_STATE`` when a stage is open, and what StageTrainer raises.
        """
        with self._lock:
            held = self.between_stages("a stage")
            spec, model = to_spec(message, StageSpec), held.model
            trainer = self.compute.run("loading", lambda: StageTrainer(model, spec, self.ranks, held.resumed))
            held.forget_resumed()
            self._stage = StageInProgress(spec, trainer, self.ranks.rank, self.compute, self.telemetry)
            return self._stage

    def try_stage(self, message: Any) -> list[dict[str, Any]]:
        """Carry out trials of a stage that is not open yet; TriedStage values.

        Raises:
            TomoeError: ``WORKER_STATE`` when a stage is open, and what ``try_stage`` of train/ raises.
        """
        model = self.between_stages("TryStage").model
        trials = to_trials(message, self.tensors.columns)
        tried = self.compute.run("training", lambda: try_stage(model, trials, self.ranks))
        return [vars(one) for one in tried]

    def open_stage(self) -> StageInProgress:
        """The stage in progress.

        Raises:
            TomoeError: ``WORKER_STATE`` when there is none.
        """
        return needed(self._stage, "no stage is open", "Begin a stage on the Train stream first.")

    def stage_is(self, stage: StageInProgress) -> bool:
        """True while ``stage`` is the one in progress."""
        return self._stage is stage

    def close_stage(self) -> None:
        """End the stage in progress, if any: its feed ends, its optimizer goes."""
        with self._lock:
            if self._stage is not None:
                self._stage.feed.close()
            self._stage = None

    def save_checkpoint(self, root: str, path: str) -> list[dict[str, Any]]:
        """Write model and stage in progress into an empty folder below a writable root; CheckpointFile
        values.
        """
        model, stage = self.held.model, self._stage
        trainer = stage.trainer if stage is not None else None
        attempt, roots = self._hello.attempt, self._writable
        return self.compute.run(
            "loading", lambda: write_checkpoint(roots, root, path, attempt, model, trainer, self.ranks.rank)
        )

    def load_checkpoint(self, message: Any) -> dict[str, Any]:
        """Replace model and tokenizer by a checkpoint's; ModelStateSummary values."""
        held = self.between_stages("LoadCheckpoint")
        loaded = self.compute.run(
            "loading", lambda: read_checkpoint(self.readable, message, self.device, self.ranks.rank)
        )
        held.replace(loaded)
        return loaded.summary

    def close(self) -> None:
        """Let go of everything that lives outside this process's memory."""
        self.close_stage()
        self.telemetry.close()
        self.tensors.close()

    def renewed(self, state: ProcessState) -> Session:
        """End this session for good, and begin one that knows nothing of it, in a process that is as it was.

        Args:
            state: of the process, taken when it started.

        Raises:
            TomoeError: ``WORKER_STATE`` when something still computes, the process cannot be put back, or
                its model is still held: the process is then of no use any more.
        """
        self.close()
        self.compute.end()
        model = self.held.let_go()
        state.restore(self.device)
        if model is not None and model() is not None:
            what = "the model of the run that ended is still held"
            raise TomoeError("WORKER_STATE", what, hint="Start another worker.")
        return Session(self.device, self.ranks, cpu_seconds())

    def _open_roots(self, hello: Any) -> None:
        roots = {root.name: root.path for root in hello.roots}
        for name, path in roots.items():
            if not os.path.isdir(path):
                raise TomoeError(
                    "PATH_NOT_FOUND", f"root {name!r} is no folder: {path}", hint="Make the folder first."
                )
        self._writable = {root.name: root.path for root in hello.roots if root.writable}
        self.readable = roots
        for path in self._writable.values():
            raise_fence(path, hello.attempt)
        self.tensors.open_roots(roots)

    def device_bytes(self) -> int:
        """What this process holds on its GPU; 0 without one."""
        return torch.cuda.memory_allocated(self.device) if self.device.type == "cuda" else 0
