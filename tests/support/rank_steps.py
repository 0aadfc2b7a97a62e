"""Single steps whose gradients two ranks and one rank are compared by; each rank imports this as well."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import torch
from tiny_model import (
    SHARED_TRAINS,
    SPECIFIC_TRAINS,
    VISION_LORA,
    batch,
    plan,
    spread_experts,
    stage,
    tiny_model,
)
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.spec import Batch, StepResult
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

KINDS: Final = ("shared", "per-task", "dense", "adapters", "unasked", "labelled")
VOLUMES: Final = 4


def model_of(kind: str) -> TomoeModel:
    """The same weights in every process."""
    if kind == "dense":
        return tiny_model(moe={"token_experts": 0, "sites": ()})
    lora: dict[str, Any] = {"lora": VISION_LORA} if kind == "adapters" else {}
    return spread_experts(tiny_model(per_task=kind == "per-task", **lora))


def whole_batch(kind: str) -> Batch:
    """Four volumes; nobody asks about the second and the last of "unasked" and "labelled"."""
    held = batch(0, volumes=VOLUMES)
    if kind not in ("unasked", "labelled"):
        return held
    return dataclasses.replace(held, items=tuple(one for one in held.items if one.volume_index % 2 == 0))


def share_of(whole: Batch, rank: int, ranks: int) -> Batch:
    """Every so-manieth volume with its items, as the conductor deals them."""
    own = [index for index in range(len(whole.volumes)) if index % ranks == rank]
    items = tuple(
        dataclasses.replace(one, volume_index=own.index(one.volume_index))
        for one in whole.items
        if one.volume_index in own
    )
    return dataclasses.replace(whole, volumes=tuple(whole.volumes[index] for index in own), items=items)


def one_step(kind: str, ranks: Ranks, micro_batch: int) -> tuple[dict[str, torch.Tensor], StepResult]:
    """Gradients by parameter after a step that clips nothing, and what the step told."""
    model = model_of(kind)
    trains = {
        "per-task": SPECIFIC_TRAINS,
        "dense": ("upperVision", "projector", "language"),
        "adapters": ("lora", "visionLora", "tokenRouter", "projector"),
        "labelled": (*SHARED_TRAINS, "factHeads"),
    }.get(kind, SHARED_TRAINS)
    of = stage(
        trains,
        ("language", "facts") if kind == "labelled" else ("language",),
        routing="per-task" if kind == "per-task" else "shared",
        micro_batch=micro_batch,
        clip_norm=1e9,
    )
    running = StageTrainer(model, of, ranks)
    routing = {} if kind == "dense" else {"balance": 0.02, "z": 0.002}
    result = running.step(share_of(whole_batch(kind), ranks.rank, ranks.world_size), plan(model, **routing))
    gradients = {name: one.grad for name, one in running.optimizer.names.items() if one.grad is not None}
    return gradients, result
