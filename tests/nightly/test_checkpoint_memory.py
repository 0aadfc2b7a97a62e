"""A checkpoint of 150 million parameters: what saving and loading it take of memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from checkpoint_memory import measure


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")
def test_at_150_million_parameters_saving_needs_no_copy_and_loading_no_second_model(tmp_path: Path) -> None:
    found = measure(tmp_path, hidden=1024, layers=9)
    assert found["parameters"] > 150e6
    assert 1 <= found["save"] <= 1.05
    assert 1 <= found["load"] <= 1.25
    assert found["lean"] <= 1.25
    assert found["leanBytes"] <= 0.15
