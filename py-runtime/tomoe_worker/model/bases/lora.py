"""Low-rank adapters of peft beside the linear maps of a model's layers.

peft puts a layer of its own around a linear map: what was ``q_proj.weight`` is ``q_proj.base_layer.weight``
from then on, beside ``q_proj.lora_A.default.weight`` and ``q_proj.lora_B.default.weight``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from tomoe_worker.spec import LoraSpec

LORA_INITIALS: Final = ("kaiming-uniform",)
# Of the one adapter a layer has; peft's own default.
ADAPTER: Final = "default"


def add_lora(layers: Iterable[nn.Module], spec: LoraSpec, targets: Sequence[str]) -> None:
    """Put an adapter beside every linear map of the layers whose name is one of ``targets``; nothing happens
    without any.

    Its numbers are drawn where parameters made now have memory, also beside a map that has none yet.

    Source: Hu et al., https://arxiv.org/abs/2106.09685 (B starts at zero: no effect at step 0).
    """
    if not targets:
        return
    # Takes more than a second: only models with adapters wait for it.
    from peft import inject_adapter_in_model

    made, drawn = peft_config(spec, targets), not nn.Linear(1, 1).weight.is_meta
    for layer in layers:
        trains = [parameter for parameter in layer.parameters() if parameter.requires_grad]
        inject_adapter_in_model(made, layer, ADAPTER)
        for parameter in trains:
            parameter.requires_grad_(True)
        for adapted in adapted_maps(layer):
            adapted.lora_dropout.eval()
            if drawn:
                _draw(adapted)


def peft_config(spec: LoraSpec, targets: Sequence[str] | str) -> Any:
    """The adapters as peft describes them; ``targets`` are names, or a pattern of whole paths."""
    from peft import LoraConfig

    return LoraConfig(
        r=spec.rank,
        lora_alpha=spec.alpha,
        lora_dropout=spec.dropout,
        target_modules=targets if isinstance(targets, str) else list(targets),
        # "kaiming-uniform": A as nn.Linear starts its own weight, within 1 / sqrt(inputs).
        init_lora_weights=True,
    )


def with_saved_adapter(module: nn.Module, folder: Path) -> nn.Module:
    """A module of transformers with the adapter that a PEFT folder holds, as peft itself reads it."""
    from peft import PeftModel

    adapted: nn.Module = PeftModel.from_pretrained(module, folder, local_files_only=True)
    return adapted


def adapted_maps(model: nn.Module) -> Iterator[Any]:
    """The linear maps that have an adapter, in the order of the model."""
    return (one for one in model.modules() if isinstance(getattr(one, "lora_A", None), nn.ModuleDict))


def trained_dropouts(model: nn.Module) -> tuple[nn.Module, ...]:
    """The dropouts in front of adapters that a stage trains."""
    return tuple(one.lora_dropout for one in adapted_maps(model) if one.lora_A[ADAPTER].weight.requires_grad)


@contextmanager
def dropping(dropouts: Sequence[nn.Module]) -> Iterator[None]:
    """Forward and backward of a training step: outside of it nothing is dropped."""
    for dropout in dropouts:
        dropout.train()
    try:
        yield
    finally:
        for dropout in dropouts:
            dropout.eval()


@contextmanager
def merged(model: nn.Module) -> Iterator[None]:
    """Adapters as part of the weights beside which they stand; taken out again at the end, up to rounding.

    Raises:
        ValueError: from peft, if a sum is not finite.
    """
    maps = tuple(adapted_maps(model))
    for adapted in maps:
        adapted.merge(safe_merge=True)
    try:
        yield
    finally:
        for adapted in maps:
            adapted.unmerge()


def _draw(adapted: Any) -> None:
    """First values, where peft followed a map without memory."""
    for part in (adapted.lora_A[ADAPTER], adapted.lora_B[ADAPTER]):
        if part.weight.is_meta:
            part.to_empty(device=torch.get_default_device())
            adapted.reset_lora_parameters(ADAPTER, True)
