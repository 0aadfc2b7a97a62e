"""train/agreement.py: cosines between the gradients of tasks, and that no step changes by them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from tiny_model import (
    LORA,
    SHARED_TRAINS,
    SPECIFIC_TRAINS,
    batch,
    item,
    plan,
    sites,
    spread_experts,
    stage,
    tiny_model,
)
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.checkpoint import weights_digest
from tomoe_worker.spec import Batch, StepResult
from tomoe_worker.train.agreement import block_name
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

ALONE = Ranks.alone()


def routed(**changes: Any) -> TomoeModel:
    return spread_experts(tiny_model(moe={"sites": sites(1, 2)}, **changes))


def steps(every: int, count: int = 3, **changes: Any) -> tuple[TomoeModel, list[StepResult]]:
    model = routed(lora=LORA | {"dropout": 0.5})
    of = stage((*SHARED_TRAINS, "lora"), task_cosine_every=every, **changes)
    running = StageTrainer(model, of, ALONE)
    return model, [running.step(batch(step), plan(model)) for step in range(count)]


def of_one(held: Batch, **changes: Any) -> dict[tuple[str, str, str], float]:
    model = routed()
    trains = changes.pop("trains", SHARED_TRAINS)
    running = StageTrainer(model, stage(trains, task_cosine_every=1, **changes), ALONE)
    found = running.step(held, plan(model)).cosines
    return {(one.block, one.one, one.other): one.cosine for one in found}


def test_a_look_changes_neither_the_step_nor_what_is_drawn_after_it() -> None:
    (looked, with_looks), (plain, without) = steps(1), steps(0)
    assert weights_digest(looked) == weights_digest(plain)
    for one, other in zip(with_looks, without, strict=True):
        assert (one.loss, one.gradient_norm) == (other.loss, other.gradient_norm)
        assert one.cosines and not other.cosines


def test_gradients_are_compared_at_the_steps_that_the_stage_says() -> None:
    _, results = steps(2, count=5)
    assert [bool(one.cosines) for one in results] == [True, False, True, False, True]


def test_a_cosine_is_that_of_the_gradients_of_each_task_alone() -> None:
    def gradient(task: str) -> dict[str, torch.Tensor]:
        model = routed()
        held = batch(0)
        own = dataclasses.replace(held, items=tuple(one for one in held.items if one.task == task))
        StageTrainer(model, stage(clip_norm=1e9), ALONE).step(own, plan(model))
        return {
            name: one.grad.clone()
            for name, one in model.named_parameters()
            if one.grad is not None and block_name(model, name) == "vision.blocks.2"
        }

    report, closed = gradient("report"), gradient("closed-vqa")
    names = report.keys() & closed.keys()
    one = torch.cat([report[name].flatten() for name in sorted(names)]).double()
    other = torch.cat([closed[name].flatten() for name in sorted(names)]).double()
    expected = float(one @ other / (one.norm() * other.norm()))
    found = of_one(batch(0))["vision.blocks.2", "report", "closed-vqa"]
    assert found == pytest.approx(expected, abs=1e-5)


def test_every_pair_of_tasks_has_one_for_every_block_that_trains() -> None:
    found = of_one(batch(0))
    pairs = {(one, other) for _, one, other in found}
    assert pairs == {("report", "closed-vqa"), ("report", "open-vqa"), ("closed-vqa", "open-vqa")}
    blocks = {block for block, *_ in found}
    assert blocks >= {"vision.blocks.1", "vision.blocks.2", "language.layers.0", "language.layers.1"}
    assert "vision.blocks.0" not in blocks
    assert all(-1 - 1e-9 <= cosine <= 1 + 1e-9 for cosine in found.values())


def test_two_tasks_with_the_same_items_agree_wholly() -> None:
    asked = [("report", "Which phase was used?"), ("open-vqa", "Which phase was used?")]
    items = tuple(item(f"i{at}", 0, prompt, "arterial", task) for at, (task, prompt) in enumerate(asked))
    found = of_one(batch(0, items=items))
    assert found and all(cosine == pytest.approx(1.0) for cosine in found.values())


def test_a_batch_of_one_task_has_nothing_to_compare() -> None:
    alone = tuple(one for one in batch(0).items if one.task == "report")
    assert of_one(batch(0, items=alone)) == {}


def test_nothing_is_compared_where_no_item_is_looked_at() -> None:
    assert of_one(batch(0), trains=("factHeads", "upperVision"), objectives=("facts",)) == {}


def test_experts_that_each_task_has_of_its_own_are_in_no_cosine() -> None:
    model = routed(per_task=True)
    of = stage(("taskExperts", "projector"), routing="per-task", task_cosine_every=1)
    found = StageTrainer(model, of, ALONE).step(batch(0), plan(model)).cosines
    assert {one.block for one in found} == {"projector"}
    whole = stage(SPECIFIC_TRAINS, routing="per-task", task_cosine_every=1)
    again = routed(per_task=True)
    blocks = {one.block for one in StageTrainer(again, whole, ALONE).step(batch(0), plan(again)).cosines}
    assert "language.layers.0" in blocks


def test_parts_of_a_step_come_to_the_same_cosines() -> None:
    whole, parts = of_one(batch(0, volumes=3)), of_one(batch(0, volumes=3), micro_batch=1)
    assert whole.keys() == parts.keys()
    assert all(parts[key] == pytest.approx(value, abs=1e-4) for key, value in whole.items())


def test_a_parameter_is_counted_with_its_block() -> None:
    model = routed()
    names = {block_name(model, name) for name, _ in model.named_parameters()}
    assert {"vision.blocks.0", "vision.blocks.2", "language", "language.layers.1", "projector"} <= names
    expert = next(name for name, _ in model.named_parameters() if ".mlp.groups." in name)
    assert block_name(model, expert) in ("vision.blocks.1", "vision.blocks.2")
