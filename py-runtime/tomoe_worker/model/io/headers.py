"""Headers of safetensors files: names, types, shapes and places of tensors, before a byte of them is read."""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.files import refuse_pickles

INDEX: Final = "model.safetensors.index.json"
# Bits of a number of each type that a file may hold.
_BITS: Final[Mapping[str, int]] = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "U8": 8}
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


def read_headers(folder: Path) -> dict[str, Stored]:
    """Every tensor of a folder by name, in one safetensors file or in several that an index lists.

    Raises:
        TomoeError: ``CHECKPOINT_PICKLE``, ``CHECKPOINT_MISSING`` if there is no such file or one of the index
            is absent, ``CHECKPOINT_INVALID`` naming file and tensor for a name that stands twice, a
            file that is cut, or a header that is none.
    """
    refuse_pickles(folder)
    found: dict[str, Stored] = {}
    for path in _files(folder):
        for name, stored in _tensors(path):
            if name in found:
                raise _damaged(path, f"tensor {name} stands in {found[name].file.name} as well", name)
            found[name] = stored
    return found


def _files(folder: Path) -> list[Path]:
    listed = folder / INDEX
    present = sorted(folder.glob("*.safetensors"))
    if not listed.is_file():
        if not present:
            raise TomoeError(
                "CHECKPOINT_MISSING",
                f"{folder.name} holds no safetensors",
                hint="Give a folder with the published config.json and safetensors.",
            )
        return present
    try:
        names = sorted(set(json.loads(listed.read_text(encoding="utf-8"))["weight_map"].values()))
        paths = [folder / name for name in names if "/" not in name]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise _damaged(listed, f"it is no index ({type(cause).__name__})", "") from cause
    absent = [path.name for path in paths if not path.is_file()]
    if absent:
        raise TomoeError(
            "CHECKPOINT_MISSING",
            f"{INDEX} lists {', '.join(absent)}, which the folder lacks",
            hint="Fetch the missing files of the checkpoint.",
            details={"absent": list(absent)},
        )
    return paths


def _tensors(path: Path) -> Iterator[tuple[str, Stored]]:
    header, start = _header(path)
    size = os.path.getsize(path)
    for name, entry in header:
        if name == "__metadata__":
            continue
        try:
            dtype, shape, (first, last) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
            sizes_are_whole = all(type(one) is int and one >= 0 for one in (*shape, first, last))
        except (KeyError, TypeError, ValueError) as cause:
            raise _damaged(path, f"the header of tensor {name} is none", name) from cause
        if not sizes_are_whole:
            raise _damaged(path, f"the header of tensor {name} is none", name)
        if dtype not in _BITS:
            raise _damaged(path, f"tensor {name} is of type {dtype}", name)
        if (last - first) * 8 != math.prod(shape) * _BITS[dtype]:
            raise _damaged(path, f"tensor {name} of {dtype} {list(shape)} has {last - first} bytes", name)
        if start + last > size:
            raise _damaged(path, f"the file ends inside tensor {name}: it is cut", name)
        yield name, Stored(file=path, dtype=dtype, shape=shape)


def _header(path: Path) -> tuple[list[tuple[str, Any]], int]:
    """The pairs of a header as they stand, so that a name that stands twice is seen, and where data begin."""
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8).ljust(8, b"\0"))[0]
        if not 2 <= length <= min(_LONGEST, os.path.getsize(path) - 8):
            raise _damaged(path, "it has no whole header: it is cut, or no safetensors", "")
        text = file.read(length)
    top: list[list[tuple[str, Any]]] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        top.append(found)
        return dict(found)

    try:
        held = json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as cause:
        raise _damaged(path, "its header is not readable", "") from cause
    if not isinstance(held, dict):
        raise _damaged(path, "its header is not readable", "")
    # The outermost object is closed last.
    names = [name for name, _ in top[-1]]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise _damaged(path, f"tensor {twice[0]} stands twice", twice[0])
    return top[-1], 8 + length


def _damaged(path: Path, what: str, tensor: str) -> TomoeError:
    return TomoeError(
        "CHECKPOINT_INVALID",
        f"{path.name}: {what}",
        hint="Fetch the file again, or use the folder as it was published.",
        details={"file": path.name, "tensor": tensor},
    )
