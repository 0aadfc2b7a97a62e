"""train/load.py: tokens of experts, and which of them show a body."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from tiny_model import (
    SHARED_TRAINS,
    SPECIFIC_TRAINS,
    batch,
    plan,
    sites,
    spread_experts,
    stage,
    tiny_model,
    volume,
)
from tomoe_worker.spec import Batch, ExpertLoad
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.load import AIR_HU, body_of, no_tokens
from tomoe_worker.train.trainer import StageTrainer


def air(depth: int = 4) -> torch.Tensor:
    return torch.full((depth, 16, 16), -1000, dtype=torch.int16)


def shown(held: Batch, *voxels: torch.Tensor) -> Batch:
    volumes = tuple(
        dataclasses.replace(one, voxels_DHW=voxels[index]) for index, one in enumerate(held.volumes)
    )
    return dataclasses.replace(held, volumes=volumes)


def load_of(held: Batch, *, per_task: bool = False, micro_batch: int = 0) -> ExpertLoad:
    model = spread_experts(tiny_model(per_task=per_task, moe={"sites": sites(1, 2)}))
    trains, routing = (SPECIFIC_TRAINS, "per-task") if per_task else (SHARED_TRAINS, "shared")
    of = stage(trains, routing=routing, micro_batch=micro_batch)
    return StageTrainer(model, of, Ranks.alone()).step(held, plan(model)).expert_load


@pytest.mark.parametrize("per_task", [False, True])
def test_the_entropy_of_the_gates_is_a_mean_over_tokens_whatever_the_parts(per_task: bool) -> None:
    whole = load_of(batch(0), per_task=per_task)
    parts = load_of(batch(0), per_task=per_task, micro_batch=1)
    assert whole.gate_entropy_LG.shape == whole.tokens_LGE.shape[:2]
    assert bool((whole.gate_entropy_LG > 0).all())
    assert bool((whole.gate_entropy_LG < math.log(4)).all())
    torch.testing.assert_close(parts.gate_entropy_LG, whole.gate_entropy_LG, rtol=1e-6, atol=0)


def test_gates_without_weights_cannot_decide_and_a_task_that_nobody_asked_for_has_none() -> None:
    model = spread_experts(tiny_model(per_task=True))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(".router.weight"):
                parameter.zero_()
    questions = tuple(one for one in batch(0).items if one.task != "report")
    of = stage(SPECIFIC_TRAINS, routing="per-task")
    result = StageTrainer(model, of, Ranks.alone()).step(batch(0, items=questions), plan(model))
    (told,) = result.expert_load.gate_entropy_LG.tolist()
    assert told == [0.0, pytest.approx(math.log(4)), pytest.approx(math.log(4))]


def test_a_patch_with_one_voxel_that_is_no_air_shows_a_body() -> None:
    voxels = air()
    voxels[1, 5, 9] = AIR_HU
    voxels[2, 0, 0] = AIR_HU - 1
    body_VDP = body_of((dataclasses.replace(volume("a"), voxels_DHW=voxels),), 4)
    assert body_VDP.shape == (1, 4, 16)
    # Row 5 of 16 is in the second of four rows of patches, column 9 in the third.
    assert body_VDP.nonzero().tolist() == [[0, 1, 1 * 4 + 2]]


def test_no_token_of_air_is_counted_as_a_bodys() -> None:
    found = load_of(shown(batch(0), air(), air()))
    assert int(found.tokens_LGE.sum()) > 0
    assert int(found.body_LGE.sum()) == 0


def test_every_patch_of_a_full_body_is_counted_and_what_stands_before_the_patches_is_not() -> None:
    full = torch.zeros((4, 16, 16), dtype=torch.int16)
    found = load_of(shown(batch(0), full, full))
    # 16 patches and one token before them in each slice.
    assert int(found.body_LGE.sum()) * 17 == int(found.tokens_LGE.sum()) * 16
    assert bool((found.body_LGE <= found.tokens_LGE).all())


@pytest.mark.parametrize("per_task", [False, True])
def test_half_a_body_is_half_of_the_patches_whatever_is_routed_by_task(per_task: bool) -> None:
    half = air()
    half[:, :8] = 40
    full = torch.zeros((4, 16, 16), dtype=torch.int16)
    some = load_of(shown(batch(0), half, half), per_task=per_task).body_LGE
    every = load_of(shown(batch(0), full, full), per_task=per_task).body_LGE
    assert some.sum(dim=-1).tolist() == (every.sum(dim=-1) // 2).tolist()
    assert some.shape == (2, 3 if per_task else 1, 4)


def test_parts_of_a_step_count_the_same_bodies() -> None:
    held = batch(0, volumes=3)
    whole, parts = load_of(held), load_of(held, micro_batch=1)
    assert torch.equal(whole.body_LGE, parts.body_LGE)
    assert torch.equal(whole.tokens_LGE, parts.tokens_LGE)


def test_a_dense_model_has_no_tokens_of_experts() -> None:
    model = tiny_model(moe={"token_experts": 0, "sites": ()})
    assert no_tokens(model, plan(model)).numel() == 0
    of = stage(("upperVision", "language"))
    found = StageTrainer(model, of, Ranks.alone()).step(batch(0), plan(model)).expert_load
    assert (found.tokens_LGE.numel(), found.body_LGE.numel()) == (0, 0)
