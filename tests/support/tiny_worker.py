"""A tiny real model and the messages around it; shared by the tests of the server."""

from __future__ import annotations

from typing import Any

import torch
from tomoe_worker.server.settings import Settings
from tomoe_worker.server.wire.specs import make
from tomoe_worker.server.wire.walk import contract, digest_message
from tomoe_worker.spec import (
    ComponentRate,
    FactSpec,
    GroupPlan,
    LanguageSpec,
    LayerPlan,
    LiftSpec,
    ModelSpec,
    MoeSpec,
    ObjectiveWeight,
    PreprocessSpec,
    ProjectorSpec,
    RoutingPlan,
    StageSpec,
    VisionSpec,
    WindowHu,
)

LINES = ["the liver is bright", "the spleen is dark", "is the liver bright or dark", "describe the scan"]
SETTINGS = Settings(
    ready="fd:3",
    listen="tcp:127.0.0.1",
    token="t" * 32,
    device="cpu",
    parent_pid=None,
    parent_space="",
    rank=0,
    local_rank=0,
    world_size=1,
)
TASKS = ("report", "closed-vqa", "open-vqa")

SPEC = ModelSpec(
    vision=VisionSpec(image_size=24, patch_size=12, hidden=16, layers=3, heads=2, mlp=32),
    projector=ProjectorSpec(merge_size=2, pool_depth=1, pool_kind="mean", separators=True),
    language=LanguageSpec(
        vocab=320,
        hidden=16,
        layers=1,
        heads=2,
        key_value_heads=2,
        mlp=32,
        max_positions=128,
        rope_theta=10_000.0,
        lora_rank=2,
        lora_alpha=4.0,
    ),
    lift=LiftSpec(upper_blocks=1, depth_rope=True, rope_base=100.0, depth=2),
    moe=MoeSpec(token_experts=2, blocks=(1,), text_width=4, tasks=TASKS),
    preprocess=PreprocessSpec(
        digest="d" * 64, windows=(WindowHu(low=-1000.0, high=1000.0),), mean=(0.5,) * 3, std=(0.25,) * 3
    ),
    facts=(FactSpec(name="side", classes=2),),
    patch_classes=3,
)

PLAN = RoutingPlan(
    effective_from_step=0,
    top_k=1,
    balance_loss_weight=0.01,
    z_loss_weight=0.0,
    groups=("shared",),
    layers=(LayerPlan(block=1, groups=(GroupPlan(expert_bias=(0.0, 0.125)),)),),
)

STAGE = StageSpec(
    name="shared",
    steps=3,
    seed=11,
    trains=(ComponentRate(component="tokenExperts", learning_rate=1e-3),),
    objectives=(ObjectiveWeight(objective="language", weight=1.0),),
    warmup_fraction=0.0,
    weight_decay=0.01,
    clip_norm=1.0,
    routing="shared",
)


def values_of(spec: Any) -> Any:
    """A spec as the mapping ``make`` takes: the fields have the same names."""
    if isinstance(spec, tuple):
        return [values_of(item) for item in spec]
    if hasattr(spec, "__dataclass_fields__"):
        return {name: values_of(getattr(spec, name)) for name in spec.__dataclass_fields__}
    return spec


def message_of(name: str, spec: Any) -> Any:
    """A spec as its message."""
    return make(name, values_of(spec))


def voxels(rows: int) -> torch.Tensor:
    """rows x 2 x 24 x 24 int16 HU, a pure function of the row."""
    count = rows * 2 * 24 * 24
    return ((torch.arange(count) * 37) % 1800 - 900).to(torch.int16).view(rows, 2, 24, 24)


def batch_message(step: int, upload_id: str = "volumes") -> Any:
    """The batch of ``step``: two volumes, a closed and an open question each."""
    volumes = [
        {
            "volume_id": f"volume-{slot}",
            "slot": slot,
            "tensor": {"uploaded": {"upload_id": upload_id}},
            "row": slot,
            "facts": [{"name": "side", "class_index": slot}],
            "has_patch_labels": False,
        }
        for slot in range(2)
    ]
    items = [
        {
            "item_id": f"{step}-{task}-{slot}",
            "volume_index": slot,
            "prompt": prompt,
            "target": "the spleen is dark",
            "task": task,
            "loss_weight": 1.0,
        }
        for task, prompt in (("closed-vqa", "is the liver bright or dark"), ("open-vqa", "describe the scan"))
        for slot in range(2)
    ]
    return make("Batch", {"step": step, "global_volume_count": 2, "volumes": volumes, "items": items})


def hello_message(token: str = "t" * 32, **changes: Any) -> Any:
    """A hello of attempt 0 without roots."""
    values = {
        "protocol_major": 1,
        "protocol_minor": 0,
        "token": token,
        "attempt": 0,
        "run_id": "r",
        "roots": [],
        "telemetry_endpoint": "",
        "threads": 1,
        "descriptor_digest": contract().digest,
    }
    return make("HelloRequest", {**values, **changes})


def digest_of_plan() -> str:
    """Digest of PLAN."""
    return digest_message(message_of("RoutingPlan", PLAN))
