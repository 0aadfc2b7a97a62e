"""A base of the real one's shape: what loading and saving take, and how much of it a checkpoint is."""

from __future__ import annotations

from pathlib import Path

import pytest
from base_memory import REAL, measure


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")
def test_a_base_of_158_million_is_loaded_once_halved_in_fast_and_left_out_of_checkpoints(
    tmp_path: Path,
) -> None:
    found = measure(tmp_path, REAL)
    assert found["parameters"] > 150e6
    # In strict the files stay mapped, and are read where a step first needs them.
    assert found["strict"] <= 1.25 and 1 <= found["fast"] <= 1.25
    assert 0.5 <= found["fastBytes"] <= 0.55
    assert 1 <= found["save"] <= 1.05 and 1 <= found["resume"] <= 1.25
    # What two stages may change: experts, gates, upper blocks, projector, adapters.
    assert found["shared"] < found["perTask"] < 0.15
