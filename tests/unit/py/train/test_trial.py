"""train/trial.py: steps tried with one number changed, and nothing left of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import pytest
import torch
from tiny_model import (
    LORA,
    SHARED_TRAINS,
    SPECIFIC_TRAINS,
    TASKS,
    batch,
    items_on,
    plan,
    sites,
    spread_experts,
    stage,
    tiny_model,
)
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.checkpoint import weights_digest
from tomoe_worker.spec import ObjectiveWeight, RoutingPlan, StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer
from tomoe_worker.train.trial import StageTrial, TriedStage, try_stage

ALONE = Ranks.alone()


def trial(model: TomoeModel, of: StageSpec | None = None, **changes: Any) -> StageTrial:
    """Two steps from the first one on, beside itself."""
    held: dict[str, Any] = {
        "stage": of or stage(),
        "plan": plan(model),
        "batches": (batch(0), batch(1, seed=2)),
        "first_step": 0,
        "beside": 0,
    }
    return StageTrial(**held | changes)


def tried(model: TomoeModel, *trials: StageTrial) -> list[TriedStage]:
    return try_stage(model, trials, ALONE)


def beside_base(model: TomoeModel, of: StageSpec, changed: StageSpec, **changes: Any) -> TriedStage:
    """A changed stage beside the stage as it is."""
    return tried(model, trial(model, of, **changes), trial(model, changed, **changes))[1]


def weights(model: TomoeModel, names: Iterable[str] = ()) -> dict[str, torch.Tensor]:
    """Copies of the model's tensors; only these where some are named."""
    held = model.state_dict()
    return {name: held[name].clone() for name in names or held}


def is_as_before(model: TomoeModel, before: dict[str, torch.Tensor]) -> bool:
    """Bit by bit. A guide that reads a table which trains keeps a copy of it, which is new."""
    after = weights(model, before)
    return all(torch.equal(after[name], one) for name, one in before.items())


def refused(*trials: StageTrial, model: TomoeModel | None = None) -> str:
    with pytest.raises(TomoeError) as caught:
        tried(model or tiny_model(), *trials)
    assert caught.value.code in ("WIRE_INVALID", "CONFIG_INVALID")
    return caught.value.what


def test_the_same_trial_twice_ends_in_the_same_bits() -> None:
    model = spread_experts(tiny_model())
    one, other = tried(model, trial(model), trial(model))
    assert one.losses == other.losses and one.gradient_norms == other.gradient_norms
    assert (one.apart, other.apart) == (0.0, 0.0)
    assert one.moved == other.moved > 0
    assert len(one.losses) == 2 and not one.diverged and one.seconds > 0


def test_a_trial_is_what_the_trainer_does_at_those_steps() -> None:
    model, again = spread_experts(tiny_model()), spread_experts(tiny_model())
    (one,) = tried(model, trial(model))
    running = StageTrainer(again, stage(), ALONE)
    results = [running.step(held, plan(again)) for held in (batch(0), batch(1, seed=2))]
    assert one.losses == tuple(result.loss for result in results)
    assert one.gradient_norms == tuple(result.gradient_norm for result in results)


def test_weights_and_random_state_are_afterwards_what_they_were_to_the_last_bit() -> None:
    model = spread_experts(tiny_model())
    torch.manual_seed(77)
    before, state = weights(model), torch.get_rng_state()
    tried(model, trial(model), trial(model, stage(weight_decay=0.9)), trial(model, plan=plan(model, top_k=1)))
    assert is_as_before(model, before)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_stage_after_trials_trains_as_one_without_them() -> None:
    def after(trials: bool) -> tuple[str, list[float]]:
        model = spread_experts(tiny_model(lora=LORA | {"dropout": 0.5}))
        of = stage(("lora", "tokenExperts", "tokenRouter"))
        if trials:
            tried(model, trial(model, of), trial(model, dataclasses.replace(of, clip_norm=1e-9)))
        running = StageTrainer(model, of, ALONE)
        losses = [running.step(batch(step), plan(model)).loss for step in range(3)]
        return weights_digest(model), losses

    assert after(True) == after(False)


def test_what_a_failed_trial_moved_is_put_back() -> None:
    model = spread_experts(tiny_model())
    before = weights(model)
    bad = dataclasses.replace(batch(1), global_volume_count=9)
    what = refused(trial(model, batches=(batch(0), bad)), model=model)
    assert what == "the ranks hold 2 volumes, the batch says 9"
    assert is_as_before(model, before)


@pytest.mark.parametrize(
    "changes",
    [
        {"weight_decay": 0.0},
        {"clip_norm": 1e-9},
        {"warmup_fraction": 0.0},
        {"optimizer": {"betas": (0.0, 0.98)}},
        {"optimizer": {"betas": (0.9, 0.0)}},
        {"optimizer": {"epsilon": 1.0}},
    ],
)
def test_an_option_that_acts_moves_the_end_of_two_steps(changes: dict[str, Any]) -> None:
    model = spread_experts(tiny_model())
    of = stage()
    inner = changes.get("optimizer")
    changed = dataclasses.replace(
        of, **({"optimizer": dataclasses.replace(of.optimizer, **inner)} if inner else changes)
    )
    found = beside_base(model, of, changed)
    assert found.apart > 0 and found.losses[0] == pytest.approx(found.losses[0])


def test_the_betas_say_nothing_in_a_single_step() -> None:
    model = spread_experts(tiny_model())
    of = stage()
    changed = dataclasses.replace(of, optimizer=dataclasses.replace(of.optimizer, betas=(0.0, 0.5)))
    single = beside_base(model, of, changed, batches=(batch(0),))
    assert single.apart < 1e-6 * single.moved


@pytest.mark.parametrize(("schedule", "differs"), [("linear", True), ("cosine", False)])
def test_a_schedule_shows_at_the_end_of_a_stage(schedule: str, differs: bool) -> None:
    model = spread_experts(tiny_model())
    of = stage()
    changed = dataclasses.replace(of, optimizer=dataclasses.replace(of.optimizer, schedule=schedule))
    assert (beside_base(model, of, changed, first_step=4).apart > 0) is differs


def test_a_routing_loss_shows_where_there_are_experts_and_nowhere_else() -> None:
    model = spread_experts(tiny_model())
    weighed = plan(model, balance=1.0)
    base, balanced = tried(model, trial(model), trial(model, plan=weighed))
    assert balanced.losses[0] > base.losses[0]
    dense = tiny_model(moe={"token_experts": 0, "sites": ()})
    of = stage(("upperVision", "projector", "language"))
    base, same = tried(dense, trial(dense, of), trial(dense, of, plan=plan(dense, balance=1.0, z=1.0)))
    assert same.losses == base.losses and same.apart == 0.0


def test_the_rate_of_one_component_moves_that_one_alone() -> None:
    model = spread_experts(tiny_model())
    of = stage()
    still = tuple(
        dataclasses.replace(rate, learning_rate=1e-15) if rate.component == "language" else rate
        for rate in of.trains
    )
    found = beside_base(model, of, dataclasses.replace(of, trains=still))
    assert found.moved > 0 and 0 < found.apart < found.moved + found.apart


def test_the_weight_of_an_objective_changes_the_first_loss() -> None:
    model = spread_experts(tiny_model())
    of = stage((*SHARED_TRAINS, "factHeads"), ("language", "facts"))
    half = tuple(
        ObjectiveWeight(objective=one.objective, weight=0.5 if one.objective == "facts" else one.weight)
        for one in of.objectives
    )
    base, changed = tried(model, trial(model, of), trial(model, dataclasses.replace(of, objectives=half)))
    assert changed.losses[0] < base.losses[0] and changed.apart > 0


def test_small_parts_of_a_step_change_its_bits_at_most() -> None:
    model = spread_experts(tiny_model())
    of = stage()
    base, parts = tried(model, trial(model, of), trial(model, dataclasses.replace(of, micro_batch=1)))
    assert parts.losses[0] == pytest.approx(base.losses[0], rel=1e-5)
    assert parts.gradient_norms[0] == pytest.approx(base.gradient_norms[0], rel=1e-4)


def test_what_reads_questions_waits_in_a_stage_that_reads_none() -> None:
    model = spread_experts(tiny_model())
    of = stage(("upperVision", "tokenExperts", "tokenRouter", "factHeads"), ("facts",))
    bare = tuple(batch(step, items=()) for step in range(2))
    (found,) = tried(model, trial(model, of, batches=bare))
    assert found.unreached == () and found.idle == () and found.stray == ()
    guide = {name for name, _ in model.named_parameters() if name.startswith("prompt_guide.")}
    assert guide and guide <= set(found.still)


def test_a_guide_that_only_ever_meets_a_stage_with_questions_is_reached() -> None:
    model = spread_experts(tiny_model())
    (found,) = tried(model, trial(model, stage(("tokenRouter", "tokenExperts"), ("language",))))
    assert not any(name.startswith("prompt_guide.") for name in (*found.unreached, *found.still))


def test_a_gate_among_a_single_expert_is_named_as_idle() -> None:
    model = tiny_model(moe={"token_experts": 1, "text_guidance": "off"})
    (found,) = tried(model, trial(model, stage(), plan=plan(model, top_k=1)))
    assert found.idle == ("tokenRouter",)
    assert any(".router." in name for name in (*found.unreached, *found.still))


def test_a_head_without_a_label_has_a_gradient_of_nothing() -> None:
    model = spread_experts(tiny_model())
    unknown = tuple(dataclasses.replace(one, facts={**one.facts, "side": -1}) for one in batch(0).volumes)
    held = dataclasses.replace(batch(0), volumes=unknown)
    (found,) = tried(model, trial(model, stage(("factHeads",), ("facts",)), batches=(held,)))
    assert set(found.still) == {"fact_heads.out.side.weight", "fact_heads.out.side.bias"}
    assert found.idle == ()


def test_experts_that_no_token_came_to_wait_and_are_not_called_unreached() -> None:
    model = spread_experts(tiny_model(per_task=True))
    questions = tuple(one for one in batch(0).items if one.task != "report")
    steps = tuple(batch(step, items=questions) for step in range(2))
    # The bias keeps every token from the last two experts; nobody asks for a report.
    of = stage(("taskExperts", "tokenRouter"), routing="per-task")
    steered = plan(model, bias=(1e3, 1e3, 0.0, 0.0))
    (found,) = tried(model, trial(model, of, plan=steered, batches=steps))
    assert found.unreached == () and found.idle == () and found.stray == ()
    waiting = {name.split(".groups.")[1] for name in found.still if ".groups." in name}
    assert "report.router.weight" in waiting and "closed-vqa.router.weight" not in waiting
    experts = {tuple(name.split(".")[:3:2]) for name in waiting if ".experts." in name}
    assert experts == {
        *((task, str(expert)) for task in ("closed-vqa", "open-vqa") for expert in (2, 3)),
        *(("report", str(expert)) for expert in range(4)),
    }


def test_a_stage_of_one_tasks_experts_waits_for_that_task() -> None:
    model = spread_experts(tiny_model(per_task=True))
    questions = tuple(one for one in batch(0).items if one.task == "open-vqa")
    of = stage(("vision.experts.report",), routing="per-task")
    (found,) = tried(model, trial(model, of, batches=(batch(0, items=questions),)))
    assert found.idle == () and found.unreached == () and len(found.still) > 0


def test_a_frozen_tensor_with_a_gradient_is_named() -> None:
    model = spread_experts(tiny_model())
    table = next(name for name, one in model.named_parameters() if one is model.base.decoder.table_VL)

    class Leaky(StageTrainer):
        def step(self, held: Any, of: RoutingPlan) -> Any:
            result = super().step(held, of)
            model.base.decoder.table_VL.grad = torch.ones_like(model.base.decoder.table_VL)
            return result

    from tomoe_worker.train import trial as module

    kept, module.StageTrainer = module.StageTrainer, Leaky  # type: ignore[misc]
    try:
        (found,) = tried(model, trial(model, stage(("tokenExperts",))))
    finally:
        module.StageTrainer = kept  # type: ignore[misc]
    assert found.stray == (table,)


def test_only_a_trial_beside_itself_tells_of_gradients() -> None:
    model = tiny_model(moe={"token_experts": 1, "text_guidance": "off"})
    first, second = tried(
        model, trial(model, plan=plan(model, top_k=1)), trial(model, plan=plan(model, top_k=1))
    )
    assert first.idle and (second.idle, second.unreached, second.still) == ((), (), ())


def test_steps_that_are_not_finite_end_a_trial_and_not_the_call() -> None:
    model = spread_experts(tiny_model())
    of = stage(warmup_fraction=0.0)
    wild = dataclasses.replace(
        of, trains=tuple(dataclasses.replace(rate, learning_rate=1e30) for rate in of.trains)
    )
    base, burst, after = tried(model, trial(model, of), trial(model, wild), trial(model, of))
    assert burst.diverged and len(burst.losses) < 2
    assert not base.diverged and after.losses == base.losses and after.apart == 0.0


def test_task_groups_are_cloned_for_a_stage_per_task() -> None:
    model = spread_experts(tiny_model(moe={"sites": sites(1, 2)}))
    of = stage(SPECIFIC_TRAINS, routing="per-task")
    per_task = dataclasses.replace(
        plan(model),
        groups=TASKS,
        layers=tuple(
            dataclasses.replace(layer, groups=layer.groups * len(TASKS)) for layer in plan(model).layers
        ),
    )
    (found,) = tried(model, trial(model, of, plan=per_task))
    assert model.per_task and found.idle == ()


def test_the_dropout_of_two_trials_is_the_same() -> None:
    model = tiny_model(lora=LORA | {"dropout": 0.5})
    of = stage(("lora",))
    one, other = tried(model, trial(model, of), trial(model, of))
    assert one.losses == other.losses and other.apart == 0.0


def test_trials_of_nothing_or_of_several_stages_are_refused() -> None:
    model = tiny_model()
    assert refused() == "trial 0 is not there"
    other = stage(("language",))
    assert refused(trial(model), trial(model, other)) == (
        "trial 1 trains other components or objectives than the first one"
    )
    assert refused(trial(model), trial(model, stage(routing="per-task"))) == (
        "trial 1 trains other components or objectives than the first one"
    )


@pytest.mark.parametrize(("beside", "at"), [((1, 1), 0), ((0, 0, 1), 2)])
def test_a_trial_stands_beside_an_earlier_one_that_stands_by_itself(beside: tuple[int, ...], at: int) -> None:
    model = tiny_model()
    what = refused(*(trial(model, beside=one) for one in beside))
    assert what == f"trial {at} stands beside trial {beside[at]}"


def test_steps_behind_the_end_of_a_stage_are_refused() -> None:
    model = tiny_model()
    assert refused(trial(model, first_step=5)) == "trial 0 does 2 steps from step 5 on of 6"
    assert refused(trial(model, batches=())) == "trial 0 does 0 steps from step 0 on of 6"


def test_a_number_out_of_range_is_refused_as_in_a_stage() -> None:
    model = tiny_model()
    what = refused(trial(model), trial(model, stage(clip_norm=0.0)), model=model)
    assert "clipNorm" in what or "clip_norm" in what


def test_items_are_those_of_the_batch_in_every_trial() -> None:
    model = spread_experts(tiny_model())
    fewer = dataclasses.replace(batch(0), items=items_on(1))
    base, other = tried(model, trial(model, batches=(batch(0),)), trial(model, batches=(fewer,)))
    assert base.losses != other.losses
