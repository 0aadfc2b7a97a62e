"""The question of ts/sampler as it is meant: every field there, of its type, and none besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


class NotAnAskError(Exception):
    """A message that is not of the agreed shape."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """An option that is there where another one, which is not conditional itself, has this value."""

    name: str
    value: int


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """Numbers of a range; a choice is the whole numbers from 0, one for each of its values."""

    name: str
    kind: str
    low: float
    high: float
    log: bool
    step: int
    when: Condition | None


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A trial that was proposed before: ``state`` is done, pruned, failed or open."""

    state: str
    values: Mapping[str, float]
    value: float | None
    #: The objective in the middle, by optimizer steps.
    points: Mapping[int, float]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is to be proposed: by which sampler, from which seed, after which trials, by their numbers."""

    sampler: str
    #: Trials that are drawn blindly before the model is asked.
    startup: int
    direction: str
    seed: int
    dimensions: Sequence[Dimension]
    tried: Sequence[Tried]


def ask_of(found: Json) -> Ask:
    """An ask as it came.

    Raises:
        NotAnAskError: names the field that is missing, too many or of another type.
    """
    fields = exactly(found, {"kind", "sampler", "startup", "direction", "seed", "dimensions", "tried"}, "ask")
    return Ask(
        sampler=text(fields["sampler"], "sampler"),
        startup=whole(fields["startup"], "startup"),
        direction=text(fields["direction"], "direction"),
        seed=whole(fields["seed"], "seed"),
        dimensions=[dimension_of(one) for one in several(fields["dimensions"], "dimensions")],
        tried=[tried_of(one) for one in several(fields["tried"], "tried")],
    )


def dimension_of(found: Json) -> Dimension:
    fields = exactly(found, {"name", "kind", "low", "high", "log", "step", "when"}, "dimension")
    when = fields["when"]
    condition = None
    if when is not None:
        of = exactly(when, {"name", "value"}, "when")
        condition = Condition(name=text(of["name"], "when.name"), value=whole(of["value"], "when.value"))
    return Dimension(
        name=text(fields["name"], "name"),
        kind=text(fields["kind"], "kind"),
        low=number(fields["low"], "low"),
        high=number(fields["high"], "high"),
        log=fields["log"] is True,
        step=whole(fields["step"], "step"),
        when=condition,
    )


def tried_of(found: Json) -> Tried:
    fields = exactly(found, {"state", "values", "value", "points"}, "tried")
    value = fields["value"]
    pairs = [several(one, "points") for one in several(fields["points"], "points")]
    return Tried(
        state=text(fields["state"], "state"),
        values={name: number(one, name) for name, one in mapping(fields["values"], "values").items()},
        value=None if value is None else number(value, "value"),
        points={whole(step, "points"): number(one, "points") for step, one in pairs},
    )


def mapping(found: Json, name: str) -> Mapping[str, Json]:
    if not isinstance(found, Mapping):
        raise NotAnAskError(f"{name} is no object")
    return found


def exactly(found: Json, names: set[str], name: str) -> Mapping[str, Json]:
    fields = mapping(found, name)
    if set(fields) != names:
        raise NotAnAskError(f"{name} has {sorted(fields)}, expected {sorted(names)}")
    return fields


def several(found: Json, name: str) -> Sequence[Json]:
    if not isinstance(found, list):
        raise NotAnAskError(f"{name} is no list")
    return found


def text(found: Json, name: str) -> str:
    if not isinstance(found, str):
        raise NotAnAskError(f"{name} is no text")
    return found


def number(found: Json, name: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise NotAnAskError(f"{name} is no number")
    return found


def whole(found: Json, name: str) -> int:
    if isinstance(found, bool) or not isinstance(found, int):
        raise NotAnAskError(f"{name} is no whole number")
    return found
