"""train/trainer.py: one step by parts, resume to the last bit, and everything a step refuses."""

from __future__ import annotations

import copy
import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_model import (
    SHARED_TRAINS,
    SITE,
    SPECIFIC_TRAINS,
    TASKS,
    VISION_LORA,
    batch,
    item,
    items_on,
    plan,
    sites,
    spread_experts,
    stage,
    tiny_model,
)
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.checkpoint import save_state, weights_digest
from tomoe_worker.spec import Batch, GroupPlan, LayerPlan, ObjectiveWeight, StepResult
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

ROOT = Path(__file__).resolve().parents[4]


def trainer(model: TomoeModel, **changes: Any) -> StageTrainer:
    return StageTrainer(model, stage(**changes), Ranks.alone())


def first_loss(held: Batch, per_task: bool = True) -> StepResult:
    model = spread_experts(tiny_model(per_task=per_task, moe={"sites": sites(1, 2)}))
    trains, routing = (SPECIFIC_TRAINS, "per-task") if per_task else (SHARED_TRAINS, "shared")
    return trainer(model, trains=trains, routing=routing).step(held, plan(model))


@pytest.mark.parametrize("guidance", ["off", "task", "question"])
def test_the_gradient_reaches_every_gate_and_the_text_they_read_under_any_guidance(guidance: str) -> None:
    model = spread_experts(tiny_model(moe={"text_guidance": guidance}))
    running = trainer(model)
    running.step(batch(0), plan(model))
    gates = {
        name: p.grad
        for name, p in model.named_parameters()
        if ".router." in name or name.startswith("prompt_")
    }
    assert all(grad is not None and float(grad.abs().max()) > 0 for grad in gates.values())
    width = model.tower.block(2).mlp.groups["shared"].router.weight.shape[1]
    assert (len(gates), width) == ((1, 16) if guidance == "off" else (5, 16 + 6))


def test_a_dense_model_trains_without_a_gate_and_reports_no_load() -> None:
    model = tiny_model(moe={"token_experts": 0, "sites": ()})
    running = trainer(model, trains=("upperVision", "projector", "language"))
    result = running.step(batch(0), plan(model))
    assert result.expert_load.tokens_LGE.numel() == 0
    mlp = model.tower.block(2).mlp
    assert all(p.grad is not None and float(p.grad.abs().max()) > 0 for p in mlp.parameters())


@pytest.mark.parametrize("per_task", [False, True])
def test_the_loss_of_a_batch_is_the_token_weighted_mean_of_its_items_alone(per_task: bool) -> None:
    whole = batch(0, volumes=2)
    together = first_loss(whole, per_task)
    model = tiny_model(lifted=False)
    total = weight = 0.0
    load = torch.zeros_like(together.expert_load.tokens_LGE)
    for one in whole.items:
        alone = dataclasses.replace(
            whole,
            volumes=(whole.volumes[one.volume_index],),
            items=(dataclasses.replace(one, volume_index=0),),
            global_volume_count=1,
        )
        result = first_loss(alone, per_task)
        tokens = (len(model.base.codec.encode(one.target)) + 1) * one.loss_weight
        total, weight = total + result.loss * tokens, weight + tokens
        load += result.expert_load.tokens_LGE
    assert together.loss == pytest.approx(total / weight, rel=1e-5)
    assert together.objective_losses == {"language": pytest.approx(together.loss)}
    if per_task:
        # Closed and open ask in other groups; with one group "Which phase was used?" is one row for both.
        assert torch.equal(together.expert_load.tokens_LGE, load)
    assert int(together.expert_load.tokens_LGE.sum()) == (8 if per_task else 6) * 4 * 17 * 2 * 2


def test_the_answer_never_changes_route_or_gate() -> None:
    whole = batch(0, volumes=2)
    other = dataclasses.replace(
        whole,
        items=tuple(dataclasses.replace(one, target="another answer altogether") for one in whole.items),
    )
    assert torch.equal(first_loss(whole).expert_load.tokens_LGE, first_loss(other).expert_load.tokens_LGE)


def test_the_bias_of_the_plan_moves_the_load() -> None:
    model = spread_experts(tiny_model())
    held = batch(0)
    plain = trainer(model).step(held, plan(model)).expert_load.tokens_LGE
    model = spread_experts(tiny_model())
    pushed = trainer(model).step(held, plan(model, bias=(0.0, 0.0, 0.0, 2.0))).expert_load.tokens_LGE
    tokens = int(plain.sum()) // 2
    assert int(pushed[0, 0, 3]) == tokens > int(plain[0, 0, 3])


def test_training_lowers_the_loss_of_every_objective() -> None:
    model = tiny_model()
    running = trainer(
        model,
        trains=(*SHARED_TRAINS, "lowerVision", "patchHead", "factHeads"),
        objectives=("language", "patches", "facts"),
        steps=40,
    )
    held = batch(0)
    results = [running.step(dataclasses.replace(held, step=step), plan(model)) for step in range(40)]
    for objective in ("language", "patches", "facts"):
        assert results[-1].objective_losses[objective] < 0.5 * results[0].objective_losses[objective]
    assert [result.step for result in results] == list(range(40))
    assert results[0].learning_rate_scale < results[8].learning_rate_scale == 1.0
    assert all(result.gradient_norm > 0 and result.seconds > 0 for result in results)


def test_volumes_without_items_still_count_for_facts_and_patches() -> None:
    model = tiny_model()
    running = trainer(model, trains=(*SHARED_TRAINS, "factHeads"), objectives=("language", "facts"))
    result = running.step(batch(0, items=items_on(1)), plan(model))
    # Volume 1 has one row without prompt; volume 0 has three distinct prompts.
    assert int(result.expert_load.tokens_LGE.sum()) == (3 + 1) * 4 * 17 * 2


def test_one_fact_can_have_a_weight_of_its_own() -> None:
    def result(*weights: tuple[str, float]) -> StepResult:
        model = tiny_model()
        objectives = tuple(ObjectiveWeight(objective=name, weight=weight) for name, weight in weights)
        of = dataclasses.replace(stage(("upperVision", "factHeads"), ("facts",)), objectives=objectives)
        return StageTrainer(model, of, Ranks.alone()).step(batch(0, volumes=3), plan(model))

    plane, side, both = result(("facts:plane", 1.0)), result(("facts:side", 1.0)), result(("facts", 1.0))
    # Three volumes have a plane, two of them a side.
    assert both.loss == pytest.approx((3 * plane.loss + 2 * side.loss) / 5, rel=1e-5)
    mixed = result(("facts", 0.5), ("facts:side", 4.0))
    assert mixed.loss == pytest.approx(0.5 * both.loss + 4.0 * side.loss, rel=1e-5)
    assert set(mixed.objective_losses) == {"facts", "facts:side"}


def test_without_the_language_objective_items_are_not_read() -> None:
    def loss(held: Batch) -> float:
        model = tiny_model()
        return (
            trainer(model, trains=("upperVision", "factHeads"), objectives=("facts",))
            .step(held, plan(model))
            .loss
        )

    assert loss(batch(0)) == loss(batch(0, items=()))


def test_a_per_task_stage_clones_the_shared_group_once() -> None:
    model = tiny_model()
    running = trainer(model, trains=SPECIFIC_TRAINS, routing="per-task")
    assert model.groups == TASKS
    assert running.trainable_parameters == sum(
        parameter.numel() for name in SPECIFIC_TRAINS for _, parameter in model.components()[name]
    )


@pytest.mark.parametrize("task", TASKS)
def test_a_stage_switch_under_the_plan_in_force_changes_neither_loss_nor_route(task: str) -> None:
    model = spread_experts(tiny_model(moe={"sites": sites(1, 2)}))
    shared, bias = trainer(model), (0.05, 0.17, -0.18, 0.16)
    for step in range(3):
        shared.step(batch(step, seed=step), plan(model, bias=bias, balance=0.01, z=0.001))
    held = batch(3, seed=7)
    held = dataclasses.replace(held, items=tuple(one for one in held.items if one.task == task))
    switched = copy.deepcopy(model)
    before = shared.step(held, plan(model, bias=bias, balance=0.01, z=0.001))
    specific = trainer(switched, trains=SPECIFIC_TRAINS, routing="per-task")
    first = dataclasses.replace(held, step=0)
    after = specific.step(first, plan(switched, bias=bias, balance=0.01, z=0.001))
    # One task asks, so both forwards have the same rows and the same kernels: nothing at all may differ.
    assert after.loss == before.loss
    group = TASKS.index(task)
    assert torch.equal(after.expert_load.tokens_LGE[:, group], before.expert_load.tokens_LGE[:, 0])
    assert int(after.expert_load.tokens_LGE.sum()) == int(before.expert_load.tokens_LGE.sum())


def test_a_stage_switch_with_all_tasks_in_a_batch_keeps_the_loss_but_for_the_kernels() -> None:
    bias = (0.05, 0.17, -0.18, 0.16)
    model = spread_experts(tiny_model(moe={"sites": sites(1, 2)}))
    switched = copy.deepcopy(model)
    before = trainer(model).step(batch(0), plan(model, bias=bias))
    specific = trainer(switched, trains=SPECIFIC_TRAINS, routing="per-task")
    after = specific.step(batch(0), plan(switched, bias=bias))
    # Rows of three groups are multiplied group by group: sums in another order, relative 1e-6.
    assert after.loss == pytest.approx(before.loss, rel=1e-6)


RESUME = """
import sys
sys.path[:0] = [{runtime!r}, {support!r}]
from pathlib import Path
import torch
torch.set_num_threads(1)
from tiny_model import batch, plan
from tomoe_worker.model.io.checkpoint import load_state, weights_digest
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer
for folder in {folders!r}:
    loaded = load_state(Path(folder), "cpu", training=True)
    running = StageTrainer(loaded.model, loaded.training.stage, Ranks.alone(), loaded.training)
    assert running.next_step == 3
    losses = [
        running.step(batch(step, seed=step % 4), plan(loaded.model, balance=0.01, z=0.001)).loss for step in
        range(3, 6)
    ]
    moments = sum(float(tensor.double().sum()) for tensor in running.training_state().optimizer.values())
    print(weights_digest(loaded.model), [loss.hex() for loss in losses], moments.hex())
"""


def fresh(kind: str) -> tuple[TomoeModel, StageTrainer]:
    if kind == "adapters":
        model = tiny_model(lora={**VISION_LORA, "dropout": 0.3})
        return model, trainer(model, trains=("lora", "visionLora", "tokenRouter", "projector"))
    model = spread_experts(tiny_model()) if kind != "2d" else tiny_model(lifted=False)
    trains = {"2d": ("lowerVision", "upperVision", "projector", "language"), "shared": SHARED_TRAINS}
    routing = "per-task" if kind == "per-task" else "shared"
    return model, trainer(model, trains=trains.get(kind, SPECIFIC_TRAINS), routing=routing)


def advance(model: TomoeModel, running: StageTrainer, steps: range) -> list[float]:
    # Volumes repeat, so that the uninterrupted run has a warm cache where the resumed one has a cold one.
    return [
        running.step(batch(step, seed=step % 4), plan(model, balance=0.01, z=0.001)).loss for step in steps
    ]


def test_three_steps_save_load_in_a_new_process_three_more_equal_six_to_the_last_bit(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folders, expected = [], []
    try:
        for kind in ("2d", "shared", "per-task", "adapters"):
            model, running = fresh(kind)
            losses = advance(model, running, range(6))[3:]
            moments = sum(
                float(tensor.double().sum()) for tensor in running.training_state().optimizer.values()
            )
            expected.append(f"{weights_digest(model)} {[loss.hex() for loss in losses]} {moments.hex()}")
            model, running = fresh(kind)
            advance(model, running, range(3))
            (tmp_path / kind).mkdir()
            save_state(tmp_path / kind, model, running)
            folders.append(str(tmp_path / kind))
    finally:
        torch.set_num_threads(threads)
    code = RESUME.format(
        runtime=str(ROOT / "py-runtime"), support=str(ROOT / "tests" / "support"), folders=folders
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr[-2000:]
    assert child.stdout.strip().splitlines() == expected


def test_state_of_another_stage_is_refused() -> None:
    model = tiny_model()
    state = trainer(model).training_state()
    with pytest.raises(
        TomoeError, match=r"\[CHECKPOINT_INCOMPATIBLE\] the checkpoint is of stage 's'"
    ) as caught:
        StageTrainer(model, stage(steps=7), Ranks.alone(), state)
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"


def test_weights_that_are_not_finite_stop_the_step_before_anything_moves() -> None:
    model = tiny_model()
    running = trainer(model)
    with torch.no_grad():
        model.base.lm_head.weight[0, 0] = float("nan")
    digest = weights_digest(model)
    with pytest.raises(
        TomoeError,
        match=r"\[TRAIN_DIVERGED\] the loss is nan at step 0 of stage 's' .*, first in base.lm_head.weight$",
    ) as caught:
        running.step(batch(0), plan(model))
    assert caught.value.code == "TRAIN_DIVERGED"
    assert caught.value.details["tensor"] == "base.lm_head.weight"
    assert weights_digest(model) == digest and running.next_step == 0


@pytest.mark.parametrize(
    ("changes", "code", "what"),
    [
        ({"step": 1}, "WORKER_STATE", "batch of step 1 came, stage 's' is at step 0 of 6"),
        ({"volumes": ()}, "WIRE_INVALID", "batch of step 0 has no volumes"),
        ({"items": ()}, "WIRE_INVALID", "batch of step 0 has no items, objective language needs some"),
        ({"global_volume_count": 3}, "WIRE_INVALID", "the ranks hold 2 volumes, the batch says 3"),
        ({"items": (item("i", 2, "a", "b", "report"),)}, "WIRE_INVALID", "item i asks about volume 2 of 2"),
        ({"items": (item("i", 0, " ", "b", "report"),)}, "WIRE_INVALID", "item i has an empty prompt"),
        ({"items": (item("i", 0, "a", "", "report"),)}, "WIRE_INVALID", "item i has an empty target"),
        ({"items": (item("i", 0, "a", "b", "report", 0.0),)}, "WIRE_INVALID", "item i has loss weight 0.0"),
        ({"items": (item("i", 0, "a", "b", "poem"),)}, "ROUTER_UNKNOWN_TASK", "task 'poem' is not one of"),
        ({"items": (item("i", 0, "word " * 400, "b", "report"),)}, "WIRE_TOO_LARGE", "item i needs"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(changes: dict[str, Any], code: str, what: str) -> None:
    model = tiny_model()
    running = trainer(model)
    with pytest.raises(TomoeError, match=what) as caught:
        running.step(dataclasses.replace(batch(0), **changes), plan(model))
    assert caught.value.code == code
    assert running.step(batch(0), plan(model)).step == 0  # the stage goes on


def test_labels_that_nothing_has_are_refused_by_objective() -> None:
    model = tiny_model()
    running = trainer(model, trains=("upperVision", "patchHead"), objectives=("patches",))
    held = batch(0)
    bare = tuple(dataclasses.replace(one, patch_labels_DHW=None) for one in held.volumes)
    with pytest.raises(TomoeError, match="nothing in the batch of step 0 counts for objective patches"):
        running.step(dataclasses.replace(held, volumes=bare), plan(model))


def test_a_plan_of_another_shape_is_refused_on_arrival_and_at_the_step() -> None:
    model = tiny_model()
    running = trainer(model)
    wrong = dataclasses.replace(
        plan(model),
        layers=(LayerPlan(site=SITE, groups=(GroupPlan(expert_bias=(0.0, 0.0)),)),),
    )
    for call in (lambda: running.apply_plan(wrong), lambda: running.step(batch(0), wrong)):
        with pytest.raises(TomoeError, match="has biases for 2 experts, the model has 4") as caught:
            call()
        assert caught.value.code == "ROUTER_SHAPE"
    running.apply_plan(plan(model))


def test_no_step_follows_the_last() -> None:
    model = tiny_model()
    running = trainer(model, steps=1)
    running.step(batch(0), plan(model))
    with pytest.raises(TomoeError, match="batch of step 1 came, stage 's' is at step 1 of 1"):
        running.step(batch(1), plan(model))


@pytest.mark.parametrize("micro_batch", [0, 1])
@pytest.mark.parametrize(("balance", "z"), [(0.0, 0.0), (0.02, 0.0), (0.02, 1e-3)])
def test_the_terms_of_a_step_are_each_told_once_and_sum_to_its_loss(
    micro_batch: int, balance: float, z: float
) -> None:
    model = spread_experts(tiny_model())
    spec = stage((*SHARED_TRAINS, "factHeads"), ("language", "facts"), micro_batch=micro_batch)
    halved = dataclasses.replace(spec.objectives[1], weight=0.5)
    spec = dataclasses.replace(spec, objectives=(spec.objectives[0], halved))
    result = StageTrainer(model, spec, Ranks.alone()).step(
        batch(0, volumes=2), plan(model, balance=balance, z=z)
    )
    assert list(result.terms) == [
        "facts",
        "language",
        *(["balance"] if balance else []),
        *(["z"] if z else []),
    ]
    assert sum(result.terms.values()) == pytest.approx(result.loss, rel=1e-6)
    assert result.terms["facts"] == 0.5 * result.objective_losses["facts"]
    assert result.terms["language"] == result.objective_losses["language"]
