"""train/optimizer.py against a plain AdamW, and the schedule by hand."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from tiny_model import ADAMW, stage
from tomoe_worker.errors import TomoeError
from tomoe_worker.train.optimizer import SCHEDULES, StageOptimizer, TrainedComponent, rate_scale
from torch import nn
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, SequentialLR


def component(name: str, rate: float, *shapes: tuple[int, ...]) -> TrainedComponent:
    generator = torch.Generator().manual_seed(len(name))
    held = tuple(
        (f"{name}.{index}", nn.Parameter(torch.randn(shape, generator=generator)))
        for index, shape in enumerate(shapes)
    )
    return TrainedComponent(component=name, learning_rate=rate, parameters=held)


def torchs(schedule: str, steps: int) -> list[float]:
    """The shares that torch's own schedulers give over so many steps."""
    held = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    falling = round(steps / 10)
    made = {
        "cosine": lambda: CosineAnnealingLR(held, T_max=steps),
        "linear": lambda: LinearLR(held, start_factor=1.0, end_factor=0.0, total_iters=steps),
        "constant": lambda: ConstantLR(held, factor=1.0, total_iters=steps),
        "stable-decay": lambda: SequentialLR(
            held,
            [
                ConstantLR(held, factor=1.0, total_iters=steps),
                LinearLR(held, start_factor=1.0, end_factor=0.0, total_iters=falling),
            ],
            milestones=[steps - falling],
        ),
    }[schedule]()
    shares = []
    for _ in range(steps):
        shares.append(float(held.param_groups[0]["lr"]))
        held.step()
        made.step()
    return shares


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_behind_the_warm_up_is_that_of_torchs_own_scheduler(schedule: str) -> None:
    shares = [rate_scale(schedule, step, 50, 0.2) for step in range(50)]
    assert shares[:10] == pytest.approx([(step + 1) / 11 for step in range(10)])
    assert shares[10:] == pytest.approx(torchs(schedule, 40), abs=1e-12)
    assert all(0 < share <= 1 for share in shares)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_stage_moves_at_the_rate_of_its_schedule(schedule: str) -> None:
    of = stage(steps=20, warmup_fraction=0.1, weight_decay=0.0, clip_norm=1e9)
    of = dataclasses.replace(of, optimizer=dataclasses.replace(of.optimizer, schedule=schedule))
    optimizer = StageOptimizer((component("a", 0.1, (2, 2)),), of)
    for step in range(20):
        before = optimizer.parameters[0].detach().clone()
        optimizer.parameters[0].grad = torch.ones(2, 2)
        _, scale = optimizer.update(step, 1.0)
        assert scale == rate_scale(schedule, step, 20, 0.1)
        # Of equal gradients AdamW makes steps of the very rate.
        moved = before - optimizer.parameters[0].detach()
        assert torch.allclose(moved, torch.full((2, 2), 0.1 * scale), rtol=1e-4)


def test_the_rate_rises_over_the_warm_up_and_falls_as_a_cosine_that_never_stops_short() -> None:
    scales = [rate_scale("cosine", step, 10, 0.2) for step in range(10)]
    assert scales[:3] == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]
    assert scales[6] == pytest.approx(0.5)
    assert all(later < earlier for earlier, later in pairwise(scales[2:]))
    assert scales[9] == pytest.approx(0.5 * (1 + math.cos(math.pi * 7 / 8))) and scales[9] > 0
    assert rate_scale("cosine", 0, 10, 0.0) == 1.0


def test_steps_equal_adamw_written_out_with_clip_and_decay_of_matrices_alone() -> None:
    of = stage(steps=5, warmup_fraction=0.0, weight_decay=0.1, clip_norm=0.7)
    trained = (component("a", 0.1, (3, 2), (3,)), component("b", 0.02, (1, 1, 4)))
    optimizer = StageOptimizer(trained, of)
    names = list(optimizer.names)
    mine = [parameter.detach().double().clone() for parameter in optimizer.parameters]
    first, second = [torch.zeros_like(one) for one in mine], [torch.zeros_like(one) for one in mine]
    generator = torch.Generator().manual_seed(9)
    for step in range(5):
        gradients = [torch.randn(one.shape, generator=generator) for one in mine]
        for parameter, gradient in zip(optimizer.parameters, gradients, strict=True):
            parameter.grad = gradient.clone()
        norm, scale = optimizer.update(step, 1.0)
        expected = math.sqrt(sum(float(gradient.double().square().sum()) for gradient in gradients))
        assert norm == pytest.approx(expected, rel=1e-6)
        for index, name in enumerate(names):
            gradient = gradients[index].double() * min(1.0, 0.7 / expected)
            rate = (0.1 if name.startswith("a") else 0.02) * scale
            decay = 0.1 if name == "a.0" else 0.0
            first[index] = 0.9 * first[index] + 0.1 * gradient
            second[index] = 0.98 * second[index] + 0.02 * gradient**2
            mine[index] -= rate * decay * mine[index]
            unbiased = first[index] / (1 - 0.9 ** (step + 1))
            mine[index] -= rate * unbiased / ((second[index] / (1 - 0.98 ** (step + 1))).sqrt() + 1e-8)
    for parameter, expected_values in zip(optimizer.parameters, mine, strict=True):
        torch.testing.assert_close(parameter.detach().double(), expected_values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_stops_the_step_before_anything_moves(value: float) -> None:
    optimizer = StageOptimizer((component("a", 0.1, (2, 2)), component("b", 0.1, (2,))), stage())
    before = [parameter.detach().clone() for parameter in optimizer.parameters]
    for parameter in optimizer.parameters:
        parameter.grad = torch.ones_like(parameter)
    optimizer.parameters[1].grad = torch.tensor([1.0, value])
    with pytest.raises(
        TomoeError, match=r"\[TRAIN_DIVERGED\] the gradient norm is .* at step 3 .*first in b.0"
    ) as caught:
        optimizer.update(3, 1.5)
    assert caught.value.code == "TRAIN_DIVERGED"
    assert caught.value.details["tensors"] == ["b.0"]
    assert all(
        torch.equal(parameter, old) for parameter, old in zip(optimizer.parameters, before, strict=True)
    )
    assert optimizer.state() == {}


def test_a_parameter_without_gradient_keeps_its_value_and_gets_no_state() -> None:
    optimizer = StageOptimizer((component("a", 0.1, (2, 2), (2, 2)),), stage(weight_decay=0.5))
    idle = optimizer.parameters[1].detach().clone()
    optimizer.parameters[0].grad = torch.ones(2, 2)
    optimizer.update(0, 1.0)
    assert torch.equal(optimizer.parameters[1], idle)
    assert {key.split("|")[0] for key in optimizer.state()} == {"a.0"}


def test_state_comes_back_exactly_and_foreign_state_is_refused() -> None:
    def stepped(times: int, optimizer: StageOptimizer) -> None:
        for step in range(times):
            for parameter in optimizer.parameters:
                parameter.grad = torch.full_like(parameter, 0.1 * (step + 1))
            optimizer.update(step, 1.0)

    one, other = (StageOptimizer((component("a", 0.1, (2, 3), (2,)),), stage()) for _ in range(2))
    stepped(3, one)
    other.restore(one.state())
    again = other.state()
    assert set(again) == {
        f"a.{index}|{kind}" for index in (0, 1) for kind in ("step", "exp_avg", "exp_avg_sq")
    }
    assert all(torch.equal(again[key], tensor) for key, tensor in one.state().items())
    for tensors, what in [
        ({"x|step": torch.zeros(())}, "x|step belongs to nothing this stage trains"),
        (
            {**one.state(), "a.0|exp_avg": torch.zeros(3, 2)},
            r"a.0\|exp_avg has shape \[3, 2\], expected \[2, 3\]",
        ),
        ({"a.0|step": torch.zeros(())}, "a.0 lacks a moment"),
    ]:
        with pytest.raises(TomoeError, match=what) as caught:
            other.restore(tensors)
        assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"


def test_betas_and_epsilon_are_those_of_the_stage() -> None:
    def moved(**changes: Any) -> torch.Tensor:
        of = stage(steps=3, warmup_fraction=0.0, optimizer=dataclasses.replace(ADAMW, **changes))
        optimizer = StageOptimizer((component("a", 0.1, (3, 2)),), of)
        generator = torch.Generator().manual_seed(4)
        for step in range(3):
            for parameter in optimizer.parameters:
                parameter.grad = torch.randn(parameter.shape, generator=generator)
            optimizer.update(step, 1.0)
        return optimizer.parameters[0].detach().clone()

    plain = moved()
    assert torch.equal(plain, moved())
    for changes in ({"betas": (0.8, 0.98)}, {"betas": (0.9, 0.999)}, {"epsilon": 1e-2}):
        assert float((moved(**changes) - plain).abs().max()) > 1e-4


def test_every_tensor_is_in_one_group_that_says_its_rate_and_its_decay() -> None:
    trained = (
        component("a", 0.1, (2, 3), (3,), (1, 5)),
        component("b", 0.01, (4,)),
        component("c", 0.2, (2, 2)),
    )
    optimizer = StageOptimizer(trained, stage(weight_decay=0.5))
    told = [
        (one.component, one.learning_rate, one.weight_decay, one.tensors, one.parameters)
        for one in optimizer.groups
    ]
    # Of a component the matrices decay; a bias, and a row that is one axis long, do not.
    assert told == [
        ("a", 0.1, 0.5, 1, 6),
        ("a", 0.1, 0.0, 2, 8),
        ("b", 0.01, 0.0, 1, 4),
        ("c", 0.2, 0.5, 1, 4),
    ]
    assert sum(one.tensors for one in optimizer.groups) == len(optimizer.parameters)
    assert sum(one.parameters for one in optimizer.groups) == sum(
        parameter.numel() for parameter in optimizer.parameters
    )
    without = StageOptimizer(trained, stage(weight_decay=0.0))
    assert {one.weight_decay for one in without.groups} == {0.0}
