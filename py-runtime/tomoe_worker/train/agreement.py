"""How the tasks of a step agree: cosines between their gradients, block by block. No step changes by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Final

import torch
from torch import Tensor, nn

from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.components import BASE
from tomoe_worker.spec import Batch, RoutingPlan, TaskCosine
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.forward import StageForward

_LAYER: Final = re.compile(r"\.layers\.(\d+)\.")


def task_cosines(
    forward: StageForward,
    batch: Batch,
    plan: RoutingPlan,
    *,
    ranks: Ranks,
    parameters: Mapping[str, nn.Parameter],
    micro_batch: int,
) -> tuple[TaskCosine, ...]:
    """Cosines between the gradients that the language losses of two tasks have in what trains, by block.

    Gradients are left unset and the random state as it was. A parameter that one of the two does not reach,
    as an expert of the other's group, is left out of the pair's cosine.

    Args:
        parameters: what trains, by name.
        micro_batch: volumes of this rank that pass at once, 0: all.
    """
    model = forward.model
    tasks = _present(model, batch, ranks)
    if len(tasks) < 2:
        return ()
    found: dict[str, dict[str, Tensor]] = {}
    devices = [model.device] if model.device.type == "cuda" else []
    alone = forward.of_language()
    with torch.random.fork_rng(devices):
        for task in tasks:
            _clear(parameters)
            own = replace(batch, items=tuple(item for item in batch.items if item.task == task))
            for part in alone.parts(own, micro_batch):
                with model.computing():
                    loss = alone.run(part, plan).sums["language"].total
                loss.backward()  # type: ignore[no-untyped-call]
            ranks.total_gradients(list(parameters.values()))
            found[task] = {
                name: one.grad.detach().to("cpu", copy=True)
                for name, one in parameters.items()
                if one.grad is not None
            }
    _clear(parameters)
    return tuple(
        TaskCosine(block=block, one=one, other=other, cosine=cosine)
        for one, other in combinations(tasks, 2)
        for block, cosine in _by_block(model, found[one], found[other]).items()
    )


def block_name(model: TomoeModel, name: str) -> str:
    """The block that a parameter is counted with: "vision.blocks.3", "language.layers.0", or its part."""
    # An expert stands where the MLP of its block stood.
    part = model.base.part_of(name.removeprefix(BASE)) or name.split(".")[0]
    layer = _LAYER.search(name) if part == "language" else None
    return part if layer is None else f"language.layers.{layer[1]}"


def _present(model: TomoeModel, batch: Batch, ranks: Ranks) -> list[str]:
    """Tasks that some rank has items of, in the model's order."""
    tasks = model.spec.moe.tasks
    mine = torch.tensor([sum(item.task == task for item in batch.items) for task in tasks])
    return [task for task, count in zip(tasks, ranks.total(mine).tolist(), strict=True) if count > 0]


def _clear(parameters: Mapping[str, nn.Parameter]) -> None:
    for parameter in parameters.values():
        parameter.grad = None


def _by_block(model: TomoeModel, one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> dict[str, float]:
    """The cosine of each block that both reach with something else than zeros."""
    sums: dict[str, list[float]] = {}
    # In one order on all ranks and in every process: sums are the same to the last bit.
    for name in (name for name in one if name in other):
        a, b = one[name].double().flatten(), other[name].double().flatten()
        of = sums.setdefault(block_name(model, name), [0.0, 0.0, 0.0])
        for place, product in enumerate((a @ b, a @ a, b @ b)):
            of[place] += float(product)
    return {
        block: dot / (first * second) ** 0.5
        for block, (dot, first, second) in sorted(sums.items())
        if first > 0 and second > 0
    }
