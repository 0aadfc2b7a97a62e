"""What a family says of a published config before a model is made of it, and which uses of it fit."""

from __future__ import annotations

from dataclasses import dataclass

from tomoe_worker.spec import PublishedBase


@dataclass(frozen=True, kw_only=True)
class RopeSet:
    """A set of rotary frequencies, and the longest sequence for which it is the one."""

    name: str
    up_to: int


@dataclass(frozen=True, kw_only=True)
class FamilyFacts:
    """Of a config without problems; what it does not say, the model built from it does."""

    image_size: int  # rows and columns that its positions were learned at
    size_multiple: int  # an image's rows and columns are a multiple of it
    merge_size: int  # patches a side that become one token
    max_positions: int  # longest sequence that may be asked for
    rope_sets: tuple[RopeSet, ...]  # shortest first
    layouts: tuple[str, ...]  # of a volume's image tokens; the first is taken where none is asked for
    mean: tuple[float, ...]  # of the pixels of 0..1, channel by channel
    std: tuple[float, ...]


def rope_sets(longest: int, *sets: tuple[str, int]) -> tuple[RopeSet, ...]:
    """The sets that a sequence of at most ``longest`` can be under.

    Args:
        sets: name and reach of each, shortest first; the last reaches ``longest``.
    """
    found: list[RopeSet] = []
    for name, up_to in sets:
        if not found or found[-1].up_to < longest:
            found.append(RopeSet(name=name, up_to=min(up_to, longest)))
    return tuple(found)


def use_problems(base: PublishedBase, facts: FamilyFacts) -> list[str]:
    """What keeps a base from being used at this size, length and layout, each with what is allowed."""
    problems = []
    step = facts.size_multiple
    if base.image_size < step or base.image_size % step:
        problems.append(f"imageSize {base.image_size} is not a multiple of {step}")
    if not 1 <= base.max_positions <= facts.max_positions:
        problems.append(f"maxPositions {base.max_positions} is not within 1..{facts.max_positions}")
    if base.layout not in facts.layouts:
        problems.append(f"layout is {base.layout!r}, the family has {' or '.join(facts.layouts)}")
    return problems
