"""One export, written into an empty folder: ``base/``, ``adapter/``, ``tomoe/``, ``README.md``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safetensors.torch import save_file

from tomoe_worker.errors import TomoeError
from tomoe_worker.export.adapter import adapted_paths, write_adapter
from tomoe_worker.export.base import write_base
from tomoe_worker.export.card import Contents, card
from tomoe_worker.export.flat import flat_model, probe, published_spec, with_masters
from tomoe_worker.export.own import write_own
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.lora import merged
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.base_folder import BaseFolder, check_values, match, open_folder, way_to
from tomoe_worker.model.io.checkpoint import load_state
from tomoe_worker.model.io.files import writing

BASE_FOLDER, ADAPTER_FOLDER, OWN_FOLDER, CARD = "base", "adapter", "tomoe", "README.md"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to export: a checkpoint, the folder of its base, where to, and where the probe goes."""

    checkpoint: Path
    base: Path
    out: Path
    probe: Path
    merge: bool
    run: Mapping[str, Any]


def write_export(wanted: Wanted) -> list[dict[str, Any]]:
    """Write all of it; making the folder appear whole is the caller's part.

    Returns:
        ``path``, ``bytes`` and ``sha256`` of every file, by path.

    Raises:
        TomoeError: ``CHECKPOINT_*`` of the checkpoint or the base, ``CHECKPOINT_INCOMPATIBLE`` as
            ``flat_model``, ``PATH_NOT_FOUND`` without the base's folder, as ``disk_failure`` if writing
            fails.
    """
    of = open_folder(wanted.base)
    files = BaseFiles(of.folder, way_to(of))

    def find(digest: str) -> BaseFiles | None:
        return files if digest == files.digest else None

    model = with_masters(load_state(wanted.checkpoint, "cpu", training=False, find=find).model)
    spec = published_spec(model)
    if spec.weights_digest != files.digest:
        raise TomoeError(
            "CHECKPOINT_INCOMPATIBLE",
            f"{of.folder.name} holds weights {files.digest[:12]}, the run lifted {spec.weights_digest[:12]}",
            hint=files.way,
            details={"found": files.digest, "expected": spec.weights_digest},
        )
    with writing(lambda: sum(one.nbytes for one in model.state_dict().values()), "the export"):
        _write(wanted, model, of)
    return described(wanted.out)


def _write(wanted: Wanted, model: TomoeModel, of: BaseFolder) -> None:
    spec = published_spec(model)
    family = family_of(spec)
    stock, flat = family.stock(spec), flat_model(model, of)
    save_file(dict(probe(flat, stock).tensors), wanted.probe)
    run = {**wanted.run, "weightsDigest": spec.weights_digest}
    with merged(flat) if wanted.merge else nullcontext(), merged(model) if wanted.merge else nullcontext():
        base = write_base(wanted.out / BASE_FOLDER, flat, of)
        own = write_own(wanted.out / OWN_FOLDER, model, run)
    maps = adapted_paths(model, flat)
    if maps and not wanted.merge:
        write_adapter(wanted.out / ADAPTER_FOLDER, model, flat)
    contents = Contents(base=base, maps=len(maps), own=own, sites=model.sites, merged=wanted.merge)
    (wanted.out / CARD).write_text(card(run, of, stock, contents), encoding="utf-8")
    back = open_folder(wanted.out / BASE_FOLDER)
    check_values(back, match(flat.base, family.rules(spec), back))


def described(folder: Path) -> list[dict[str, Any]]:
    """Every file below a folder with its size and digest, by path."""
    found: Sequence[Path] = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in found
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
