"""The model of one worker: its tokenizer, its making and lifting, and what a checkpoint brought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, TypeVar

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import TextCodec
from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer
from tomoe_worker.model.io.state import TrainingState
from tomoe_worker.server.calls.checkpoint_folder import LoadedCheckpoint
from tomoe_worker.server.calls.compute import ComputeThread
from tomoe_worker.server.device import set_precision
from tomoe_worker.server.wire.specs import to_spec
from tomoe_worker.server.wire.walk import digest_message
from tomoe_worker.spec import ModelSpec

Value = TypeVar("Value")


class HeldModel:
    """Changes on the compute thread alone; that no stage is open meanwhile is the caller's part."""

    def __init__(self, device: torch.device, compute: ComputeThread) -> None:
        self._device, self._compute = device, compute
        self._tokenizer: TextCodec | None = None
        self._model: TomoeModel | None = None
        self._resumed: TrainingState | None = None

    @property
    def model(self) -> TomoeModel:
        """The model in memory.

        Raises:
            TomoeError: ``WORKER_STATE`` when there is none.
        """
        return needed(self._model, "there is no model", "Call CreateModel or LoadCheckpoint first.")

    def fit_tokenizer(self, vocab: int, lines: Iterable[str]) -> TextCodec:
        """Fit the tokenizer that the next model takes. Raises what ``fit_tokenizer`` of model/ raises."""
        self._tokenizer = self._compute.run("loading", lambda: fit_tokenizer(lines, vocab))
        return self._tokenizer

    def create(self, message: Any, seed: int) -> tuple[str, list[dict[str, Any]]]:
        """Build the 2D model from a ModelSpec message; returns the spec's digest and the parameter groups."""
        tokenizer = needed(self._tokenizer, "no tokenizer was fitted", "Call FitTokenizer first.")
        spec = to_spec(message, ModelSpec)
        set_precision(spec.precision)
        self._model = self._compute.run("loading", lambda: TomoeModel(spec, tokenizer, seed, self._device))
        self._resumed = None
        return digest_message(message), self.parameter_groups()

    def lift(self, seed: int) -> dict[str, Any]:
        """Lift the model; the values of a LiftModelResponse."""
        model = self.model
        report = self._compute.run("loading", lambda: model.lift(seed))
        self._resumed = None
        return {
            "reused_tensors": report.count("reused"),
            "new_tensors": sum(added.tensors for added in report.new),
            "inactive_tensors": report.count("inactive"),
            "groups": self.parameter_groups(),
            "ignored_tensors": report.count("ignored"),
            "base_digest": report.base_digest,
            "tensors": [asdict(tensor) for tensor in report.tensors],
            "additions": [asdict(added) for added in report.new],
        }

    def replace(self, loaded: LoadedCheckpoint) -> None:
        """Take over model, tokenizer and training state of a checkpoint."""
        set_precision(loaded.model.spec.precision)
        self._model, self._resumed = loaded.model, loaded.training
        self._tokenizer = loaded.model.base.codec

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

    @property
    def resumed(self) -> TrainingState | None:
        """Training state of the checkpoint that was loaded, until a stage has gone on from it."""
        return self._resumed

    def forget_resumed(self) -> None:
        """A stage has gone on from the training state: the next one begins anew."""
        self._resumed = None


def needed(value: Value | None, what: str, hint: str) -> Value:
    """A value that an earlier call should have made.

    Raises:
        TomoeError: ``WORKER_STATE`` when it is not there.
    """
    if value is None:
        raise TomoeError("WORKER_STATE", what, hint=hint)
    return value
