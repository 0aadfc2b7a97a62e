"""Examples of which a plain test run takes a share: tests/nightly/test_every_family.py takes them all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

IN_CAMPAIGN = "TOMOE_CAMPAIGN" in os.environ


def sampled(every: Sequence[T], plain: Sequence[T]) -> Sequence[T]:
    """All examples in a campaign; in a plain run those of `plain`, each of which is one of them."""
    assert all(one in every for one in plain)
    return every if IN_CAMPAIGN else plain
