"""Model and training state as safetensors and JSON in a folder; no pickle is written or read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Protocol

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import TextCodec
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.io.base_files import NO_BASE, FindBase, SavedBase, no_base, open_saved
from tomoe_worker.model.io.documents.sections import of_document, to_document
from tomoe_worker.model.io.documents.unpack import unpack
from tomoe_worker.model.io.files import (
    invalid,
    is_finite,
    read_json,
    read_tensors,
    read_text,
    refuse_pickles,
    require,
    write_json,
    write_tensors,
    writing,
)
from tomoe_worker.model.io.hollow import fill, hollow
from tomoe_worker.model.io.lowering import lowerable
from tomoe_worker.model.io.state import SavedState, TrainingState
from tomoe_worker.model.lift.inventory import tensor_digest
from tomoe_worker.model.lift.moe import GUIDE_TABLE
from tomoe_worker.model.lift.report import Kept
from tomoe_worker.model.precision import LOW, held_in
from tomoe_worker.spec import ModelSpec, StageSpec

FORMAT: Final = "tomoe.checkpoint/4"
WEIGHTS, OPTIMIZER = "weights.safetensors", "optimizer.safetensors"
SPEC, STAGE, STATE, TOKENIZER, KEPT = "spec.json", "stage.json", "state.json", "tokenizer.json", "kept.json"
BASE: Final = "base.json"
MODEL_FILES: Final = (STATE, SPEC, TOKENIZER, WEIGHTS, KEPT, BASE)
TRAINING_FILES: Final = (STAGE, OPTIMIZER)


class HasRank(Protocol):
    """Which of the ranks this one is."""

    @property
    def rank(self) -> int:
        """0 for the first."""


class HasTrainingState(Protocol):
    """A trainer, as far as a checkpoint sees it."""

    @property
    def ranks(self) -> HasRank:
        """This rank among all."""

    def random_states(self) -> dict[str, Tensor]:
        """This rank's random states by generator."""

    def training_state(self) -> TrainingState:
        """Everything besides the weights that the next step depends on."""


@dataclass(frozen=True, kw_only=True)
class LoadedState:
    """A model as it was saved, and the training state if it was asked for."""

    model: TomoeModel
    training: TrainingState | None
    stage_name: str
    next_step: int


def random_file(rank: int) -> str:
    """Name of the file with the random states of one rank."""
    return f"random-{rank}.safetensors"


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
    state = SavedState(
        format=FORMAT,
        lifted=model.lifted,
        per_task=model.per_task,
        stage=training.stage.name if training else "",
        next_step=training.next_step if training else 0,
        world_size=training.world_size if training else 1,
        tokenizer_digest=model.base.codec.digest,
    )
    with writing(lambda: _tensor_bytes(model, training), "the checkpoint"):
        write_json(folder / STATE, asdict(state))
        write_json(folder / SPEC, to_document("model", model.spec))
        (folder / TOKENIZER).write_text(model.base.codec.to_json(), encoding="utf-8")
        write_json(folder / KEPT, asdict(model.kept))
        base = _of_base(model)
        write_json(folder / BASE, asdict(base))
        own = {key: tensor for key, tensor in model.state_dict().items() if key not in base.tensors}
        write_tensors(folder / WEIGHTS, own)
        if training is None:
            return MODEL_FILES
        write_json(folder / STAGE, to_document("stage", training.stage))
        write_tensors(folder / OPTIMIZER, training.optimizer)
        write_tensors(folder / random_file(training.rank), training.random)
    return (*MODEL_FILES, *TRAINING_FILES, random_file(training.rank))


def save_random(folder: Path, trainer: HasTrainingState) -> tuple[str, ...]:
    """Write the random states of a rank beside what the first rank has saved: all else is the same on both.

    Returns:
        The name of the file written.

    Raises:
        TomoeError: as ``disk_failure`` if writing fails.
    """
    random = trainer.random_states()
    name = random_file(trainer.ranks.rank)
    with writing(lambda: sum(tensor.nbytes for tensor in random.values()), "the checkpoint"):
        write_tensors(folder / name, random)
    return (name,)


def _tensor_bytes(model: TomoeModel, training: TrainingState | None) -> int:
    tensors = list(model.state_dict().values())
    if training is not None:
        tensors += [*training.optimizer.values(), *training.random.values()]
    return sum(tensor.nbytes for tensor in tensors)


def _of_base(model: TomoeModel) -> SavedBase:
    """What need not be written: tensors with the bytes of one in the base's files."""
    files = model.base_files
    if files is None:
        return NO_BASE
    state, known = model.state_dict(), dict(model.kept.digests)
    # Before the lift nothing is known to be kept; buffers (the embeddings that gates read) never train.
    parameters = {key for key, _ in model.named_parameters()}
    for key in state:
        if key not in known and (key not in parameters or not model.lifted):
            known[key] = tensor_digest(state[key])
    held = {key: sha256 for key, sha256 in sorted(known.items()) if files.holds(sha256)}
    return SavedBase(
        digest=files.digest,
        way=files.way,
        tensors=held,
        ignored=model.ignored_tensors,
        drawn=tuple(sorted(model.drawn_tensors)),
    )


def load_state(
    folder: Path, device: str | torch.device, training: bool, rank: int = 0, find: FindBase = no_base
) -> LoadedState:
    """Read what ``save_state`` wrote.

    Args:
        find: the base of a digest, for a checkpoint that leans on published files.
        device: where the weights go.
        training: also read optimizer, schedule and random states.
        rank: whose random states; there are none of a rank that was not there when it was saved.

    Raises:
        TomoeError: ``CHECKPOINT_MISSING`` if a file is absent, ``CHECKPOINT_PICKLE`` for a pickle under any
        name,
            ``CHECKPOINT_INVALID`` if a file is truncated, says what it cannot, or holds values that are not
            finite,
            ``CHECKPOINT_INCOMPATIBLE`` if keys or shapes differ from the model's (the first 10 are listed).
    """
    refuse_pickles(folder)
    require(folder, MODEL_FILES + (TRAINING_FILES if training else ()))
    state = _read_saved(folder)
    spec = of_document(ModelSpec, "model", read_json(folder / SPEC), SPEC)
    codec = family_of(spec.base).read_codec(spec.base, read_text(folder / TOKENIZER))
    if codec.digest != state.tokenizer_digest:
        raise invalid("the tokenizer is not the one the checkpoint was saved with", TOKENIZER)
    kept = unpack(Kept, read_json(folder / KEPT), KEPT)
    trained = _read_training(folder, state, rank) if training else None
    saved = unpack(SavedBase, read_json(folder / BASE), BASE)
    files, held = open_saved(saved, find, held_in(spec.precision))
    weights = {**held, **read_tensors(folder / WEIGHTS)}
    model = _build(spec, codec, state, device)
    put_weights(model, weights, device)
    model.kept, model.base_files = kept, files
    model.ignored_tensors, model.drawn_tensors = dict(saved.ignored), frozenset(saved.drawn)
    return LoadedState(
        model=model,
        training=trained,
        stage_name=state.stage,
        next_step=state.next_step,
    )


def _read_saved(folder: Path) -> SavedState:
    found = read_json(folder / STATE)
    if isinstance(found.get("format"), str) and found["format"] != FORMAT:
        raise TomoeError(
            "CHECKPOINT_INCOMPATIBLE",
            f"the checkpoint has format {found['format']!r}, this version reads {FORMAT!r}",
            hint="Use the version of Tomoe that wrote it.",
        )
    return unpack(SavedState, found, STATE)


def _build(spec: ModelSpec, codec: TextCodec, state: SavedState, device: str | torch.device) -> TomoeModel:
    """A model of the saved shape; what could never have been saved is a damaged file, not a wrong recipe."""
    try:
        with hollow():
            model = TomoeModel(spec, codec, 0, device)
            if state.lifted:
                model.lift(0)
            if state.per_task:
                model.clone_groups(spec.moe.tasks)
    except TomoeError as cause:
        if cause.code not in ("CONFIG_INVALID", "WORKER_STATE"):
            raise
        raise invalid(f"no model is as {SPEC} and {STATE} say: {cause.what}", SPEC) from cause
    return model


def _read_training(folder: Path, state: SavedState, rank: int) -> TrainingState:
    stage = of_document(StageSpec, "stage", read_json(folder / STAGE), STAGE)
    if state.stage != stage.name or not 0 <= state.next_step <= stage.steps:
        where = f"step {state.next_step} of stage {state.stage!r}"
        raise invalid(f"{STATE} stands at {where}, {STAGE} is {stage.name!r} of {stage.steps} steps", STATE)
    own = random_file(rank)
    if rank < state.world_size:
        require(folder, (own,))
    return TrainingState(
        stage=stage,
        next_step=state.next_step,
        optimizer=read_tensors(folder / OPTIMIZER),
        random=read_tensors(folder / own) if rank < state.world_size else {},
        rank=rank,
        world_size=state.world_size,
    )


def put_weights(model: TomoeModel, weights: Mapping[str, Tensor], device: str | torch.device) -> None:
    """Make tensors the weights of a model whose keys, shapes and types they match exactly: they are not
    copied, and are the model's from now on.

    Raises:
        TomoeError: ``CHECKPOINT_INCOMPATIBLE`` with the first 10 differences, ``CHECKPOINT_INVALID`` if a
        value is
            not finite.
    """
    if model.prompt_guide is not None and GUIDE_TABLE in weights:
        model.prompt_guide.keep()
    own, low = model.state_dict(), lowerable(model)
    rows = [f"{key}: missing, expected {list(own[key].shape)}" for key in own if key not in weights]
    rows += [f"{key}: unexpected, {list(weights[key].shape)}" for key in weights if key not in own]
    rows += [
        f"{key}: {list(weights[key].shape)} {weights[key].dtype}, "
        f"expected {list(own[key].shape)} {own[key].dtype}"
        for key in own
        if key in weights
        and (
            weights[key].shape != own[key].shape
            or weights[key].dtype not in ({own[key].dtype, LOW} if key in low else {own[key].dtype})
        )
    ]
    if rows:
        raise TomoeError(
            "CHECKPOINT_INCOMPATIBLE",
            f"{len(rows)} tensors do not fit the model:\n  " + "\n  ".join(rows[:10]),
            hint="Load the checkpoint with the model it was saved from.",
            details={"tensors": list(rows[:10]), "count": len(rows)},
        )
    bad = [key for key, tensor in weights.items() if not is_finite(tensor)]
    if bad:
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{len(bad)} tensors hold values that are not finite, first {bad[0]}",
            hint="Go back to an earlier checkpoint.",
            details={"tensors": list(bad[:10])},
        )
    fill(model, weights, device)
    model.weights_version += 1


def weights_digest(model: TomoeModel) -> str:
    """SHA-256 over key, type, shape and bytes of every weight, in key order."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        held = tensor.detach().cpu().contiguous()
        digest.update(f"{key} {held.dtype} {list(held.shape)}\n".encode())
        digest.update(held.view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
