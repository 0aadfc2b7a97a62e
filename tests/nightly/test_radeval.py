"""The package radeval itself, on tiny weights: scores of our job are those of its own classes.

It asks for an environment of its own (some gigabytes), which TOMOE_RADEVAL_PYTHON names.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = os.environ.get("TOMOE_RADEVAL_PYTHON", "")
PAIRS: Final = [
    ["A small cyst in the liver.", "A large cyst in the left lung."],
    ["Normal lung.", "No nodule: the lung is normal. No effusion in the right lung."],
    ["A small cyst in the spleen.", "A small cyst in the spleen."],
    ["Large nodule in the right lung, small effusion.", "No nodule. The liver is normal."],
]

pytestmark = pytest.mark.skipif(
    PYTHON == "", reason="set TOMOE_RADEVAL_PYTHON: tomoe score names the commands"
)


def child(arguments: list[str], asked: object, place: Path) -> dict[str, Any]:
    done = subprocess.run(
        [PYTHON, *arguments],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT / "py-runtime"), "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr[-2000:]}"
    document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return document


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[float]]]:
    place = tmp_path_factory.mktemp("radeval")
    weights = place / "weights"
    return weights, child([str(ROOT / "tests/support/radeval_real.py"), str(weights)], PAIRS, place)


@pytest.mark.parametrize("metric", ["ratescore", "radbert"])
def test_the_job_scores_as_the_classes_of_radeval_do(
    metric: str, theirs: tuple[Path, dict[str, list[float]]], tmp_path: Path
) -> None:
    weights, scores = theirs
    request = {"metric": f"radeval.{metric}", "weights": {"folder": str(weights)}, "pairs": PAIRS}
    found = child(["-m", "tomoe_radeval"], request, tmp_path)
    assert found["scores"] == pytest.approx(scores[metric], abs=1e-5)
    # Equal reports are wholly right, and others are not all alike.
    assert found["scores"][2] == 1.0
    assert len(set(found["scores"])) > 1
    assert all(0 <= one <= 1 for one in found["scores"])
