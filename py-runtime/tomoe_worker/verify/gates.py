"""The gates of a document, judged again by the figures that it prints."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any, Final

import regex

_GATE: Final = regex.compile(r"\s*(?P<name>[^<>=\s]+)\s*(?P<sign><=|>=|<|>)\s*(?P<limit>[-+.\deE]+)\s*")
_SIGNS: Final = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}


def _named(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every entry that a gate may name, with the figure that is meant where none is said."""
    for entry in content.get("scorecard") or []:
        yield f"{entry['task']}/{entry['metric']}", "value", entry
    for entry in content.get("adversaries") or []:
        yield f"{entry['task']}/{entry['metric']}.over.{entry['adversary']}", "difference", entry
    for entry in content.get("comparison") or []:
        yield f"{entry['task']}/{entry['metric']}", "difference", entry


def gate_figures(content: Mapping[str, Any], gate: str) -> tuple[float, bool] | None:
    """The number that a gate is about and whether it holds; None where it names no number of the document."""
    found = _GATE.fullmatch(gate)
    if found is None:
        return None
    for key, usual, entry in _named(content):
        if found["name"] != key and not found["name"].startswith(f"{key}."):
            continue
        told = usual if found["name"] == key else found["name"][len(key) + 1 :]
        # A gap's value is its difference.
        value = entry.get("difference" if told == "value" and "difference" in entry else told)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value), bool(_SIGNS[found["sign"]](value, float(found["limit"])))
    return None
