"""200 steps on the real base in either precision: fast stays within a band of strict."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from real_base_run import cache_folder
from tomoe_worker.model.precision import has_bfloat16

SCRIPT = Path(__file__).resolve().parents[1] / "support" / "real_base_run.py"


def run(precision: str) -> dict[str, Any]:
    child = subprocess.run([sys.executable, str(SCRIPT), precision, "200"], capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    found: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return found


@pytest.mark.skipif(not cache_folder().is_dir(), reason="run: npx tomoe weights get dinov2-s14-smollm2-135m")
@pytest.mark.skipif(not has_bfloat16(torch.device("cpu")), reason="this processor has no bfloat16 units")
def test_fast_stays_within_the_band_of_strict_on_the_real_base() -> None:
    strict, fast = (run(precision)["losses"] for precision in ("strict", "fast"))
    assert len(strict) == len(fast) == 200 and strict[-1] < 0.01 * strict[0]
    off = [(one - other) / strict[0] for one, other in zip(fast, strict, strict=True)]
    # While the loss falls, a step apart is a loss apart: means of 20 steps are compared, and the end.
    assert max(abs(sum(off[at : at + 20])) / 20 for at in range(0, 200, 20)) <= 0.03
    assert max(map(abs, off[-50:])) <= 0.01
