"""train/trainer.py: what a step does beside its objectives: routing losses, freezing, versions, seeds."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from tiny_model import (
    SCORING,
    TASKS,
    VISION_LORA,
    batch,
    plan,
    query,
    sites,
    spread_experts,
    stage,
    tiny_model,
    volume,
)
from tomoe_worker.infer.score import score
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.lora import adapted_maps
from tomoe_worker.model.lift.features import FeatureCache, RowFeatures, VisionRow
from tomoe_worker.spec import GroupPlan, LayerPlan, RoutingPlan
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.losses import routing_losses
from tomoe_worker.train.trainer import StageTrainer

TRAINS = ("upperVision", "tokenExperts", "tokenRouter", "factHeads")


def routed() -> TomoeModel:
    return spread_experts(tiny_model(moe={"sites": sites(1, 2)}))


def walked(model: TomoeModel, of: RoutingPlan) -> RowFeatures:
    """Features and routings of two volumes, asked by one prompt each."""
    held = (volume("a", seed=1), volume("b", seed=2))
    rows = [VisionRow(volume=index, group=0, prompt=(60 + index,)) for index in range(2)]
    return model.walk.rows(model.walk.shared(held, 0, FeatureCache(0)), rows, of)


def load_of(features: RowFeatures) -> torch.Tensor:
    return torch.stack([one.load_E for one in features.routings]).unsqueeze(1)


def facts_step(**losses: float) -> float:
    model = routed()
    running = StageTrainer(model, stage(TRAINS, ("facts",)), Ranks.alone())
    return running.step(batch(0), plan(model, **losses)).loss


def test_a_step_adds_the_routing_losses_of_its_plan() -> None:
    model = routed()
    held = batch(0)
    rows = [VisionRow(volume=index, group=0, prompt=None) for index in range(2)]
    with torch.no_grad():
        shared = model.walk.shared(held.volumes, 0, FeatureCache(0))
        features = model.walk.rows(shared, rows, plan(model))
    for losses in ({"balance": 0.5}, {"z": 0.25}, {"balance": 0.5, "z": 0.25}):
        expected = float(routing_losses(features.routings, load_of(features), plan(model, **losses)).total)
        assert expected > 0.1
        assert facts_step(**losses) - facts_step() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("losses", [{"balance": 1.0}, {"z": 1.0}])
def test_each_routing_loss_moves_the_gates_down_its_own_slope(losses: dict[str, float]) -> None:
    model = routed()
    steering = plan(model, **losses)
    weight = model.tower.block(2).mlp.groups["shared"].router.weight
    features = walked(model, steering)
    load = load_of(features)
    routing_losses(features.routings, load, steering).total.backward()  # type: ignore[no-untyped-call]
    gradient = weight.grad
    assert gradient is not None and float(gradient.norm()) > 1e-3
    # Against a central difference along the gradient, the load held as it was: relative 1 %.
    direction, reach, values = gradient / gradient.norm(), 1e-2, []
    for sign in (1, -1):
        with torch.no_grad():
            weight.add_(sign * reach * direction)
            values.append(float(routing_losses(walked(model, steering).routings, load, steering).total))
            weight.sub_(sign * reach * direction)
    assert (values[0] - values[1]) / (2 * reach) == pytest.approx(float(gradient.norm()), rel=1e-2)


def test_each_group_of_each_block_is_steered_by_its_own_biases() -> None:
    model = spread_experts(tiny_model(per_task=True, moe={"sites": sites(1, 2)}))

    def toward(expert: int) -> GroupPlan:
        return GroupPlan(expert_bias=tuple(2.0 * (one == expert) for one in range(4)))

    layers = tuple(
        LayerPlan(site=site, groups=tuple(toward((group + shift) % 4) for group in range(3)))
        for shift, site in enumerate(sites(1, 2))
    )
    running = StageTrainer(model, stage(("tokenRouter",), routing="per-task"), Ranks.alone())
    steering = dataclasses.replace(plan(model, top_k=1), layers=layers)
    load = running.step(batch(0), steering).expert_load.tokens_LGE
    for layer in range(2):
        for group in range(len(TASKS)):
            assert int(load[layer, group].argmax()) == (group + layer) % 4
            assert int(load[layer, group].count_nonzero()) == 1


def test_what_a_stage_does_not_train_takes_no_gradient_at_all() -> None:
    model = routed()
    running = StageTrainer(model, stage(("tokenRouter", "factHeads"), ("facts",)), Ranks.alone())
    trained = {name for part in ("tokenRouter", "factHeads") for name, _ in model.components()[part]}
    assert {name for name, one in model.named_parameters() if one.requires_grad} == trained
    running.step(batch(0), plan(model))
    assert {name for name, one in model.named_parameters() if one.grad is not None} <= trained


def test_answers_after_a_step_are_those_of_the_new_weights_not_of_the_cache() -> None:
    model = tiny_model()
    asked = [query("q", 0, "Which phase was used?", "closed-vqa", ("arterial", "axial"))]

    def scores(of: TomoeModel) -> tuple[float, ...]:
        return next(iter(score(of, [volume("a")], asked, plan(of), SCORING)))[1]

    running = StageTrainer(model, stage(("lowerVision",), rate=0.05), Ranks.alone())
    before = scores(model)
    assert scores(model) == before and model.inference_cache.found == 1
    running.step(batch(0), plan(model))
    after = scores(model)
    model.inference_cache.begin("nothing kept")
    assert after == scores(model) != before


def losses_of(running: StageTrainer, steps: range) -> list[float]:
    return [running.step(batch(step), plan(running.model)).loss for step in steps]


def noisy(seed: int) -> StageTrainer:
    """A stage with something random in it: dropout behind the MLPs of an upper block."""
    model = tiny_model(lifted=False)
    model.tower.block(2).mlp.register_forward_hook(lambda _module, _given, out: F.dropout(out, 0.5))
    trains: Any = ("upperVision", "projector", "language")
    return StageTrainer(model, stage(trains, seed=seed), Ranks.alone())


def test_the_seed_of_a_stage_decides_what_is_random_in_it() -> None:
    one = losses_of(noisy(5), range(2))
    torch.manual_seed(99)
    assert losses_of(noisy(5), range(2)) == one
    assert losses_of(noisy(6), range(2)) != one


def test_a_resumed_stage_goes_on_with_the_random_numbers_it_would_have_drawn() -> None:
    running = noisy(5)
    losses_of(running, range(2))
    state, weights = copy.deepcopy(running.training_state()), copy.deepcopy(running.model.state_dict())
    whole = losses_of(running, range(2, 4))
    for world_size, is_same in ((1, True), (2, False)):
        resumed = noisy(5).model
        resumed.load_state_dict(weights)
        held = dataclasses.replace(state, world_size=world_size)
        # With another number of ranks there is no state for each: the numbers are others, as the run says.
        again = StageTrainer(resumed, state.stage, Ranks.alone(), held)
        assert (losses_of(again, range(2, 4)) == whole) is is_same


def dropped(dropout: float, seed: int = 5) -> StageTrainer:
    """A stage of adapters that have learned something, so that dropping a part of them shows."""
    model = tiny_model(lora={**VISION_LORA, "dropout": dropout})
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.fill_(0.05)
    return StageTrainer(model, stage(("lora", "visionLora"), seed=seed), Ranks.alone())


def test_dropout_is_drawn_by_the_seed_of_the_stage_and_leaves_everything_else_alone() -> None:
    without, half = losses_of(dropped(0.0), range(2)), losses_of(dropped(0.5), range(2))
    assert half != without and losses_of(dropped(0.5), range(2)) == half
    assert losses_of(dropped(0.5, seed=6), range(2)) != half
    # A stage that does not train them drops nothing, and neither does an answer between two steps.
    model = dropped(0.5).model
    resting = StageTrainer(model, stage(("projector",)), Ranks.alone())
    torch.manual_seed(0)
    state = torch.get_rng_state()
    losses_of(resting, range(1))
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(one.lora_dropout["default"].training for one in adapted_maps(model))
