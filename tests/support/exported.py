"""Exports of tiny published bases, for the tests of ``tomoe_worker.export``."""

from __future__ import annotations

import dataclasses
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from published import Written, published_model, write_base
from tomoe_worker.export.write import Wanted, write_export
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.io.checkpoint import save_state
from tomoe_worker.model.io.lowering import raise_master

RUN = {
    "runId": "20261129-030000-tiny-abcd",
    "checkpoint": "000002-shared",
    "configDigest": "c0" * 32,
    "plan": None,
}
TRAINED = ("lora_B", ".experts.", ".router.", "multi_modal_projector", "img_projection", "patch_head")


def moved(model: TomoeModel, parts: tuple[str, ...] = TRAINED, seed: int = 1) -> TomoeModel:
    """As stages would: the tensors whose names hold one of the parts move, and are kept no more."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, one in model.named_parameters():
            if any(part in name for part in parts):
                if one.dtype == torch.bfloat16:
                    raise_master(one, model.base_files)
                one.add_(torch.randn(one.shape, generator=generator) * 0.1)
    left = {name: one for name, one in model.kept.digests.items() if not any(part in name for part in parts)}
    model.kept = dataclasses.replace(model.kept, digests=left)
    return model


def adapters_of(written: Written) -> dict[str, Any]:
    """Adapters on every linear map of both towers."""
    base = published_model(written).spec.base
    targets = family_of(base).adapter_targets(base)
    return {"rank": 2, "targets": targets.language, "vision_targets": targets.vision}


@dataclass(frozen=True)
class Exported:
    """A model, the folder of its base, and the export of its checkpoint."""

    model: TomoeModel
    written: Written
    out: Path
    probe: Path
    files: list[dict[str, Any]]


def lifted(written: Written, **parts: Any) -> TomoeModel:
    """A base of files, lifted, experts in the last block that is read; adapters everywhere unless said."""
    last = published_model(written).tower.blocks_read - 1
    parts = {"lora": adapters_of(written), "moe": {"sites": (f"vision.blocks.{last}.mlp",)}, **parts}
    model = published_model(written, **parts)
    model.lift(1)
    return moved(model)


def export(folder: Path, written: Written, model: TomoeModel, *, merge: bool = False) -> Exported:
    """Save a checkpoint of the model and export it."""
    checkpoint, out, probe = (folder / name for name in ("checkpoint", "out", "probe.safetensors"))
    for one in (checkpoint, out):
        one.mkdir(parents=True)
    save_state(checkpoint, model, None)
    wanted = Wanted(checkpoint=checkpoint, base=written.folder, out=out, probe=probe, merge=merge, run=RUN)
    return Exported(model, written, out, probe, write_export(wanted))


def exported(folder: Path, name: str, *, merge: bool = False, **parts: Any) -> Exported:
    """The export of a lifted base of one family."""
    written = write_base(folder / "base", name)
    return export(folder / "export", written, lifted(written, **parts), merge=merge)


def raw_tensors(path: Path) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """Type, shape and bytes of every tensor of a safetensors file, read here without any library."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {
        name: (one["dtype"], tuple(one["shape"]), data[8 + length :][slice(*one["data_offsets"])])
        for name, one in header.items()
    }
