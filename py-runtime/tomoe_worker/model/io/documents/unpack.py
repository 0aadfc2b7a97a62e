"""Plain JSON back into the frozen dataclasses of ``spec.py``, strictly: nothing missing, nothing extra."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from tomoe_worker.errors import TomoeError
from tomoe_worker.unions import member_of

T = TypeVar("T")


def unpack(kind: type[T], value: Any, where: str) -> T:
    """Build a dataclass from JSON values.

    Args:
        kind: a frozen dataclass whose fields are finite numbers, text, tuples, mappings and dataclasses.
        where: path of the value, for messages.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` naming the first field that is missing, extra or of another type.
    """
    built: T = _build(kind, value, where)
    return built


def _build(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(kind, value, where)
    origin = get_origin(kind)
    if origin is tuple:
        if not isinstance(value, list):
            raise _refused(where, "a list", value)
        return tuple(_build(get_args(kind)[0], one, f"{where}[{index}]") for index, one in enumerate(value))
    if origin is Mapping:
        if not isinstance(value, dict):
            raise _refused(where, "an object", value)
        return {name: _build(get_args(kind)[1], one, f"{where}.{name}") for name, one in value.items()}
    if origin is UnionType and NoneType not in get_args(kind):
        if not isinstance(value, dict):
            raise _refused(where, "an object", value)
        try:
            return _build_dataclass(member_of(kind, value.get("kind")), value, where)
        except TomoeError as cause:
            if cause.code != "WIRE_INVALID":
                raise
            raise TomoeError(
                "CHECKPOINT_INVALID",
                f"{where}: {cause.what}",
                hint="Use the version of Tomoe that wrote the checkpoint.",
            ) from cause
    if origin is Literal and value in get_args(kind):
        return value
    if origin is UnionType:
        inner = next(one for one in get_args(kind) if one is not NoneType)
        return None if value is None else _build(inner, value, where)
    if kind is float and type(value) in (int, float) and abs(value) <= sys.float_info.max:
        return float(value)
    if kind is int and type(value) is int and abs(value) < 1 << 63:
        return value
    if kind in (str, bool) and type(value) is kind:
        return value
    raise _refused(where, getattr(kind, "__name__", str(kind)), value)


def _build_dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise _refused(where, "an object", value)
    hints = get_type_hints(kind)
    extra = sorted(value.keys() - hints.keys())
    absent = sorted(hints.keys() - value.keys())
    if extra or absent:
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{where} lacks {absent} and has unknown {extra}",
            hint="Use the version of Tomoe that wrote the checkpoint.",
        )
    return kind(**{name: _build(hint, value[name], f"{where}.{name}") for name, hint in hints.items()})


def _refused(where: str, wanted: str, value: Any) -> TomoeError:
    return TomoeError(
        "CHECKPOINT_INVALID",
        f"{where} must be {wanted}, it is {type(value).__name__}",
        hint="Go back to an earlier checkpoint.",
    )
