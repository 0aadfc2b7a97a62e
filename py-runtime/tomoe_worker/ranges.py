"""The ranges of what travels, read from the table of options that the recipe is checked by.

``ranges.json`` is made of ts/schema/options by ``npm run generate``: no range is typed a second time here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    text = resources.files("tomoe_worker").joinpath("ranges.json").read_text(encoding="utf-8")
    table: Mapping[str, Mapping[str, Mapping[str, Any]]] = json.loads(text)
    return table


def range_problems(message: str, spec: object) -> list[str]:
    """What of a message's fields lies out of its range, each as one sentence that names the field.

    Args:
        message: "model", "stage" or "plan".
        spec: the message as decoded; its fields are found by the names of the table in snake case.
    """
    return [
        f"{name} is {value!r}, it must be {rule['says']}"
        for path, rule in _table()[message].items()
        for name, value in _values(spec, path.split("."), "")
        if not _holds(rule, value)
    ]


def _values(holder: object, path: Sequence[str], name: str) -> Iterator[tuple[str, object]]:
    """The values at a path, with where each stands: "trains[1].learningRate"."""
    if not path:
        yield name, holder
        return
    key = path[0].removesuffix("[]")
    name_there = re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), key)
    if hasattr(holder, "kind") and not hasattr(holder, name_there):
        return  # another member of the union has this field
    value = getattr(holder, name_there)
    here = f"{name}.{key}" if name else key
    if path[0].endswith("[]"):
        for at, entry in enumerate(value):
            yield from _values(entry, path[1:], f"{here}[{at}]")
    else:
        yield from _values(value, path[1:], here)


def _holds(rule: Mapping[str, Any], value: object) -> bool:
    if rule["kind"] == "choice":
        return value in rule["of"]
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return False
    if rule.get("none") is not None and value == rule["none"]:
        return True
    return (
        (rule["kind"] != "whole" or value == int(value))
        and value >= rule.get("min", -math.inf)
        and value > rule.get("above", -math.inf)
        and value <= rule.get("max", math.inf)
        and value < rule.get("below", math.inf)
    )
