"""train/cost.py: what a step is said to cost, against the same step on real tensors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from step_cost import counted_step
from tiny_model import (
    SHARED_TRAINS,
    SPECIFIC_TRAINS,
    TASKS,
    plan,
    sites,
    stage,
    tiny_model,
    tiny_spec,
    tiny_tokenizer,
)
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.spec import Batch, BatchVolume, StageSpec
from tomoe_worker.train.cost import Leaning, Mix, StageCost, batch_of, component_sizes, stage_cost, widest
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer
from torch.nn.attention import SDPBackend

SIZES = {
    "vision": {"hidden": 64, "mlp": 256, "heads": 4},
    "language": {"hidden": 64, "mlp": 192, "heads": 4, "key_value_heads": 4},
}
MIX = Mix(volumes=2, tasks=TASKS * 2, side=16)


def meta(per_task: bool = False, **parts: object) -> TomoeModel:
    model = TomoeModel(tiny_spec(**{**SIZES, **parts}), tiny_tokenizer(), 1, "meta")  # type: ignore[arg-type]
    model.lift(1)
    if per_task:
        model.clone_groups(TASKS)
    return model


def real(batch: Batch) -> Batch:
    """The same batch with voxels."""
    volumes = tuple(
        BatchVolume(
            volume_id=one.volume_id,
            slot=one.slot,
            voxels_DHW=torch.zeros(one.voxels_DHW.shape, dtype=torch.int16),
            facts=one.facts,
            patch_labels_DHW=one.patch_labels_DHW,
            words=one.words,
            change=one.change,
        )
        for one in batch.volumes
    )
    return Batch(
        step=0, global_volume_count=len(volumes), volumes=volumes, items=batch.items, digest=batch.digest
    )


def counted(model: TomoeModel, of: StageSpec) -> StageCost:
    """The cost of a stage under a plan for the groups it trains, which its trainer clones."""
    groups = TASKS if of.routing == "per-task" else ("shared",)
    begun = plan(model)
    layers = tuple(replace(layer, groups=layer.groups[:1] * len(groups)) for layer in begun.layers)
    return stage_cost(model, of, MIX, replace(begun, groups=groups, layers=layers), Leaning(None))


def measured(
    per_task: bool, trains: tuple[str, ...], *backends: SDPBackend, share_prefix: bool = False, **parts: Any
) -> tuple[int, int, int]:
    """Operations of one real step, bytes that autograd kept, numbers trained."""
    model = tiny_model(per_task=per_task, **SIZES, **parts)
    routing = "per-task" if per_task else "shared"
    running = StageTrainer(model, stage(trains, routing=routing, share_prefix=share_prefix), Ranks.alone())
    batch = real(batch_of(model, MIX))
    operations, held = counted_step(model, running, batch, plan(model), *backends)
    return operations, held, running.trainable_parameters


@pytest.mark.parametrize("per_task", [False, True])
def test_operations_and_activations_are_those_of_a_real_step(per_task: bool) -> None:
    trains = SPECIFIC_TRAINS if per_task else (*SHARED_TRAINS, "lowerVision")
    dense, activations, trainable = measured(per_task, trains, SDPBackend.FLASH_ATTENTION, SDPBackend.MATH)
    whole, _, _ = measured(per_task, trains, SDPBackend.MATH)
    cost = counted(meta(), stage(trains, routing="per-task" if per_task else "shared"))
    assert cost.trainable == trainable
    # On a CPU the counter does not see fused attention, and sees its two products forward and four backward
    # when it is written out; fused, it computes the scores a second time: seven products for six.
    assert cost.step_flops == pytest.approx(dense + (whole - dense) * 7 / 6, rel=0.01)
    assert abs(cost.activation_bytes / activations - 1) < 0.15


def test_a_shared_prefix_is_counted_as_it_passes() -> None:
    # As many tokens of the image as of a text: where they are few, the larger mask costs more than it spares.
    parts: dict[str, Any] = {
        "moe": {"text_guidance": "off"}, "projector": {"merge_size": 1}, "pool": {"depth": 1}
    }  # fmt: skip
    flash = (SDPBackend.FLASH_ATTENTION, SDPBackend.MATH)
    dense, activations, _ = measured(True, SPECIFIC_TRAINS, *flash, share_prefix=True, **parts)
    whole, _, _ = measured(True, SPECIFIC_TRAINS, SDPBackend.MATH, share_prefix=True, **parts)
    of = stage(SPECIFIC_TRAINS, routing="per-task")
    shared, apart = counted(meta(**parts), replace(of, share_prefix=True)), counted(meta(**parts), of)
    assert shared.step_flops == pytest.approx(dense + (whole - dense) * 7 / 6, rel=0.01)
    assert abs(shared.activation_bytes / activations - 1) < 0.15
    assert shared.step_flops < 0.9 * apart.step_flops
    assert shared.activation_bytes < 0.9 * apart.activation_bytes
    assert shared.sharing == apart.sharing


@pytest.mark.parametrize(
    ("guidance", "blocks", "per_task", "sharing"),
    [
        ("off", (2,), False, 6.0),
        ("question", (2,), False, 6.0),
        ("off", (1, 2), False, 6.0),
        ("task", (1, 2), False, 2.0),
        ("question", (1, 2), False, 1.0),
        ("off", (1, 2), True, 2.0),
        ("task", (1, 2), True, 2.0),
        ("question", (1, 2), True, 1.0),
    ],
)
def test_sharing_is_items_a_pass_of_the_last_block(
    guidance: str, blocks: tuple[int, ...], per_task: bool, sharing: float
) -> None:
    model = meta(moe={"sites": sites(*blocks), "text_guidance": guidance})
    trains, routing = (SPECIFIC_TRAINS, "per-task") if per_task else (SHARED_TRAINS, "shared")
    assert counted(model, stage(trains, routing=routing)).sharing == sharing


def test_a_micro_batch_keeps_its_own_activations_and_the_step_computes_all_of_them() -> None:
    whole, half = counted(meta(), stage()), counted(meta(), stage(micro_batch=1))
    assert half.activation_bytes == pytest.approx(whole.activation_bytes / 2, rel=0.05)
    assert half.step_flops == pytest.approx(whole.step_flops, rel=0.02)
    assert (half.sharing, half.trainable) == (whole.sharing, whole.trainable)
    assert counted(meta(), stage(micro_batch=2)) == whole
    # Routing losses are of the load of the whole step, which is counted ahead.
    model = meta()
    weighed = stage_cost(model, stage(micro_batch=1), MIX, plan(model, balance=0.1), Leaning(None))
    assert 1.02 < weighed.step_flops / half.step_flops < 1.5
    assert weighed.activation_bytes == half.activation_bytes


def test_a_stage_without_language_shares_nothing_and_a_frozen_one_keeps_less() -> None:
    facts = counted(meta(), stage(("factHeads",), ("facts",)))
    whole = counted(meta(), stage((*SHARED_TRAINS, "lowerVision")))
    assert facts.sharing == 0
    assert facts.activation_bytes < whole.activation_bytes / 4
    assert facts.step_flops < whole.step_flops
    assert widest([facts, whole]) == {
        "trainable": whole.trainable,
        "activation_bytes": whole.activation_bytes,
        "checkpoint_bytes": whole.checkpoint_bytes,
        "step_flops": whole.step_flops,
    }


def test_a_stage_on_slices_with_every_objective_is_counted_before_the_lift() -> None:
    model = TomoeModel(tiny_spec(**SIZES), tiny_tokenizer(), 1, "meta")  # type: ignore[arg-type]
    objectives = ("language", "patches", "facts")
    cost = counted(model, stage(("lowerVision", "language", "patchHead"), objectives))
    assert cost.sharing == 6 and cost.step_flops > 0


def test_every_parameter_is_of_one_component_or_inactive() -> None:
    model = meta(per_task=True)
    sizes = component_sizes(model)
    assert sum(sizes.values()) == sum(parameter.numel() for parameter in model.parameters())
    assert sizes["taskExperts"] == 3 * 4 * (2 * 64 * 256 + 64 + 256)
    assert sizes["inactive"] > 0 and "tokenExperts" not in sizes


def test_no_matrix_of_scores_is_kept_however_deep_the_volume() -> None:
    def kept(depth: int) -> int:
        cost = counted(
            meta(lift={"depth": depth}, language={**SIZES["language"], "max_positions": 4096}),
            stage(("upperVision", "factHeads"), ("facts",)),
        )
        return cost.activation_bytes

    assert kept(64) / kept(16) == pytest.approx(4, rel=0.05)
