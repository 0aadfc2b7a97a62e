"""Reference numbers for tests/contract/metrics.test.ts: one JSON request on stdin, one JSON answer on
stdout.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "py-runtime"))

from tomoe_worker.metrics.measure import measure


def cluster_interval(table: list[list[list[float]]], resamples: int, seed: int) -> list[float]:
    """95% percentile interval of a mean over strata of means over items, clusters drawn by numpy.

    Args:
        table: clusters x strata x (sum, count).
    """
    cells_CS2 = np.array(table)
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        drawn_CS2 = cells_CS2[generator.integers(0, len(cells_CS2), len(cells_CS2))]
        totals_S2 = drawn_CS2.sum(axis=0)
        kept_S2 = totals_S2[totals_S2[:, 1] > 0]
        found.append(float((kept_S2[:, 0] / kept_S2[:, 1]).mean()))
    return [float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Measure every metric asked for, and every interval."""
    pairs = [(prediction, target) for prediction, target in request["pairs"]]
    return {
        "metrics": {metric: measure(metric, pairs) for metric in request["metrics"]},
        "intervals": [cluster_interval(**one) for one in request["intervals"]],
    }


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
