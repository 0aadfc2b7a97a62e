"""The table of clinical metrics."""

from __future__ import annotations

from tomoe_radeval.table import METRICS, PREFIX


def test_every_metric_says_what_it_is_called_there_and_what_it_is_valid_for() -> None:
    assert PREFIX == "radeval."
    for name, row in METRICS.items():
        assert name.isidentifier() and row.registry and row.scores
        assert "English" in row.valid
        # Both stand in a signature, whose marks they may not have.
        assert not set("|()") & set(row.registry + row.kind)
    assert len({row.registry for row in METRICS.values()}) == len(METRICS)
