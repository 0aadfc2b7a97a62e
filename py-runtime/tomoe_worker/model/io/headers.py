"""Headers of safetensors files: names, types, shapes and places of tensors, before a byte of them is read."""

from __future__ import annotations

import json
import math
import os
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.files import reading, refuse_pickles

WHOLE: Final = "model.safetensors"
INDEX: Final = "model.safetensors.index.json"
# Bits of a number of each type that a file may hold.
_BITS: Final[Mapping[str, int]] = {
    **{"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "C64": 64},
    **{
        "F8_E5M2": 8,
        "F8_E4M3": 8,
        "F8_E8M0": 8,
        "F8_E4M3FNUZ": 8,
        "F8_E5M2FNUZ": 8,
        "F6_E2M3": 6,
        "F6_E3M2": 6,
        "F4": 4,
    },
    **{"I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8},
}
# The format's own bound on a header.
_LONGEST: Final = 100_000_000


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One tensor as its file's header has it."""

    file: Path
    dtype: str
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        """How many it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, kw_only=True)
class WeightFiles:
    """Safetensors of a folder: those that hold the model, and those that its index does not list."""

    read: tuple[Path, ...]
    beside: tuple[str, ...]
    listed: Mapping[str, str] | None  # tensor -> name of its file, where there is an index


def read_headers(folder: Path) -> dict[str, Stored]:
    """Every tensor of a folder by name, in one safetensors file or in several that an index may list.

    Raises:
        TomoeError: ``CHECKPOINT_PICKLE``; as ``weight_files``; ``CHECKPOINT_INVALID`` naming file and tensor
            for a name that stands twice, a file that is cut, overlaps or has room to spare, a type that is
            none, a header that is none, or an index that says something else.
    """
    refuse_pickles(folder)
    files = weight_files(folder)
    found: dict[str, Stored] = {}
    for path in files.read:
        with reading(path):
            tensors = list(_tensors(path))
        for name, stored in tensors:
            if name in found:
                raise _damaged(path, f"tensor {name} stands in {found[name].file.name} as well", name)
            found[name] = stored
    _check_index(folder, files.listed, found)
    return found


def weight_files(folder: Path) -> WeightFiles:
    """Which safetensors of a folder hold its model: those of the index, or without one all.

    Raises:
        TomoeError: ``CHECKPOINT_MISSING`` if there is none or one of the index is absent,
            ``CHECKPOINT_INVALID`` for an index that is none or that leads out of the folder, for a whole
            model beside one, and for a name that is no file; ``PERMISSION`` or ``IO_FAILED``.
    """
    with reading(folder):
        present = sorted(path.name for path in folder.iterdir() if path.suffix == ".safetensors")
        has_index = (folder / INDEX).is_file()
        others = sorted(path.name for path in folder.iterdir() if path.suffix in (".gguf", ".onnx"))
    listed = _listed(folder / INDEX) if has_index else None
    names = present if listed is None else sorted(set(listed.values()))
    if not names:
        raise _nothing(folder, others)
    absent = [name for name in names if name not in present]
    if absent:
        raise TomoeError(
            "CHECKPOINT_MISSING",
            f"{INDEX} lists {', '.join(absent)}, which the folder lacks",
            hint="Fetch the missing files of the checkpoint.",
            details={"absent": list(absent)},
        )
    beside = tuple(name for name in present if name not in names)
    if WHOLE in beside:
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{WHOLE} lies beside {INDEX}, which does not list it: which of the two is the model?",
            hint="Move the one that is not the model's out of the folder.",
            details={"file": WHOLE},
        )
    for name in names:
        with reading(folder / name):
            is_file = (folder / name).is_file()
        if not is_file:
            raise _damaged(folder / name, "it is no file: a folder, or a link that leads to none", "")
    return WeightFiles(read=tuple(folder / name for name in names), beside=beside, listed=listed)


def _nothing(folder: Path, others: list[str]) -> TomoeError:
    what = f"{folder.name} holds no safetensors"
    hint = "Give a folder with the published config.json and safetensors."
    if others:
        what += f", but {', '.join(others[:3])}"
        hint = (
            "tomoe weights get NAME makes a base of GGUF and ONNX files: tomoe weights ls shows the names. "
            + hint
        )
    return TomoeError("CHECKPOINT_MISSING", what, hint=hint, details={"files": list(others)})


def _listed(path: Path) -> dict[str, str]:
    with reading(path):
        text = path.read_bytes()
    try:
        held = json.loads(text.decode(), object_pairs_hook=without_twins)["weight_map"]
        listed = {str(name): Path(file).name for name, file in held.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        told = str(cause) if isinstance(cause, _Twice) else type(cause).__name__
        raise _damaged(path, f"it is no index ({told})", "") from cause
    outside = sorted({file for file in held.values() if Path(file).name != file or file in ("", "..")})
    if outside:
        raise _damaged(path, f"it lists {outside[0]!r}, which is no name of a file in this folder", "")
    return listed


def _check_index(folder: Path, listed: Mapping[str, str] | None, found: Mapping[str, Stored]) -> None:
    if listed is None:
        return
    for name in sorted({*listed, *found}):
        said, stored = listed.get(name), found.get(name)
        if stored is None or stored.file.name != said:
            where = "no file of it" if stored is None else stored.file.name
            told = "does not list it" if said is None else f"says {said}"
            raise _damaged(folder / INDEX, f"tensor {name} stands in {where}, the index {told}", name)


def _tensors(path: Path) -> Iterator[tuple[str, Stored]]:
    header, start = _header(path)
    room = os.path.getsize(path) - start
    places: list[tuple[int, int, str]] = []
    for name, entry in header:
        if name == "__metadata__":
            if not isinstance(entry, dict) or not all(isinstance(one, str) for one in entry.values()):
                raise _damaged(path, "its __metadata__ is no table of texts", "")
            continue
        try:
            dtype, shape, (first, last) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
            sizes_are_whole = all(type(one) is int and one >= 0 for one in (*shape, first, last))
        except (KeyError, TypeError, ValueError) as cause:
            raise _damaged(path, f"the header of tensor {name} is none", name) from cause
        if not sizes_are_whole:
            raise _damaged(path, f"the header of tensor {name} is none", name)
        if not isinstance(dtype, str) or dtype not in _BITS:
            raise _damaged(path, f"tensor {name} is of type {dtype}", name)
        if (last - first) * 8 != math.prod(shape) * _BITS[dtype]:
            raise _damaged(path, f"tensor {name} of {dtype} {list(shape)} has {last - first} bytes", name)
        if last > room:
            raise _damaged(path, f"the file ends inside tensor {name}: it is cut", name)
        places.append((first, last, name))
        yield name, Stored(file=path, dtype=dtype, shape=shape)
    _check_places(path, places, room)


def _check_places(path: Path, places: list[tuple[int, int, str]], room: int) -> None:
    """Every byte behind the header belongs to one tensor."""
    reached, before = 0, ""
    for first, last, name in sorted(places):
        if first < reached:
            raise _damaged(path, f"tensor {name} overlaps tensor {before}", name)
        if first > reached:
            raise _damaged(path, f"{first - reached} bytes in front of tensor {name} belong to none", name)
        reached, before = last, name
    if reached < room:
        raise _damaged(path, f"{room - reached} bytes at its end belong to no tensor", "")


class _Twice(ValueError):
    """A name that stands twice in one object of JSON."""


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, for json's ``object_pairs_hook``.

    Raises:
        ValueError: naming a field that stands twice.
    """
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise _Twice(f"{twice[0]} stands twice")
    return dict(pairs)


def _header(path: Path) -> tuple[list[tuple[str, Any]], int]:
    """The pairs of a header, and where data begin."""
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8).ljust(8, b"\0"))[0]
        if not 2 <= length <= min(_LONGEST, os.path.getsize(path) - 8):
            raise _damaged(path, "it has no whole header: it is cut, or no safetensors", "")
        text = file.read(length)
    try:
        held = json.loads(text.decode(), object_pairs_hook=without_twins)
    except _Twice as cause:
        name = str(cause).removesuffix(" stands twice")
        raise _damaged(path, f"tensor {cause}", name) from cause
    except (ValueError, RecursionError) as cause:
        raise _damaged(path, "its header is not readable", "") from cause
    if not isinstance(held, dict):
        raise _damaged(path, "its header is not readable", "")
    return list(held.items()), 8 + length


def _damaged(path: Path, what: str, tensor: str) -> TomoeError:
    return TomoeError(
        "CHECKPOINT_INVALID",
        f"{path.name}: {what}",
        hint="Fetch the file again, or use the folder as it was published.",
        details={"file": path.name, "tensor": tensor},
    )
