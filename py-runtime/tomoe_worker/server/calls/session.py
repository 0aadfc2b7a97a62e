"""What one worker holds, and in which order it may be asked for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.generate import generate
from tomoe_worker.infer.score import score
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.phi3v.tokenizer import Tokenizer, fit_tokenizer
from tomoe_worker.model.io.state import TrainingState
from tomoe_worker.server.calls.checkpoint_folder import read_checkpoint, write_checkpoint
from tomoe_worker.server.calls.compute import ComputeThread
from tomoe_worker.server.calls.fence import fenced, raise_fence
from tomoe_worker.server.calls.stage import StageInProgress
from tomoe_worker.server.calls.telemetry import Telemetry
from tomoe_worker.server.tensors.arrow import TensorColumn, decode_tensors
from tomoe_worker.server.tensors.regions import FileRegion, RegionMap
from tomoe_worker.server.tensors.uploads import UploadStore
from tomoe_worker.server.wire.specs import to_generation, to_queries, to_scoring, to_spec, to_volume
from tomoe_worker.server.wire.walk import digest_message
from tomoe_worker.spec import ModelSpec, RoutingPlan, StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

_MAX_MAPPED_FILES: Final = 256
_MAX_MAPPED_BYTES: Final = 64 << 30
_MAX_UPLOADS: Final = 1024
_MAX_UPLOAD_BYTES: Final = 2 << 30
_IDLE: Final = Telemetry("", rank=0, attempt=0, device_bytes=lambda: 0)

Value = TypeVar("Value")


class Session:
    """The state of one worker: agreed roots, tensors, tokenizer, model, and the stage in progress."""

    def __init__(self, device: torch.device, ranks: Ranks) -> None:
        self.device, self.ranks = device, ranks
        self.compute = ComputeThread()
        self.telemetry = _IDLE
        self._lock = threading.RLock()
        self._hello: Any = None
        self._regions = RegionMap({}, max_files=_MAX_MAPPED_FILES, max_bytes=_MAX_MAPPED_BYTES)
        self.uploads = UploadStore(max_uploads=_MAX_UPLOADS, max_bytes=_MAX_UPLOAD_BYTES)
        self._writable: dict[str, str] = {}
        self._readable: dict[str, str] = {}
        self._tokenizer: Tokenizer | None = None
        self._model: TomoeModel | None = None
        self._resumed: TrainingState | None = None
        self._stage: StageInProgress | None = None

    # --- hello and fence
    # -------------------------------------------------------------------------------------------

    def greet(self, hello: Any) -> None:
        """Take a hello: roots, threads, telemetry, attempt. The same one again changes nothing; one of a
        later attempt
        takes over, and what the earlier attempt left open is given up.

        Raises:
            TomoeError: ``WORKER_FENCED`` for an earlier attempt, ``WORKER_STATE`` for another hello of the
            same
                attempt, ``PATH_NOT_FOUND`` for a root that is no folder.
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
                device_bytes=self._device_bytes,
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

    def _open_roots(self, hello: Any) -> None:
        roots = {root.name: root.path for root in hello.roots}
        for name, path in roots.items():
            if not os.path.isdir(path):
                raise TomoeError(
                    "PATH_NOT_FOUND", f"root {name!r} is no folder: {path}", hint="Make the folder first."
                )
        self._writable = {root.name: root.path for root in hello.roots if root.writable}
        self._readable = roots
        for path in self._writable.values():
            raise_fence(path, hello.attempt)
        self._regions.close()
        self._regions = RegionMap(roots, max_files=_MAX_MAPPED_FILES, max_bytes=_MAX_MAPPED_BYTES)

    def _device_bytes(self) -> int:
        return torch.cuda.memory_allocated(self.device) if self.device.type == "cuda" else 0

    # --- tensors
    # ---------------------------------------------------------------------------------------------------

    def open_tensor(self, reference: Any) -> tuple[TensorColumn, ...]:
        """Decode the tensor a TensorRef names.

        Raises:
            TomoeError: as ``RegionMap.open``, ``UploadStore.get`` and ``decode_tensors``.
        """
        if reference.WhichOneof("location") == "uploaded":
            return decode_tensors(self.uploads.get(reference.uploaded.upload_id))
        return decode_tensors(self._regions.open(to_spec(reference.region, FileRegion)))

    def columns(self, reference: Any) -> Mapping[str, Any]:
        """The tensors of a TensorRef by column name."""
        return {column.name: column.tensor for column in self.open_tensor(reference)}

    def drop_tensor(self, reference: Any) -> bool:
        """Free an upload or unmap a region; False when there is none."""
        if reference.WhichOneof("location") == "uploaded":
            return self.uploads.drop(reference.uploaded.upload_id)
        return self._regions.drop(to_spec(reference.region, FileRegion))

    # --- model
    # -----------------------------------------------------------------------------------------------------

    def fit_tokenizer(self, vocab: int, lines: Iterable[str]) -> Tokenizer:
        """Fit the tokenizer that the next model takes. Raises what ``fit_tokenizer`` of model/ raises."""
        self._no_stage("FitTokenizer")
        self._tokenizer = self.compute.run("loading", lambda: fit_tokenizer(lines, vocab))
        return self._tokenizer

    def create_model(self, message: Any, seed: int) -> tuple[str, list[dict[str, Any]]]:
        """Build the 2D model from a ModelSpec message; returns the spec's digest and the parameter groups."""
        self._no_stage("CreateModel")
        tokenizer = _needed(self._tokenizer, "no tokenizer was fitted", "Call FitTokenizer first.")
        spec = to_spec(message, ModelSpec)
        self._model = self.compute.run("loading", lambda: TomoeModel(spec, tokenizer, seed, self.device))
        self._resumed = None
        return digest_message(message), self.parameter_groups()

    def lift_model(self, seed: int) -> dict[str, Any]:
        """Lift the model; the values of a LiftModelResponse."""
        self._no_stage("LiftModel")
        model = self.model
        report = self.compute.run("loading", lambda: model.lift(seed))
        self._resumed = None
        return {
            "reused_tensors": report.reused_tensors,
            "new_tensors": report.new_tensors,
            "inactive_tensors": report.inactive_tensors,
            "groups": self.parameter_groups(),
        }

    @property
    def model(self) -> TomoeModel:
        """The model in memory.

        Raises:
            TomoeError: ``WORKER_STATE`` when there is none.
        """
        return _needed(self._model, "there is no model", "Call CreateModel or LoadCheckpoint first.")

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The model's trainable components and their sizes, as ParameterGroup values."""
        return [
            {
                "component": name,
                "parameters": sum(parameter.numel() for _, parameter in members),
                "tensors": len(members),
            }
            for name, members in sorted(self.model.components().items())
        ]

    # --- stage
    # -----------------------------------------------------------------------------------------------------

    def begin_stage(self, message: Any) -> StageInProgress:
        """Open a stage; after LoadCheckpoint with training state it goes on where that was saved.

        Raises:
            TomoeError: ``WORKER_STATE`` when a stage is open, and what StageTrainer raises.
        """
        with self._lock:
            self._no_stage("a stage")
            spec, model, resumed = to_spec(message, StageSpec), self.model, self._resumed
            trainer = self.compute.run("loading", lambda: StageTrainer(model, spec, self.ranks, resumed))
            self._resumed = None
            self._stage = StageInProgress(spec, trainer, self.ranks.rank, self.compute, self.telemetry)
            return self._stage

    def open_stage(self) -> StageInProgress:
        """The stage in progress.

        Raises:
            TomoeError: ``WORKER_STATE`` when there is none.
        """
        return _needed(self._stage, "no stage is open", "Begin a stage on the Train stream first.")

    def stage_is(self, stage: StageInProgress) -> bool:
        """True while ``stage`` is the one in progress."""
        return self._stage is stage

    def close_stage(self) -> None:
        """End the stage in progress, if any: its feed ends, its optimizer goes."""
        with self._lock:
            if self._stage is not None:
                self._stage.feed.close()
            self._stage = None

    def _no_stage(self, call: str) -> None:
        if self._stage is not None:
            raise TomoeError(
                "WORKER_STATE",
                f"{call} is not possible while stage {self._stage.spec.name!r} is open",
                hint="End the stage first.",
            )

    # --- answers
    # ---------------------------------------------------------------------------------------------------

    def generate(self, message: Any, wanted: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """Values of GenerateResponse messages, in the order texts are finished."""
        model, queries, plan = self.model, to_queries(message), to_spec(message.plan, RoutingPlan)
        volumes = [to_volume(volume, self.columns) for volume in message.volumes]
        job = lambda: generate(model, volumes, queries, plan, to_generation(message))  # noqa: E731
        for done in self.compute.stream("generating", job, wanted):
            yield {
                "query_id": done.query_id,
                "text": done.text,
                "tokens": done.tokens,
                "ended": done.ended,
                "encode_seconds": done.encode_seconds,
                "generate_seconds": done.generate_seconds,
            }

    def score(self, message: Any, wanted: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """Values of ScoreResponse messages, in the order of the queries."""
        model, queries, plan = self.model, to_queries(message), to_spec(message.plan, RoutingPlan)
        volumes = [to_volume(volume, self.columns) for volume in message.volumes]
        job = lambda: score(model, volumes, queries, plan, to_scoring(message))  # noqa: E731
        for query_id, log_probs in self.compute.stream("generating", job, wanted):
            yield {"query_id": query_id, "log_probs": log_probs}

    # --- checkpoints
    # -----------------------------------------------------------------------------------------------

    def save_checkpoint(self, root: str, path: str) -> list[dict[str, Any]]:
        """Write model and stage in progress into an empty folder below a writable root; CheckpointFile
        values.
        """
        model, stage = self.model, self._stage
        trainer = stage.trainer if stage is not None else None
        attempt = self._hello.attempt
        roots = self._writable
        return self.compute.run(
            "loading", lambda: write_checkpoint(roots, root, path, attempt, model, trainer)
        )

    def load_checkpoint(self, message: Any) -> dict[str, Any]:
        """Replace model and tokenizer by a checkpoint's; ModelStateSummary values."""
        self._no_stage("LoadCheckpoint")
        loaded = self.compute.run("loading", lambda: read_checkpoint(self._readable, message, self.device))
        self._model, self._resumed, self._tokenizer = loaded.model, loaded.training, loaded.model.tokenizer
        return loaded.summary

    def close(self) -> None:
        """Let go of everything that lives outside this process's memory."""
        self.close_stage()
        self.telemetry.close()
        self._regions.close()


def _needed(value: Value | None, what: str, hint: str) -> Value:
    if value is None:
        raise TomoeError("WORKER_STATE", what, hint=hint)
    return value
