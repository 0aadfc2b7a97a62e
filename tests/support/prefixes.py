"""Items by themselves and behind shared prefixes, their losses and gradients, for the tests of both."""

from __future__ import annotations

import dataclasses
from contextlib import nullcontext
from typing import Any

import torch
from tiny_model import SHARED_TRAINS, SPECIFIC_TRAINS, batch, item, items_on, plan, stage, volume
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.spec import Batch, BatchItem, StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.forward import StageForward
from tomoe_worker.train.trainer import StageTrainer
from wide import in_float64

Gradient = dict[str, torch.Tensor]
Found = tuple[float, Gradient]


def asked(volumes: int) -> tuple[BatchItem, ...]:
    """Those of the other tests, and on the first volume a question more and another task's twin of one."""
    more = (
        item("more", 0, "What is the imaging plane?", "left lung", "closed-vqa", 2.0),
        item("twin", 0, "Which phase was used?", "none", "open-vqa", 0.5),
    )
    return (*items_on(volumes), *more)


def held(volumes: int = 3, side: int = 16) -> Batch:
    whole = batch(0, volumes=volumes, items=asked(volumes))
    seen = tuple(volume(one.volume_id, seed=at, side=side) for at, one in enumerate(whole.volumes))
    return dataclasses.replace(whole, volumes=seen)


def spec_of(model: TomoeModel, **fields: Any) -> StageSpec:
    trains = SPECIFIC_TRAINS if model.per_task else SHARED_TRAINS
    lora = ("lora",) if model.spec.lora.targets else ()
    routing = "per-task" if model.per_task else "shared"
    return stage((*trains, *lora), routing=routing, **fields)


def gradient_of(
    model: TomoeModel, batches: list[Batch], weight: float, of: StageSpec, exact: bool = False
) -> Found:
    """Loss and gradient of batches that pass one after another, each divided by the weight of all; if
    ``exact``, in float64."""
    StageTrainer(model, of, Ranks.alone())  # freezes what is not trained
    forward, loss = StageForward(model, of), 0.0
    with in_float64(model) if exact else nullcontext():
        for one in batches:
            for part in forward.parts(one, 0):
                with model.computing():
                    total = forward.run(part, plan(model)).sums["language"].total / weight
                total.backward()  # type: ignore[no-untyped-call]
                loss += float(total.detach())
        found = _taken(model)
    return loss, found


def _taken(model: TomoeModel) -> Gradient:
    found = {name: one.grad.double() for name, one in model.named_parameters() if one.grad is not None}
    for parameter in model.parameters():
        parameter.grad = None
    return found


def one_by_one(whole: Batch) -> list[Batch]:
    """Every item beside its volume in a batch of its own."""
    items = [(one.volume_index, dataclasses.replace(one, volume_index=0)) for one in whole.items]
    return [dataclasses.replace(whole, volumes=(whole.volumes[at],), items=(one,)) for at, one in items]


def together_of(model: TomoeModel, whole: Batch) -> Found:
    """All items behind shared prefixes."""
    return gradient_of(model, [whole], 1.0, spec_of(model, share_prefix=True))


def both(model: TomoeModel, whole: Batch, exact: bool = False, **fields: Any) -> tuple[Found, Found]:
    """Every item in a pass of its own, and all of them together behind shared prefixes."""
    shared = spec_of(model, share_prefix=True, **fields)
    (part,) = StageForward(model, shared).parts(whole, 0)
    weight = StageForward(model, shared).counted(part)["language"]
    alone = gradient_of(model, one_by_one(whole), weight, spec_of(model, **fields), exact)
    return alone, gradient_of(model, [whole], weight, shared, exact)


def apart(one: Found, other: Found) -> tuple[float, float]:
    """Distance of two losses in shares of one, and of two gradients in shares of its norm."""
    names = one[1].keys() | other[1].keys()
    zero = torch.zeros(())
    squares = sum(float((one[1].get(name, zero) - other[1].get(name, zero)).square().sum()) for name in names)
    norm = sum(float(part.square().sum()) for part in one[1].values()) ** 0.5
    return abs(one[0] - other[0]) / abs(one[0]), squares**0.5 / norm
