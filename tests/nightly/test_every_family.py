"""Suites that take two examples of published files in a plain test run, with every one of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sampled import IN_CAMPAIGN

ROOT = Path(__file__).resolve().parents[2]
SUITES = (
    "train/test_published_cost.py",
    "export/test_reload.py",
    "model/bases/test_trained.py",
    "model/io/test_checkpoint.py",
)


@pytest.mark.skipif(not IN_CAMPAIGN, reason="npm run test:nightly says in TOMOE_CAMPAIGN that it runs")
@pytest.mark.parametrize("suite", SUITES)
def test_every_family_passes(suite: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", str(ROOT / "tests/unit/py" / suite)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]
