"""Checkpoint folders on the worker's side: inside an agreed root, fenced, hashed, durable before they are
reported.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.base_folder import open_folder, way_to
from tomoe_worker.model.io.checkpoint import (
    MODEL_FILES,
    TRAINING_FILES,
    HasTrainingState,
    load_state,
    random_file,
    save_random,
    save_state,
    weights_digest,
)
from tomoe_worker.model.io.files import refuse_pickles
from tomoe_worker.model.io.state import TrainingState
from tomoe_worker.server.calls.fence import check_fence


@dataclass(frozen=True, kw_only=True)
class LoadedCheckpoint:
    """A model as it was saved, its training state if asked for, and the values of a ModelStateSummary."""

    model: TomoeModel
    training: TrainingState | None
    summary: dict[str, Any]


def folder_below(roots: Mapping[str, str], root: str, path: str) -> Path:
    """The folder a root name and a path name.

    Args:
        path: "/" separated, without empty, "." or ".." segments.

    Raises:
        TomoeError: ``WIRE_ROOT`` for a root that was not agreed, or a path that leaves it, also through a
        symlink.
    """
    base = roots.get(root)
    if base is None:
        agreed = ", ".join(sorted(roots)) or "none"
        raise TomoeError(
            "WIRE_ROOT", f"root {root!r} was not agreed for this", hint=f"Agreed in the hello: {agreed}."
        )
    segments = path.split("/")
    if any(segment in ("", ".", "..") or "\0" in segment for segment in segments):
        raise TomoeError(
            "WIRE_ROOT", f"path {path!r} leaves root {root!r}", hint="Send plain names joined by '/'."
        )
    folder = Path(base, *segments)
    if Path(os.path.realpath(folder)) != Path(os.path.realpath(base), *segments):
        raise TomoeError(
            "WIRE_ROOT", f"path {path!r} goes through a symlink", hint="Use real folders inside the root."
        )
    return folder


def write_checkpoint(
    roots: Mapping[str, str],
    root: str,
    path: str,
    attempt: int,
    model: TomoeModel,
    trainer: HasTrainingState | None,
    rank: int,
) -> list[dict[str, Any]]:
    """Save into an existing, empty folder, fsync it, and report what was written.

    A rank behind the first adds its random states to what the first has saved.

    Raises:
        TomoeError: ``WIRE_ROOT``, ``WORKER_FENCED`` when a later attempt owns the root, and what
        ``save_state`` raises.
    """
    folder = folder_below(roots, root, path)
    check_fence(roots[root], attempt)
    if rank == 0:
        names = save_state(folder, model, trainer)
    else:
        names = save_random(folder, trainer) if trainer is not None else ()
    files = [_describe(folder / name, durable=True) for name in sorted(names)]
    _sync(folder)
    # Whoever woke up late must not report as written what nobody waits for.
    check_fence(roots[root], attempt)
    return files


def read_checkpoint(
    roots: Mapping[str, str], message: Any, device: torch.device, rank: int
) -> LoadedCheckpoint:
    """Load a folder whose files are exactly those of a LoadCheckpointRequest, byte for byte.

    Raises:
        TomoeError: ``WIRE_ROOT``, ``CHECKPOINT_MISSING``, ``CHECKPOINT_PICKLE``, ``CHECKPOINT_INVALID``
        naming the
            file and both digests, and what ``load_state`` raises.
    """
    folder = folder_below(roots, message.root, message.path)
    refuse_pickles(folder)
    own = random_file(rank)
    of_rank = (own,) if (folder / own).exists() else ()
    read = MODEL_FILES + (TRAINING_FILES + of_rank if message.training_state else ())
    unlisted = sorted(set(read) - {expected.name for expected in message.files})
    if unlisted:
        raise TomoeError(
            "CHECKPOINT_MISSING",
            f"the manifest does not list {', '.join(unlisted)}",
            hint="Use a whole checkpoint; one saved without a stage holds no training state.",
            details={"absent": list(unlisted)},
        )
    for expected in message.files:
        _verify(folder, expected)
    loaded = load_state(folder, device, message.training_state, rank, lambda _digest: _base_files(roots))
    model = loaded.model
    summary = {
        "stage": loaded.stage_name,
        "next_step": loaded.next_step,
        "lifted": model.lifted,
        "routing": "per-task" if model.per_task else "shared",
        "preprocess_digest": model.spec.preprocess.digest,
        "tokenizer_digest": model.base.codec.digest,
        "weights_digest": weights_digest(model),
    }
    return LoadedCheckpoint(model=model, training=loaded.training, summary=summary)


def base_root(roots: Mapping[str, str]) -> Path | None:
    """The folder of a base's published files, where one was agreed."""
    base = roots.get("base")
    return None if base is None else Path(base)


def _base_files(roots: Mapping[str, str]) -> BaseFiles | None:
    folder = base_root(roots)
    return None if folder is None else BaseFiles(folder, way_to(open_folder(folder)))


def _verify(folder: Path, expected: Any) -> None:
    if "/" in expected.name or expected.name in ("", ".", ".."):
        what = f"checkpoint file {expected.name!r} is no plain name"
        raise TomoeError("WIRE_ROOT", what, hint="Name files without '/'.")
    path = folder / expected.name
    if not path.is_file() or path.is_symlink():
        raise TomoeError(
            "CHECKPOINT_MISSING",
            f"the checkpoint lacks {expected.name}",
            hint="Go back to an earlier checkpoint.",
        )
    found = _describe(path, durable=False)
    if (found["length_bytes"], found["sha256"]) != (expected.length_bytes, expected.sha256):
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{expected.name} has {found['length_bytes']} bytes and SHA-256 {found['sha256'][:12]}, "
            f"saved were {expected.length_bytes} and {expected.sha256[:12]}",
            hint="The file was changed or damaged; go back to an earlier checkpoint.",
            details={"file": expected.name, "found": found["sha256"], "expected": expected.sha256},
        )


def _describe(path: Path, *, durable: bool) -> dict[str, Any]:
    with path.open("rb") as file:
        if durable:
            os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"name": path.name, "length_bytes": file.tell(), "sha256": digest}


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
