"""model/bases/keys.py: names on disk and in memory, both ways."""

from __future__ import annotations

import pytest
from tomoe_worker.model.bases.keys import KeyRules

RULES = KeyRules(
    prefixes=(("tower.", "model.tower."), ("language.head.", "head.")),
    aliases={},
    ignored={r"\.inv_freq$": "made anew"},
)


@pytest.mark.parametrize(
    ("disk", "memory"),
    [
        ("tower.a.weight", "model.tower.a.weight"),
        ("language.head.weight", "head.weight"),
        ("other.b", "other.b"),
    ],
)
def test_a_name_goes_both_ways(disk: str, memory: str) -> None:
    assert RULES.in_memory(disk) == memory
    assert RULES.on_disk(memory) == disk


def test_what_nothing_reads_has_its_reason() -> None:
    assert RULES.why_ignored("a.rotary.inv_freq") == "made anew"
    assert RULES.why_ignored("a.rotary.inv_freq.weight") is None
