"""What text guidance costs in shared passes: one volume's questions together, against one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import torch
import torch.fx.experimental._config as fx_config
from torch.utils.flop_counter import FlopCounterMode

from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import FeatureCache
from tomoe_worker.model.sequences import Asked, vision_rows
from tomoe_worker.spec import BatchVolume, RoutingPlan
from tomoe_worker.train.cost import Fused, Mix, batch_of

GUIDANCES: Final = ("off", "task", "question")


def guidance_gains(model: TomoeModel, mix: Mix, plan: RoutingPlan) -> Mapping[str, float]:
    """Vision operations of a volume's items one by one over those of all together, by text guidance.

    Args:
        model: lifted; of another guidance a model of the same spec is made on the meta device.
        mix: one of its volumes is counted.
        plan: for the groups that the model has.
    """
    gains = {}
    for guidance in GUIDANCES:
        of = _guided(model, guidance)
        volumes, asked = _asked(of, mix)
        alone = _operations(of, volumes, asked[:1], plan)
        gains[guidance] = len(asked) * alone / _operations(of, volumes, asked, plan)
    return gains


def _guided(model: TomoeModel, guidance: str) -> TomoeModel:
    spec = model.spec
    if guidance == spec.moe.text_guidance:
        return model
    moe = replace(spec.moe, text_guidance=guidance, text_width=max(1, spec.moe.text_width))
    # Heads are no part of the walk, and words of theirs would be looked for in the assumed codec.
    bare = replace(spec, moe=moe, facts=(), patch_classes=0, words=())
    of = TomoeModel(bare, model.base.codec, 0, "meta")
    of.lift(0)
    if model.per_task:
        of.clone_groups(spec.moe.tasks)
    return of


def _asked(model: TomoeModel, mix: Mix) -> tuple[tuple[BatchVolume, ...], list[Asked]]:
    batch = batch_of(model, replace(mix, volumes=1))
    codec = model.base.codec
    asked = [
        Asked(volume=0, task=item.task, prompt=codec.prompt(item.prompt), answer=codec.encode(item.target))
        for item in batch.items
    ]
    return batch.volumes, asked


def _operations(
    model: TomoeModel, volumes: tuple[BatchVolume, ...], asked: list[Asked], plan: RoutingPlan
) -> int:
    with (
        torch.no_grad(),
        fx_config.patch(meta_nonzero_assume_all_nonzero=True),  # type: ignore[attr-defined]
        FlopCounterMode(display=False) as counter,
        Fused(),
    ):
        shared_VDNC = model.walk.shared(volumes, 0, FeatureCache(0))
        model.walk.rows(shared_VDNC, vision_rows(model, asked, []).rows, plan)
    return int(counter.get_total_flops())
