"""``depth.scaling``: what a tower costs as a volume gets deeper, forward, without gradient.

Usage: python -m bench.depth_scaling SETTINGS, a JSON object with ``imageSize``, ``patchSize``,
``hidden``, ``blocks``, ``upperBlocks``, ``depths``, ``rounds`` and ``threads``. The rival attends over all
slices in every block.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

import torch
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer
from tomoe_worker.model.lift.change import UNCHANGED
from tomoe_worker.model.lift.features import FeatureCache
from tomoe_worker.spec import (
    BatchVolume,
    LanguageSpec,
    LiftSpec,
    LoraSpec,
    ModelSpec,
    MoeSpec,
    Phi3vBase,
    PoolSpec,
    PreprocessSpec,
    ProjectorSpec,
    VisionSpec,
    WindowHu,
)

from bench.turns import in_turns, report


def spec_of(asked: dict[str, Any], depth: int, upper_blocks: int) -> ModelSpec:
    """A dense tower for volumes of ``depth`` slices, and next to no language model."""
    base = Phi3vBase(
        kind="phi3v",
        vision=VisionSpec(
            image_size=asked["imageSize"],
            patch_size=asked["patchSize"],
            hidden=asked["hidden"],
            layers=asked["blocks"] + 1,
            heads=asked.get("heads", asked["hidden"] // 64),
            mlp=4 * asked["hidden"],
            blocks_read=asked["blocks"],
            activation="quick_gelu",
            norm_epsilon=1e-5,
        ),
        projector=ProjectorSpec(merge_size=asked.get("mergeSize", 1), separators=False),
        language=LanguageSpec(
            vocab=300,
            hidden=64,
            layers=1,
            heads=1,
            key_value_heads=1,
            mlp=64,
            max_positions=64,
            rope_theta=10_000.0,
            initial_std=0.02,
            norm_epsilon=1e-5,
        ),
    )
    return ModelSpec(
        base=base,
        pool=PoolSpec(depth=1, kind="mean"),
        lora=LoraSpec(
            rank=0, alpha=0.0, targets=(), initial="kaiming-uniform", dropout=0.0, vision_targets=()
        ),
        lift=LiftSpec(upper_blocks=upper_blocks, depth_rope=True, rope_base=100.0, depth=depth),
        moe=MoeSpec(
            token_experts=0, sites=(), text_guidance="off", text_width=1, tasks=("report",), router_std=0.02
        ),
        preprocess=PreprocessSpec(
            digest="",
            windows=(WindowHu(low=-1000.0, high=1000.0),),
            mean=(0.5, 0.5, 0.5),
            std=(0.5, 0.5, 0.5),
        ),
        facts=(),
        patch_classes=0,
        words=(),
        precision="strict",
        recompute="none",
        compile="none",
    )


def model_of(asked: dict[str, int], depth: int, upper_blocks: int) -> TomoeModel:
    """The model, lifted where some blocks attend over all slices."""
    spec = spec_of(asked, depth, upper_blocks)
    model = TomoeModel(spec, fit_tokenizer(["axial"], 300), 0, "cpu")
    if upper_blocks:
        model.lift(0)
    return model


def walk_of(model: TomoeModel, depth: int, side: int) -> Callable[[], None]:
    """The whole tower over one volume of noise."""
    voxels_DHW = torch.randint(-1000, 1000, (depth, side, side)).to(torch.int16)
    volume = BatchVolume(
        volume_id="v",
        slot=0,
        voxels_DHW=voxels_DHW,
        facts={},
        patch_labels_DHW=None,
        words=None,
        change=UNCHANGED,
    )

    def walk() -> None:
        with torch.no_grad():
            model.walk.shared([volume], 0, FeatureCache(0))

    return walk


def main() -> None:
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    torch.manual_seed(0)
    for depth in asked["depths"]:
        uppers = {"2D": 0, "joint": asked["upperBlocks"], "all 3D": asked["blocks"]}
        ways = {
            name: walk_of(model_of(asked, depth, upper), depth, asked["imageSize"])
            for name, upper in uppers.items()
        }
        measured = in_turns(ways, asked["rounds"])
        # Depths rise, so the peak of the process is that of this one.
        report(str(depth), ways=measured, peakKiB=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main()
