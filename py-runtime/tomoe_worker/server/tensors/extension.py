"""The metadata of an ``arrow.fixed_shape_tensor``: shape, names, and no permutation that changes anything.

Source: https://arrow.apache.org/docs/format/CanonicalExtensions.html#fixed-shape-tensor
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from tomoe_worker.server.tensors.column import TensorLimits
from tomoe_worker.server.tensors.flatbuffer import refuse_bytes

_WHOLE: Final = "(?:0|[1-9][0-9]{0,15})"
_TEXT: Final = r'"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_GAP: Final = r"[ \t\n\r]*"

_WHOLES: Final = rf"\[{_GAP}(?:{_WHOLE}(?:{_GAP},{_GAP}{_WHOLE})*{_GAP})?\]"
_TEXTS: Final = rf"\[{_GAP}(?:{_TEXT}(?:{_GAP},{_GAP}{_TEXT})*{_GAP})?\]"
# JSON parsers differ where the format is loose (2.0, 1e0, a key twice, NaN), so both languages hold the text
# to this narrow form, which every one of them reads the same way.
_MEMBER: Final = re.compile(
    rf'{_GAP}([{{,]){_GAP}"(?:(shape|permutation)"{_GAP}:{_GAP}({_WHOLES})'
    rf'|(dim_names)"{_GAP}:{_GAP}({_TEXTS}))'
)
_CLOSING: Final = re.compile(rf"{_GAP}\}}{_GAP}")


def _read_members(text: str) -> dict[str, list[Any]] | None:
    """Members of a ``{"shape": [..], "dim_names": [".."], "permutation": [..]}``; None for any other text."""
    members: dict[str, list[Any]] = {}
    at = 0
    while found := _MEMBER.match(text, at):
        opener, sizes, numbers, names, strings = found.groups()
        key = sizes or names
        if (opener == "{") != (at == 0) or key in members:
            return None
        members[key] = json.loads(numbers or strings)
        at = found.end()
    return members if at > 0 and _CLOSING.fullmatch(text, at) else None


def _is_name(name: str, limits: TensorLimits) -> bool:
    try:
        return 1 <= len(name.encode()) <= limits.name_bytes
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def read_tensor_shape(
    text: str, column: str, limits: TensorLimits
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Shape and dimension names of a column: 1 to 8 sizes, one distinct name each.

    Args:
        text: the extension metadata as it stands in the schema.
        column: the column's name, for messages.

    Raises:
        TomoeError: ``DATA_SHARD_SCHEMA`` naming the column and what was found.
    """
    members = _read_members(text)
    if members is None or not {"shape", "dim_names"} <= members.keys():
        only = "Write a JSON object with shape and dim_names, sizes as plain whole numbers, and nothing else."
        refuse_bytes(f'column "{column}" has tensor metadata {text[:200]}', only)
    shape, names = members["shape"], members["dim_names"]
    if not 1 <= len(shape) <= limits.rank or not all(1 <= size < 2**53 for size in shape):
        sizes = f"A shape is 1 to {limits.rank} whole numbers, each at least 1."
        refuse_bytes(f'column "{column}" has shape {shape}', sizes)
    distinct = len(set(names)) == len(names) == len(shape)
    if not distinct or not all(_is_name(name, limits) for name in names):
        each = "Give one distinct name per dimension."
        refuse_bytes(f'column "{column}" has dimension names {json.dumps(names)}', each)
    permutation = members.get("permutation")
    if permutation is not None and permutation != list(range(len(shape))):
        row_major = "Store tensors row-major, without a permutation."
        refuse_bytes(f'column "{column}" has permutation {permutation}', row_major)
    return tuple(shape), tuple(names)
