"""The folder ``base/``: the published layout, each untouched tensor with the bytes it came with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.io.base_folder import BaseFolder, match, stored_tensor
from tomoe_worker.model.io.description import NEW
from tomoe_worker.model.io.files import PICKLE_SUFFIXES, read_json, write_json
from tomoe_worker.model.io.headers import INDEX

_WEIGHTS: Final = ".safetensors"
# Says that `tomoe weights get` has finished there; an export is another folder.
_NOT_COPIED: Final = ("tomoe-built.json",)


@dataclass(frozen=True, kw_only=True)
class WrittenBase:
    """Names on disk of tensors that were trained, and of those that the published files did not have."""

    trained: tuple[str, ...]
    new: tuple[str, ...]


def write_base(folder: Path, flat: TomoeModel, of: BaseFolder) -> WrittenBase:
    """Write a 2D model in the layout of its published files: same files, same names, same types.

    A trained tensor is written in float32, as it was trained, whatever type the published one has. A tensor
    that the files lack goes into the last of them.

    Args:
        flat: as ``flat_model`` gives it, adapters merged into its weights or not.
    """
    folder.mkdir()
    spec = flat.spec.base
    assert spec.kind == "published"
    matched = match(flat.base, family_of(spec).rules(spec), of)
    rules = family_of(spec).rules(spec)
    own = {
        rules.on_disk(own_name(key)): tensor
        for key, tensor in flat.base.state_dict().items()
        if ".lora_" not in key
    }
    places = {name: stored.file for name, stored in of.stored.items()}
    last = max(places.values())
    fresh = tuple(sorted(rules.on_disk(key) for key in matched.new if rules.on_disk(key) not in places))
    places |= dict.fromkeys(fresh, last)
    trained: list[str] = []
    numbers = 0
    for path in sorted(set(places.values())):
        held: dict[str, Tensor] = {}
        for name in sorted(name for name, file in places.items() if file == path):
            now = own.get(matched.aliases.get(name, name))
            held[name], moved = _as_it_is(of, name, now) if name not in fresh else (_alone(own[name]), False)
            trained += [name] * moved
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {"format": "pt"}
        save_file(held, folder / path.name, metadata=said)
        numbers += sum(tensor.nbytes for tensor in held.values())
    _copy_the_rest(folder, of, places, numbers)
    return WrittenBase(trained=tuple(trained), new=fresh)


def _as_it_is(of: BaseFolder, name: str, now: Tensor | None) -> tuple[Tensor, bool]:
    """A tensor as the file has it, or as it is now where that is another; None where the model has none."""
    stored = stored_tensor(of, name)
    if now is None or torch.equal(stored.to(torch.float32), now):
        return stored, False
    return _alone(now), True


def _alone(tensor: Tensor) -> Tensor:
    # Copies of one tensor under two names must not share memory in a file.
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _copy_the_rest(folder: Path, of: BaseFolder, places: Mapping[str, Path], numbers: int) -> None:
    for path in sorted(of.folder.iterdir()):
        is_weight = path.suffix in (_WEIGHTS, *PICKLE_SUFFIXES)
        if path.is_file() and not is_weight and path.name not in (*_NOT_COPIED, INDEX, NEW):
            shutil.copyfile(path, folder / path.name)
    if (of.folder / NEW).is_file():
        # Nothing is new any more: what was drawn has been trained, and lies in the files.
        write_json(folder / NEW, {**read_json(of.folder / NEW), "new": []})
    if (of.folder / INDEX).is_file():
        index = json.loads((of.folder / INDEX).read_text(encoding="utf-8"))
        index["metadata"] = {**index.get("metadata", {}), "total_size": numbers}
        index["weight_map"] = {name: path.name for name, path in sorted(places.items())}
        write_json(folder / INDEX, index)
