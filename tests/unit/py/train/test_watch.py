"""train/watch.py: the first tensor that is not finite, and the volumes and items on whose way it lies."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from tiny_model import SHARED_TRAINS, TASKS, batch, items_on, plan, spread_experts, stage, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.checkpoint import weights_digest
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.forward import StageForward
from tomoe_worker.train.trainer import StageTrainer
from tomoe_worker.train.watch import IDS_TOLD, first_not_finite, ids_of
from torch import nn


class Roots(nn.Module):
    """Takes roots: of a negative number there is none."""

    def forward(self, x: torch.Tensor) -> tuple[str, list[torch.Tensor]]:
        return "roots", [x.sqrt()]


class Chain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.before = nn.Identity()
        self.roots = Roots()
        self.after = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, (found,) = self.roots(self.before(x))
        after: torch.Tensor = self.after(found)
        return after


def spoilt_forward(model: TomoeModel, block: int) -> None:
    """The MLP of a vision block gives infinity from now on."""
    model.tower.block(block).mlp.register_forward_hook(lambda _module, _given, output: _infinite(output))


def _infinite(output: object) -> object:
    if isinstance(output, torch.Tensor):
        return output * math.inf
    return (_infinite(output[0]), *output[1:]) if isinstance(output, tuple) else output


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_parameter_is_named_before_anything_runs(value: float) -> None:
    chain = Chain()
    with torch.no_grad():
        chain.after.bias[1] = value

    def run() -> None:
        raise AssertionError("it ran")

    assert first_not_finite(chain, run) == "after.bias"


def test_the_innermost_module_that_first_gave_it_is_named_however_its_output_is_packed() -> None:
    chain = Chain()
    assert first_not_finite(chain, lambda: chain(torch.tensor([[1.0, 4.0]]))) is None
    assert first_not_finite(chain, lambda: chain(torch.tensor([[1.0, -4.0]]))) == "roots (output)"
    assert first_not_finite(chain, lambda: chain(torch.tensor([[math.nan, 4.0]]))) == "before (output)"


def test_nothing_is_left_behind_also_when_the_pass_fails() -> None:
    chain = Chain()

    def run() -> None:
        chain(torch.ones(1, 2))
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        first_not_finite(chain, run)
    assert not any(module._forward_hooks for module in chain.modules())
    first_not_finite(chain, lambda: chain(torch.ones(1, 2)))
    assert all(one.grad is None for one in chain.parameters())


def test_whole_numbers_are_finite() -> None:
    counted = nn.Embedding(4, 2)
    assert first_not_finite(nn.Sequential(counted), lambda: counted(torch.tensor([3]))) is None


def test_ids_of_a_batch_are_told_up_to_a_bound() -> None:
    held = batch(0, volumes=2)
    assert ids_of(held) == {
        "volumes": [one.volume_id for one in held.volumes],
        "items": [one.item_id for one in held.items],
    }
    many = dataclasses.replace(held, items=items_on(40))
    assert len(ids_of(many)["items"]) == IDS_TOLD < len(many.items)


@pytest.mark.parametrize("micro_batch", [0, 1])
def test_a_loss_that_is_not_finite_names_the_module_and_the_part_before_anything_moves(
    micro_batch: int,
) -> None:
    model = spread_experts(tiny_model())
    running = StageTrainer(model, stage(micro_batch=micro_batch), Ranks.alone())
    held = batch(0, volumes=3)
    running.step(held, plan(model))
    digest = weights_digest(model)
    spoilt_forward(model, 2)
    with pytest.raises(TomoeError, match="the loss is nan at step 1 of stage 's'") as caught:
        running.step(dataclasses.replace(held, step=1), plan(model))
    details = caught.value.details
    assert str(details["tensor"]).startswith("tower.") or "mlp" in str(details["tensor"])
    assert str(details["tensor"]).endswith("(output)")
    first = held.volumes[: micro_batch or None]
    assert details["volumes"] == [one.volume_id for one in first]
    ids = details["items"]
    assert isinstance(ids, list)
    assert {str(item)[1:] for item in ids} == {str(place) for place in range(len(first))}
    assert weights_digest(model) == digest and running.next_step == 1


def test_a_gradient_that_is_not_finite_names_its_tensor_and_what_the_step_was_of() -> None:
    model = spread_experts(tiny_model())
    running = StageTrainer(model, stage((*SHARED_TRAINS, "lowerVision")), Ranks.alone())
    held = batch(0)
    digest = weights_digest(model)
    weight = model.base.projector.parameters().__next__()
    weight.register_hook(lambda gradient: gradient * math.nan)
    with pytest.raises(TomoeError, match="the gradient norm is nan at step 0 of stage 's'") as caught:
        running.step(held, plan(model))
    names = {name for name, one in model.named_parameters() if one is weight}
    assert caught.value.details["tensors"] == list(names)
    assert caught.value.details["volumes"] == [one.volume_id for one in held.volumes]
    assert caught.value.details["items"] == [one.item_id for one in held.items]
    assert weights_digest(model) == digest and running.next_step == 0


def test_a_pass_that_is_looked_at_is_the_pass_that_trains() -> None:
    model = tiny_model(per_task=True)
    forward = StageForward(model, stage())
    (part,) = forward.parts(batch(0), 0)
    assert model.groups == TASKS
    assert first_not_finite(model, lambda: forward.run(part, plan(model))) is None
