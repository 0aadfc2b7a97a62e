"""Scans as the TypeScript readers read them, and bodies to write for them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "node_modules" / ".bin" / "node"


def read_all(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run the TypeScript readers on every job in one process; voxels are loaded into ``array``."""
    done = subprocess.run(
        [
            str(NODE),
            "--disable-warning=ExperimentalWarning",
            str(ROOT / "tests" / "support" / "dump-volume.ts"),
        ],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    results: list[dict[str, Any]] = json.loads(done.stdout)
    for job, result in zip(jobs, results, strict=True):
        if result["ok"]:
            kind = np.dtype("<i2") if result["dtype"] == "int16" else np.dtype("<f4")
            result["array"] = np.fromfile(job["out"], dtype=kind).reshape(result["shapeDHW"])
    return results


def body(shape: tuple[int, int, int], seed: int) -> np.ndarray:
    """A CT-like body in HU, axes x (Right), y (Anterior), z (Superior)."""
    rng = np.random.default_rng(seed)
    u, v, w = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    hu = np.full(shape, -1000.0)
    inside = (u / 0.85) ** 2 + (v / 0.65) ** 2 < 1
    hu[inside] = -100
    core = (u / 0.75) ** 2 + (v / 0.58) ** 2 < 1
    hu[core] = np.where(u[core] < 0, 55, 40)
    hu[(np.hypot(u - 0.4, v) < 0.2) & (w > 0)] = -850
    return np.rint(hu + rng.normal(0, 8, shape)).astype(np.int16)
