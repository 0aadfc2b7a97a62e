"""``shared.volume``: training steps on the questions of one volume, together and one question a pass.

Usage: python -m bench.shared_volume SETTINGS, a JSON object with ``full`` and ``small``, two sizes of one
model (``imageSize``, ``patchSize``, ``mergeSize``, ``hidden``, ``heads``, ``blocks`` that are read,
``upperBlocks``, ``depth``), ``budgets`` by name (``full`` and ``small``, each with ``poolDepth`` and
``language``, which is ``hidden``, ``heads`` and ``layers``; ``sites``, lists of blocks by name; ``stages``),
``questionsOfTask``, ``guidances``, ``rounds``, ``threads`` and ``countedInFull`` (sites and stage). Ways of
each case, one optimizer step each of the small size: every question beside the volume in a pass of its own,
their vision pass shared, and the prefix in the language model as well. It is counted what a step can gain;
where ``countedInFull`` says so at the full size too, without weights.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count, product
from typing import Any

import torch
import torch.fx.experimental._config as fx_config
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.phi3v.language import LINEAR_LAYERS
from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer
from tomoe_worker.model.lift.change import UNCHANGED
from tomoe_worker.spec import (
    Batch,
    BatchItem,
    BatchVolume,
    ComponentRate,
    GroupPlan,
    LayerPlan,
    ObjectiveWeight,
    OptimizerSpec,
    RoutingPlan,
    StageSpec,
)
from tomoe_worker.train.cost import Fused, Mix
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.gain import guidance_gains
from tomoe_worker.train.trainer import StageTrainer
from torch.utils.flop_counter import FlopCounterMode

from bench.depth_scaling import spec_of
from bench.turns import in_turns, report

TASKS = ("report", "closed-vqa", "open-vqa")
EXPERTS, TOP_K = 4, 2
# Two of each task; a question is about the organ that stands in it.
TEXTS = {
    "report": ("Describe the {} of this scan.", "The {} is of normal size, without a lesion."),
    "closed-vqa": ("Is a lesion in the {}? Choices: A. yes B. no", "no"),
    "open-vqa": ("Which lesion is in the {}?", "a cyst"),
}
ORGANS = ("liver", "left kidney", "spleen", "right lung")


def model_of(
    asked: dict[str, Any], blocks: Sequence[int], guidance: str, per_task: bool, device: str = "cpu"
) -> TomoeModel:
    """The lifted model with experts in these blocks and adapters in its decoder; equal weights each time."""
    words = [part.format(organ) for texts in TEXTS.values() for part in texts for organ in ORGANS]
    codec = fit_tokenizer(words, 400)
    spec = spec_of(asked, asked["depth"], asked["upperBlocks"])
    hidden, heads, layers = (asked["language"][name] for name in ("hidden", "heads", "layers"))
    language = replace(
        spec.base.language,
        vocab=codec.size,
        hidden=hidden,
        heads=heads,
        key_value_heads=heads,
        layers=layers,
        mlp=8 * hidden // 3,
        max_positions=4096,
    )
    sites = tuple(f"vision.blocks.{block}.mlp" for block in blocks)
    spec = replace(
        spec,
        base=replace(spec.base, language=language),
        pool=replace(spec.pool, depth=asked["poolDepth"]),
        lora=replace(spec.lora, rank=8, alpha=16.0, targets=LINEAR_LAYERS),
        moe=replace(
            spec.moe,
            token_experts=EXPERTS,
            sites=sites,
            text_guidance=guidance,
            text_width=32,
            tasks=TASKS,
        ),
    )
    model = TomoeModel(spec, codec, 0, device)
    model.lift(0)
    if per_task:
        model.clone_groups(TASKS)
    return model


def stage_of(per_task: bool, **fields: Any) -> StageSpec:
    """A stage as real ones are: the lower tower and the decoder are frozen, adapters beside it are not."""
    experts = "taskExperts" if per_task else "tokenExperts"
    vision = () if per_task else ("upperVision",)
    stage = StageSpec(
        name="bench",
        steps=1000,
        seed=0,
        trains=tuple(
            ComponentRate(component=name, learning_rate=1e-5)
            for name in (*vision, experts, "tokenRouter", "projector", "lora")
        ),
        objectives=(ObjectiveWeight(objective="language", weight=1.0),),
        warmup_fraction=0.0,
        weight_decay=0.0,
        clip_norm=1.0,
        routing="per-task" if per_task else "shared",
        optimizer=OptimizerSpec(
            kind="adamw", betas=(0.9, 0.98), epsilon=1e-8, schedule="constant", decays="matrices"
        ),
        micro_batch=0,
        task_cosine_every=0,
        too_long="refuse",
        share_prefix=False,
    )
    return replace(stage, **fields)


def plan_of(model: TomoeModel) -> RoutingPlan:
    """A plan without biases and routing losses."""
    group = GroupPlan(expert_bias=(0.0,) * EXPERTS)
    return RoutingPlan(
        effective_from_step=0,
        top_k=TOP_K,
        balance_loss_weight=0.0,
        z_loss_weight=0.0,
        groups=model.groups,
        layers=tuple(LayerPlan(site=site, groups=(group,) * len(model.groups)) for site in model.sites),
    )


def items_of(questions: int) -> tuple[BatchItem, ...]:
    """So many questions of each task, about the first volume."""
    return tuple(
        BatchItem(
            item_id=f"{task}/{organ}",
            volume_index=0,
            prompt=prompt.format(organ),
            target=target.format(organ),
            task=task,
            loss_weight=1.0,
        )
        for task, (prompt, target) in TEXTS.items()
        for organ in ORGANS[:questions]
    )


def together(items: Sequence[BatchItem], voxels_DHW: torch.Tensor, named: str) -> Batch:
    """One volume with all that is asked about it; a name that came before would find features kept."""
    volume = BatchVolume(
        volume_id=named,
        slot=0,
        voxels_DHW=voxels_DHW,
        facts={},
        patch_labels_DHW=None,
        words=None,
        change=UNCHANGED,
    )
    return Batch(step=0, global_volume_count=1, volumes=(volume,), items=tuple(items), digest="")


def one_each(batch: Batch) -> Batch:
    """The same questions, each beside a volume of its own: in micro-batches of one volume, one a pass."""
    (volume,) = batch.volumes
    volumes = tuple(
        replace(volume, volume_id=f"{volume.volume_id}/{at}", slot=at) for at in range(len(batch.items))
    )
    items = tuple(replace(item, volume_index=at) for at, item in enumerate(batch.items))
    return replace(batch, global_volume_count=len(volumes), volumes=volumes, items=items)


def stepping(
    model: TomoeModel, stage: StageSpec, batches: Callable[[str], Batch], losses: list[float]
) -> Callable[[], None]:
    """One optimizer step after another, each on a volume that was not seen before; its loss is kept."""
    trainer, plan, numbers = StageTrainer(model, stage, Ranks.alone()), plan_of(model), count()

    def step() -> None:
        number = next(numbers)
        batch = replace(batches(f"v{number}"), step=number)
        losses.append(trainer.step(batch, plan).loss)

    return step


def operations(model: TomoeModel, stage: StageSpec, batch: Batch) -> int:
    """Floating-point operations of a step's first part, forward and backward, on the meta device."""
    with (
        fx_config.patch(meta_nonzero_assume_all_nonzero=True),  # type: ignore[attr-defined]
        FlopCounterMode(display=False) as counter,
        Fused(),
    ):
        StageTrainer(model, stage, Ranks.alone()).rehearse(batch, plan_of(model))
    return int(counter.get_total_flops())


def step_gain(make: Callable[[], TomoeModel], per_task: bool, batch: Batch) -> float:
    """How many times the operations of one step on all questions those of one question a pass are: as much
    as a step can gain whose every operation takes the same time.
    """
    alone, prefix = stage_of(per_task, micro_batch=1), stage_of(per_task, share_prefix=True)
    each = sum(operations(make(), alone, replace(batch, items=(item,))) for item in batch.items)
    return each / operations(make(), prefix, batch)


def measure(
    small: dict[str, Any],
    full: dict[str, Any] | None,
    blocks: Sequence[int],
    guidance: str,
    per_task: bool,
    items: Sequence[BatchItem],
    rounds: int,
) -> dict[str, Any]:
    """Rounds of every way, how far its first loss is from that of one question a pass, and what it gains of
    the vision work and of the whole step by operations.
    """
    torch.manual_seed(0)
    side = small["imageSize"]
    voxels_DHW = torch.randint(-1000, 1000, (small["depth"], side, side)).to(torch.int16)

    def whole(named: str) -> Batch:
        return together(items, voxels_DHW, named)

    stages = {
        "alone": stage_of(per_task, micro_batch=1),
        "vision": stage_of(per_task),
        "prefix": stage_of(per_task, share_prefix=True),
    }
    losses: dict[str, list[float]] = {name: [] for name in stages}
    ways = {
        name: stepping(
            model_of(small, blocks, guidance, per_task),
            stage,
            (lambda named: one_each(whole(named))) if name == "alone" else whole,
            losses[name],
        )
        for name, stage in stages.items()
    }
    measured = in_turns(ways, rounds)
    apart = {name: abs(of[0] / losses["alone"][0] - 1) for name, of in losses.items()}

    def unfilled(asked: dict[str, Any]) -> TomoeModel:
        return model_of(asked, blocks, guidance, per_task, "meta")

    def gain_of(asked: dict[str, Any]) -> float:
        shape = (asked["depth"], asked["imageSize"], asked["imageSize"])
        unseen_DHW = torch.empty(shape, dtype=torch.int16, device="meta")
        return step_gain(lambda: unfilled(asked), per_task, together(items, unseen_DHW, "counted"))

    model = unfilled(small)
    mix = Mix(volumes=1, tasks=tuple(item.task for item in items), side=side)
    gain = guidance_gains(model, mix, plan_of(model))[guidance]
    figures = {
        "lossApart": max(apart.values()),
        "visionGain": gain,
        "stepGain": gain_of(small),
        **({} if full is None else {"fullStepGain": gain_of(full)}),
    }
    return {"ways": measured, "figures": figures}


def main() -> None:
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    items = items_of(asked["questionsOfTask"])
    for budget, of in asked["budgets"].items():
        small, full = ({**asked[size], **of[size]} for size in ("small", "full"))
        cases = product(of["sites"].items(), of["stages"], asked["guidances"])
        for (name, blocks), stage, guidance in cases:
            counted = full if [name, stage] == asked["countedInFull"] else None
            found = measure(small, counted, blocks, guidance, stage == "per-task", items, asked["rounds"])
            report(f"{budget}, {name}, {stage}, {guidance}", **found)


if __name__ == "__main__":
    main()
