"""Model and training state as safetensors and JSON in a folder; no pickle is written or read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.disk import disk_failure
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import read_codec
from tomoe_worker.model.io.state import TrainingState
from tomoe_worker.model.io.unpack import unpack
from tomoe_worker.spec import ModelSpec, StageSpec

FORMAT: Final = "tomoe.checkpoint/2"
WEIGHTS, OPTIMIZER, RANDOM = "weights.safetensors", "optimizer.safetensors", "random.safetensors"
SPEC, STAGE, STATE, TOKENIZER = "spec.json", "stage.json", "state.json", "tokenizer.json"
MODEL_FILES: Final = (STATE, SPEC, TOKENIZER, WEIGHTS)
TRAINING_FILES: Final = (STAGE, OPTIMIZER, RANDOM)
PICKLE_SUFFIXES: Final = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
# Where safetensors writes, the errno is in the text alone, as Rust tells it.
_OS_ERROR: Final = re.compile(r"\(os error (\d+)\)")
_PICKLE_MAGICS: Final = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


class HasTrainingState(Protocol):
    """A trainer, as far as a checkpoint sees it."""

    def training_state(self) -> TrainingState:
        """Everything besides the weights that the next step depends on."""


@dataclass(frozen=True, kw_only=True)
class LoadedState:
    """A model as it was saved, and the training state if it was asked for."""

    model: TomoeModel
    training: TrainingState | None
    stage_name: str
    next_step: int


def save_state(folder: Path, model: TomoeModel, trainer: HasTrainingState | None) -> tuple[str, ...]:
    """Write everything the next step depends on; making the folder appear whole is the caller's part.

    Args:
        folder: exists and is empty.
        trainer: None saves the model alone.

    Returns:
        The names of the files written.

    Raises:
        TomoeError: ``OUTPUT_EXISTS`` if the folder is not empty, ``OUTPUT_CREATE`` if it is not a folder, as
            ``disk_failure`` if writing fails; ``neededBytes`` of what the disk is too full for.
    """
    if not folder.is_dir():
        raise TomoeError(
            "OUTPUT_CREATE", "the checkpoint folder does not exist", hint="Make the folder first."
        )
    held = sorted(path.name for path in folder.iterdir())
    if held:
        raise TomoeError(
            "OUTPUT_EXISTS", f"the checkpoint folder holds {held[0]}", hint="Give an empty folder."
        )
    training = trainer.training_state() if trainer is not None else None
    state = {
        "format": FORMAT,
        "lifted": model.lifted,
        "perTask": model.per_task,
        "stage": training.stage.name if training else "",
        "nextStep": training.next_step if training else 0,
        "tokenizerDigest": model.base.codec.digest,
    }
    try:
        _write_json(folder / STATE, state)
        _write_json(folder / SPEC, asdict(model.spec))
        (folder / TOKENIZER).write_text(model.base.codec.to_json(), encoding="utf-8")
        save_file(_contiguous(model.state_dict()), folder / WEIGHTS)
        if training is None:
            return MODEL_FILES
        _write_json(folder / STAGE, asdict(training.stage))
        save_file(_contiguous(training.optimizer), folder / OPTIMIZER)
        save_file(_contiguous(training.random), folder / RANDOM)
    except (OSError, SafetensorError) as cause:
        what = f"the checkpoint could not be written: {type(cause).__name__}"
        failure = disk_failure(_errno_of(cause), "write", what)
        if failure.code == "DISK_FULL":
            failure.details["neededBytes"] = _tensor_bytes(model, training)
        raise failure from cause
    return MODEL_FILES + TRAINING_FILES


def _errno_of(cause: OSError | SafetensorError) -> int | None:
    if isinstance(cause, OSError):
        return cause.errno
    said = _OS_ERROR.search(str(cause))
    return None if said is None else int(said[1])


def _tensor_bytes(model: TomoeModel, training: TrainingState | None) -> int:
    tensors = list(model.state_dict().values())
    if training is not None:
        tensors += [*training.optimizer.values(), *training.random.values()]
    return sum(tensor.nbytes for tensor in tensors)


def load_state(folder: Path, device: str | torch.device, training: bool) -> LoadedState:
    """Read what ``save_state`` wrote.

    Args:
        device: where the weights go.
        training: also read optimizer, schedule and random states.

    Raises:
        TomoeError: ``CHECKPOINT_MISSING`` if a file is absent, ``CHECKPOINT_PICKLE`` for a pickle under any
        name,
            ``CHECKPOINT_INVALID`` if a file is truncated or holds values that are not finite,
            ``CHECKPOINT_INCOMPATIBLE`` if keys or shapes differ from the model's (the first 10 are listed).
    """
    refuse_pickles(folder)
    _require(folder, MODEL_FILES + (TRAINING_FILES if training else ()))
    state = _read_json(folder / STATE)
    if state.get("format") != FORMAT:
        raise TomoeError(
            "CHECKPOINT_INCOMPATIBLE",
            f"the checkpoint has format {state.get('format')!r}, this version reads {FORMAT!r}",
            hint="Use the version of Tomoe that wrote it.",
        )
    spec = unpack(ModelSpec, _read_json(folder / SPEC), SPEC)
    codec = read_codec(_read_text(folder / TOKENIZER))
    if codec.digest != state.get("tokenizerDigest"):
        raise TomoeError(
            "CHECKPOINT_INVALID",
            "the tokenizer is not the one the checkpoint was saved with",
            hint="Restore tokenizer.json of this checkpoint.",
        )
    weights = _read_tensors(folder / WEIGHTS)
    model = TomoeModel(spec, codec, 0, device)
    if state.get("lifted"):
        model.lift(0)
    if state.get("perTask"):
        model.clone_groups(spec.moe.tasks)
    put_weights(model, weights)
    saved = (
        TrainingState(
            stage=unpack(StageSpec, _read_json(folder / STAGE), STAGE),
            next_step=int(state["nextStep"]),
            optimizer=_read_tensors(folder / OPTIMIZER),
            random=_read_tensors(folder / RANDOM),
        )
        if training
        else None
    )
    return LoadedState(
        model=model,
        training=saved,
        stage_name=str(state.get("stage")),
        next_step=int(state.get("nextStep", 0)),
    )


def put_weights(model: TomoeModel, weights: Mapping[str, Tensor]) -> None:
    """Copy tensors into a model whose keys and shapes they match exactly.

    Raises:
        TomoeError: ``CHECKPOINT_INCOMPATIBLE`` with the first 10 differences, ``CHECKPOINT_INVALID`` if a
        value is
            not finite.
    """
    own = model.state_dict()
    rows = [f"{key}: missing, expected {list(own[key].shape)}" for key in own if key not in weights]
    rows += [f"{key}: unexpected, {list(weights[key].shape)}" for key in weights if key not in own]
    rows += [
        f"{key}: {list(weights[key].shape)} {weights[key].dtype}, "
        f"expected {list(own[key].shape)} {own[key].dtype}"
        for key in own
        if key in weights and (weights[key].shape != own[key].shape or weights[key].dtype != own[key].dtype)
    ]
    if rows:
        raise TomoeError(
            "CHECKPOINT_INCOMPATIBLE",
            f"{len(rows)} tensors do not fit the model:\n  " + "\n  ".join(rows[:10]),
            hint="Load the checkpoint with the model it was saved from.",
            details={"tensors": list(rows[:10]), "count": len(rows)},
        )
    bad = [key for key, tensor in weights.items() if not bool(torch.isfinite(tensor).all())]
    if bad:
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{len(bad)} tensors hold values that are not finite, first {bad[0]}",
            hint="Go back to an earlier checkpoint.",
            details={"tensors": list(bad[:10])},
        )
    with torch.no_grad():
        for key, tensor in own.items():
            tensor.copy_(weights[key])
    model.weights_version += 1


def weights_digest(model: TomoeModel) -> str:
    """SHA-256 over key, type, shape and bytes of every weight, in key order."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        held = tensor.detach().cpu().contiguous()
        digest.update(f"{key} {held.dtype} {list(held.shape)}\n".encode())
        digest.update(held.view(torch.uint8).numpy().tobytes() if held.ndim else held.numpy().tobytes())
    return digest.hexdigest()


def refuse_pickles(folder: Path) -> None:
    """Refuse a folder that holds a pickle, whatever its name: loading one can run any code.

    Raises:
        TomoeError: ``CHECKPOINT_PICKLE`` naming the file, ``CHECKPOINT_MISSING`` if there is no folder.
    """
    if not folder.is_dir():
        raise TomoeError(
            "CHECKPOINT_MISSING", "there is no checkpoint folder", hint="Give an existing checkpoint."
        )
    for path in sorted(folder.iterdir()):
        if not path.is_file():
            continue
        with path.open("rb") as handle:
            start = handle.read(4)
        if path.suffix in PICKLE_SUFFIXES or start.startswith(_PICKLE_MAGICS):
            raise TomoeError(
                "CHECKPOINT_PICKLE",
                f"{path.name} is a pickle, which can run code when it is read",
                hint="Convert the weights to safetensors with safetensors.torch.save_file on a machine "
                "you trust.",
                details={"file": path.name},
            )


def _contiguous(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    # A copy per key: safetensors refuses tensors that share memory.
    return {key: tensor.detach().cpu().contiguous().clone() for key, tensor in tensors.items()}


def _require(folder: Path, names: tuple[str, ...]) -> None:
    absent = [name for name in names if not (folder / name).is_file()]
    if absent:
        raise TomoeError(
            "CHECKPOINT_MISSING",
            f"the checkpoint lacks {', '.join(absent)}",
            hint="Use a whole checkpoint folder; one saved without training state cannot be resumed.",
            details={"absent": list(absent)},
        )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise _unreadable(path, cause) from cause


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_read_text(path))
    except (ValueError, RecursionError) as cause:
        raise _unreadable(path, cause) from cause
    if not isinstance(value, dict):
        raise _unreadable(path, TypeError("not an object"))
    return value


def _read_tensors(path: Path) -> dict[str, Tensor]:
    try:
        loaded: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError, ValueError, KeyError) as cause:
        raise _unreadable(path, cause) from cause
    return loaded


def _unreadable(path: Path, cause: Exception) -> TomoeError:
    return TomoeError(
        "CHECKPOINT_INVALID",
        f"{path.name} is damaged or not what its name says ({type(cause).__name__})",
        hint="Go back to an earlier checkpoint.",
        details={"file": path.name},
    )
