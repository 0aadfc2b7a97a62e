"""The tiny model of the Python tests, the one description of it: a real model, volumes of random HU, plans,
stages.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.phi3v.language import LINEAR_LAYERS
from tomoe_worker.model.bases.phi3v.tokenizer import Tokenizer, fit_tokenizer
from tomoe_worker.model.bases.phi3v.vision import LINEAR_MAPS
from tomoe_worker.model.io.lowering import raise_master
from tomoe_worker.model.lift.change import UNCHANGED
from tomoe_worker.spec import (
    Batch,
    Batching,
    BatchItem,
    BatchVolume,
    ComponentRate,
    FactSpec,
    Generation,
    GroupPlan,
    LanguageSpec,
    LayerPlan,
    LiftSpec,
    LoraSpec,
    ModelSpec,
    MoeSpec,
    ObjectiveWeight,
    OptimizerSpec,
    Phi3vBase,
    PoolSpec,
    PreprocessSpec,
    ProjectorSpec,
    Query,
    RoutingPlan,
    Scoring,
    StageSpec,
    VisionSpec,
    WindowHu,
)

TASKS = ("report", "closed-vqa", "open-vqa")
SITE = "vision.blocks.2.mlp"
LINES = [
    "What is the imaging plane?",
    "Which phase was used? Choices: A. arterial B. delayed C. none D. portal venous",
    "Describe the scan.",
    "axial",
    "left lung",
    "A cyst in the liver. No lung opacity.",
] * 3


def tiny_tokenizer() -> Tokenizer:
    return fit_tokenizer(LINES, 330)


def tiny_spec(**parts: dict[str, Any]) -> ModelSpec:
    """Sizes that build in milliseconds; ``parts`` replace fields, e.g. ``pool={"depth": 4}``, those of the
    base by the name of their part: ``vision={"hidden": 64}``.
    """
    base = Phi3vBase(
        kind="phi3v",
        vision=VisionSpec(
            image_size=16,
            patch_size=4,
            hidden=16,
            layers=4,
            heads=2,
            mlp=32,
            blocks_read=3,
            activation="quick_gelu",
            norm_epsilon=1e-5,
        ),
        projector=ProjectorSpec(merge_size=2, separators=False),
        language=LanguageSpec(
            vocab=330,
            hidden=16,
            layers=2,
            heads=2,
            key_value_heads=2,
            mlp=32,
            max_positions=256,
            rope_theta=10_000.0,
            initial_std=0.02 * (3072 / 16) ** 0.5,
            norm_epsilon=1e-5,
        ),
    )
    spec = ModelSpec(
        base=base,
        pool=PoolSpec(depth=2, kind="mean"),
        lora=LoraSpec(
            rank=0, alpha=8.0, targets=(), initial="kaiming-uniform", dropout=0.0, vision_targets=()
        ),
        lift=LiftSpec(upper_blocks=2, depth_rope=True, rope_base=100.0, depth=4),
        moe=MoeSpec(
            token_experts=4,
            sites=(SITE,),
            text_guidance="question",
            text_width=6,
            tasks=TASKS,
            router_std=0.02,
        ),
        preprocess=PreprocessSpec(
            digest="",
            windows=(WindowHu(low=-1000.0, high=1000.0),),
            mean=(0.5, 0.5, 0.5),
            std=(0.5, 0.5, 0.5),
        ),
        facts=(FactSpec(name="plane", classes=3), FactSpec(name="side", classes=2)),
        patch_classes=5,
        precision="strict",
        recompute="none",
        compile="none",
        words=(),
    )

    def changed(of: Any) -> Any:
        held = {name: fields for name, fields in parts.items() if hasattr(of, name)}
        new = {name: dataclasses.replace(getattr(of, name), **fields) for name, fields in held.items()}
        return dataclasses.replace(of, **new)

    return dataclasses.replace(changed(spec), base=changed(base))


def sites(*blocks: int) -> tuple[str, ...]:
    return tuple(f"vision.blocks.{block}.mlp" for block in blocks)


def tiny_model(
    *, lifted: bool = True, per_task: bool = False, seed: int = 1, **parts: dict[str, Any]
) -> TomoeModel:
    model = TomoeModel(tiny_spec(**parts), tiny_tokenizer(), seed, "cpu")
    if lifted:
        model.lift(seed)
    if per_task:
        model.clone_groups(TASKS)
    return model


def spread_experts(model: TomoeModel, seed: int = 3, scale: float = 0.3) -> TomoeModel:
    """Give every expert and gate weights of its own, as training would, so that routes matter."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".mlp.groups." in name or name.startswith("prompt_guide."):
                raise_master(parameter, model.base_files)
                parameter.add_(torch.randn(parameter.shape, generator=generator) * scale)
    untrained = {name: one for name, one in model.kept.digests.items() if ".mlp.groups." not in name}
    model.kept = dataclasses.replace(model.kept, digests=untrained)
    model.weights_version += 1
    return model


def volume(name: str, depth: int = 4, seed: int = 0, side: int = 16, labels: bool = True) -> BatchVolume:
    generator = torch.Generator().manual_seed(seed)
    voxels = torch.randint(-1000, 1000, (depth, side, side), generator=generator).to(torch.int16)
    patches = torch.randint(-1, 5, (depth, 4, 4), generator=generator).to(torch.int16) if labels else None
    facts = {"plane": seed % 3, "side": seed % 3 - 1}
    return BatchVolume(
        volume_id=name,
        slot=0,
        voxels_DHW=voxels,
        facts=facts,
        patch_labels_DHW=patches,
        words=None,
        change=UNCHANGED,
    )


def item(name: str, index: int, prompt: str, target: str, task: str, weight: float = 1.0) -> BatchItem:
    return BatchItem(
        item_id=name, volume_index=index, prompt=prompt, target=target, task=task, loss_weight=weight
    )


def query(name: str, index: int, prompt: str, task: str, choices: tuple[str, ...] = ()) -> Query:
    return Query(query_id=name, volume_index=index, prompt=prompt, task=task, choices=choices)


def items_on(volumes: int) -> tuple[BatchItem, ...]:
    """A report, two closed and one open question on every volume, grouped by task."""
    built = []
    for index in range(volumes):
        built.append(item(f"r{index}", index, "Describe the scan.", "A cyst in the liver.", "report", 0.3))
    for index in range(volumes):
        built.append(item(f"c{index}", index, "Which phase was used?", "arterial", "closed-vqa"))
        built.append(item(f"d{index}", index, "What is the imaging plane?", "axial", "closed-vqa"))
    for index in range(volumes):
        built.append(item(f"o{index}", index, "Which phase was used?", "portal venous", "open-vqa"))
    return tuple(built)


def batch(
    step: int, volumes: int = 2, depth: int = 4, seed: int = 0, items: tuple[BatchItem, ...] | None = None
) -> Batch:
    held = tuple(volume(f"v{seed + index}-{depth}", depth, seed + index) for index in range(volumes))
    return Batch(
        step=step,
        global_volume_count=volumes,
        volumes=held,
        items=items_on(volumes) if items is None else items,
        digest="",
    )


def plan(
    model: TomoeModel, *, top_k: int = 2, balance: float = 0.0, z: float = 0.0, bias: tuple[float, ...] = ()
) -> RoutingPlan:
    chosen = bias or (0.0,) * model.spec.moe.token_experts
    return RoutingPlan(
        effective_from_step=0,
        top_k=top_k,
        balance_loss_weight=balance,
        z_loss_weight=z,
        groups=model.groups,
        layers=tuple(
            LayerPlan(site=site, groups=tuple(GroupPlan(expert_bias=chosen) for _ in model.groups))
            for site in model.sites
        ),
    )


ADAMW = OptimizerSpec(kind="adamw", betas=(0.9, 0.98), epsilon=1e-8, schedule="cosine", decays="matrices")
LORA = {"rank": 2, "targets": LINEAR_LAYERS}
VISION_LORA = {**LORA, "vision_targets": LINEAR_MAPS}
BATCHING = Batching(sequences=256, cache_bytes=1 << 30)
SCORING = Scoring(mode="loglik-sum", batching=BATCHING, sees_image=True)


def greedy(max_new_tokens: int) -> Generation:
    return Generation(mode="greedy", max_new_tokens=max_new_tokens, batching=BATCHING, sees_image=True)


SHARED_TRAINS = ("upperVision", "tokenExperts", "tokenRouter", "projector", "language")
SPECIFIC_TRAINS = ("taskExperts", "tokenRouter", "projector", "language")


def stage(
    trains: tuple[str, ...] = SHARED_TRAINS,
    objectives: tuple[str, ...] = ("language",),
    *,
    steps: int = 6,
    routing: str = "shared",
    rate: float = 1e-2,
    **fields: Any,
) -> StageSpec:
    built = StageSpec(
        name="s",
        steps=steps,
        seed=5,
        trains=tuple(ComponentRate(component=name, learning_rate=rate) for name in trains),
        objectives=tuple(ObjectiveWeight(objective=name, weight=1.0) for name in objectives),
        warmup_fraction=0.2,
        weight_decay=0.01,
        clip_norm=1.0,
        micro_batch=0,
        too_long="refuse",
        share_prefix=False,
        task_cosine_every=0,
        routing=routing,
        optimizer=ADAMW,
    )
    return dataclasses.replace(built, **fields)
