"""export/adapter.py: which modules a PEFT folder speaks of."""

from __future__ import annotations

import re

from tomoe_worker.export.adapter import pattern_of

PATHS = [
    "model.layers.0.self_attn.q_proj",
    "model.layers.11.self_attn.q_proj",
    "model.layers.1.mlp.fc1",
    "model.head.out",
]


def test_the_pattern_fits_the_paths_and_no_other() -> None:
    pattern = pattern_of(PATHS)
    assert all(re.fullmatch(pattern, path) for path in PATHS)
    for other in (
        "model.layers.1.self_attn.q_proj",
        "model.layers.0.mlp.fc1",
        "model.layers.111.self_attn.q_proj",
        "modelxlayers.0.self_attn.q_proj",
        "model.head.out.more",
        "other.model.head.out",
    ):
        assert re.fullmatch(pattern, other) is None, other


def test_the_pattern_does_not_depend_on_the_order_of_the_paths() -> None:
    assert pattern_of(PATHS) == pattern_of(reversed(PATHS))
    assert pattern_of(PATHS).count("|") == 3
