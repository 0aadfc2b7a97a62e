"""Where numbers stopped being finite: the first tensor on the way, and the ids of what was being read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from tomoe_worker.errors import JsonValue
from tomoe_worker.spec import Batch

IDS_TOLD = 64


def first_not_finite(model: nn.Module, run: Callable[[], object]) -> str | None:
    """Name of the first tensor that is not finite: a parameter, else an output on the way through ``run``.

    Args:
        run: a forward pass of the model, which is done without gradients.

    Returns:
        "vision.blocks.2.mlp.weight", "vision.blocks.2.mlp (output)", or None when all of them are finite.
    """
    for name, parameter in model.named_parameters():
        if not _is_finite(parameter):
            return name
    found: list[str] = []

    def watch(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_module: nn.Module, _given: Any, output: Any) -> None:
            if not found and not all(map(_is_finite, _tensors(output))):
                found.append(f"{name} (output)")

        return hook

    hooks = [module.register_forward_hook(watch(name)) for name, module in model.named_modules() if name]
    try:
        with torch.no_grad():
            run()
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else None


def ids_of(batch: Batch) -> dict[str, JsonValue]:
    """The volumes and items of a batch, the first of them where they are many."""
    return {
        "volumes": [one.volume_id for one in batch.volumes[:IDS_TOLD]],
        "items": [one.item_id for one in batch.items[:IDS_TOLD]],
    }


def _is_finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor).all())


def _tensors(output: Any) -> Iterable[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, list | tuple):
        for one in output:
            yield from _tensors(one)
