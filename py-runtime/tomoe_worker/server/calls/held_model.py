"""The model of one worker: its tokenizer, its making and lifting, and what a checkpoint brought."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import TextCodec
from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer
from tomoe_worker.model.io.base_folder import load_weights, open_folder
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

    def create(self, message: Any, seed: int, base_folder: Path | None) -> dict[str, Any]:
        """Build the 2D model from a ModelSpec message; the values of a CreateModelResponse.

        Args:
            base_folder: published files, for a spec that names some; others take the fitted tokenizer.

        Raises:
            TomoeError: ``WORKER_STATE`` without a fitted tokenizer, ``WIRE_ROOT`` without a folder, what
                ``TomoeModel``, ``open_folder`` and ``load_weights`` raise.
        """
        spec = to_spec(message, ModelSpec)
        set_precision(spec.precision)
        made = self._compute.run("loading", lambda: self._make(spec, seed, base_folder))
        self._model, self._resumed = made, None
        return {
            "spec_digest": digest_message(message),
            "groups": self.parameter_groups(),
            "tokenizer_digest": made.base.codec.digest,
        }

    def _make(self, spec: ModelSpec, seed: int, base_folder: Path | None) -> TomoeModel:
        if spec.base.kind != "published":
            tokenizer = needed(self._tokenizer, "no tokenizer was fitted", "Call FitTokenizer first.")
            return TomoeModel(spec, tokenizer, seed, self._device)
        if base_folder is None:
            raise TomoeError(
                "WIRE_ROOT",
                'the model is of published files, and no root "base" was agreed',
                hint='Name the folder of the base as root "base" in the hello.',
            )
        of = open_folder(base_folder)
        model = TomoeModel(spec, of.codec(spec.base), seed, self._device)
        load_weights(model, of, seed, self._device)
        return model

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

    def let_go(self) -> weakref.ref[TomoeModel] | None:
        """Hold nothing any more; returns a weak reference to the model there was."""
        last = None if self._model is None else weakref.ref(self._model)
        self._tokenizer = self._model = self._resumed = None
        return last

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
