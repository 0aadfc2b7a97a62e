"""A short stage on the real base in one precision: its losses, as JSON; run as a process of its own.

python tests/support/real_base_run.py strict 200
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from pathlib import Path
from typing import Final

import torch

_HERE: Final = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parents[1] / "py-runtime"), str(_HERE)]

from tiny_model import TASKS, item, plan, stage, tiny_spec  # noqa: E402
from tiny_model import volume as tiny_volume  # noqa: E402
from tomoe_worker.model.assembly import TomoeModel  # noqa: E402
from tomoe_worker.model.io.base_files import BaseFiles  # noqa: E402
from tomoe_worker.model.io.base_folder import load_weights, open_folder  # noqa: E402
from tomoe_worker.server.device import set_precision  # noqa: E402
from tomoe_worker.spec import (  # noqa: E402
    Batch,
    BatchItem,
    BatchVolume,
    ComponentRate,
    PreprocessSpec,
    PublishedBase,
    WindowHu,
)
from tomoe_worker.train.distributed import Ranks  # noqa: E402
from tomoe_worker.train.trainer import StageTrainer  # noqa: E402

BASE: Final = "dinov2-s14-smollm2-135m"
WINDOWS: Final = ((-1000.0, 500.0), (-160.0, 240.0), (-500.0, 1300.0))
DEPTH, SIDE, CASES = 4, 84, 16
SIDES, SHAPES, KINDS = ("left", "right"), ("round", "square"), ("dark", "bright")


def cache_folder() -> Path:
    """Where ``tomoe weights get`` puts the base."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "tomoe" / "weights" / BASE


def volume(case: int) -> BatchVolume:
    """A body of water in air with one lesion, whose side, shape and kind are the bits of ``case``."""
    noise = torch.randn(DEPTH, SIDE, SIDE, generator=torch.Generator().manual_seed(case)) * 20
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    body = ((y - 42) / 36.0) ** 2 + ((x - 42) / 40.0) ** 2 < 1
    slices = torch.where(body, 40.0, -1000.0).expand(DEPTH, -1, -1) + noise
    row, column = 30 + case % 5 * 4, 24 if case & 1 else 60
    off = torch.stack([(y - row).abs(), (x - column).abs()]).float()
    lesion = off.amax(0) < 8 if case & 2 else off.norm(dim=0) < 9
    slices[1:3][:, lesion] = 400.0 if case & 4 else -300.0
    voxels = slices.clamp(-1024, 2000).round().to(torch.int16)
    return dataclasses.replace(tiny_volume(f"v{case}", labels=False), voxels_DHW=voxels, facts={})


def items(case: int, index: int) -> tuple[BatchItem, ...]:
    """A report and a question about a volume, at most 64 tokens of text each."""
    side, shape, kind = SIDES[case & 1], SHAPES[case >> 1 & 1], KINDS[case >> 2 & 1]
    report = f"There is a {kind} {shape} lesion on the {side} side."
    asked = (("report", "Describe the scan.", report), ("closed-vqa", "On which side is the lesion?", side))
    return tuple(item(f"{task}-{case}", index, prompt, target, task) for task, prompt, target in asked)


def batch(step: int) -> Batch:
    """Two volumes with two items each; every volume comes again after eight steps."""
    cases = [(2 * step + index) % CASES for index in range(2)]
    asked = [one for index, case in enumerate(cases) for one in items(case, index)]
    asked.sort(key=lambda one: TASKS.index(one.task))
    return Batch(
        step=step,
        global_volume_count=2,
        volumes=tuple(volume(case) for case in cases),
        items=tuple(asked),
        digest="",
    )


def lifted(folder: Path, precision: str) -> TomoeModel:
    """The base with adapters, four experts in its last vision block and joint attention in two blocks."""
    of = open_folder(folder)
    base = PublishedBase(
        kind="published",
        family=of.family,
        config=of.config,
        weights_digest=BaseFiles(folder, "").digest,
        image_size=SIDE,
        max_positions=256,
        layout="internvl",
        redraw=(),
    )
    spec = tiny_spec(
        lift={"upper_blocks": 2, "depth": DEPTH},
        lora={"rank": 16, "alpha": 32.0, "targets": ("q_proj", "k_proj", "v_proj", "o_proj")},
        moe={"sites": ("vision.blocks.11.mlp",), "text_width": 32},
    )
    windows = tuple(WindowHu(low=low, high=high) for low, high in WINDOWS)
    preprocess = PreprocessSpec(
        digest="", windows=windows, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
    )
    spec = dataclasses.replace(
        spec, base=base, preprocess=preprocess, facts=(), patch_classes=0, precision=precision
    )
    model = TomoeModel(spec, of.codec(base), 7, "cpu")
    load_weights(model, of, 7, "cpu")
    model.lift(7)
    return model


def losses(folder: Path, precision: str, steps: int) -> list[float]:
    """Losses of the first steps of a stage that trains adapters, projector, experts and gates."""
    rates = {"lora": 2e-4, "projector": 5e-4, "tokenExperts": 1e-4, "tokenRouter": 1e-3}
    set_precision(precision)
    model = lifted(folder, precision)
    trains = tuple(ComponentRate(component=name, learning_rate=rate) for name, rate in rates.items())
    of = dataclasses.replace(stage(steps=200, warmup_fraction=0.1), trains=trains)
    trainer = StageTrainer(model, of, Ranks.alone())
    in_force = plan(model, balance=0.01, z=1e-3)
    return [trainer.step(batch(step), in_force).loss for step in range(steps)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    found = losses(cache_folder(), sys.argv[1], int(sys.argv[2]))
    print(json.dumps({"precision": sys.argv[1], "losses": found, "cpuSeconds": round(time.process_time())}))
