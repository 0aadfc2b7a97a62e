"""Low-rank adapters beside the linear maps of a decoder's layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tomoe_worker.spec import LoraSpec

LORA_INITIALS: Final = ("kaiming-uniform",)


def add_lora(layers: Iterable[nn.Module], spec: LoraSpec) -> None:
    """Put an adapter beside every linear map of the layers whose name is one of ``spec.targets``; nothing
    happens at rank 0.
    """
    if spec.rank == 0:
        return
    for layer in layers:
        for owner in list(layer.modules()):
            for name in spec.targets:
                child = getattr(owner, name, None)
                if isinstance(child, nn.Linear):
                    setattr(owner, name, LoraLinear(child, spec.rank, spec.alpha))


class LoraLinear(nn.Module):
    """A linear map with a low-rank update; keys ``weight`` and ``bias`` stay where the plain layer had it.

    Source: Hu et al., https://arxiv.org/abs/2106.09685 (B starts at zero: no effect at step 0).
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.weight, self.bias = base.weight, base.bias
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank))
        # "kaiming-uniform": as nn.Linear starts its own weight, within 1 / sqrt(inputs).
        nn.init.kaiming_uniform_(self.lora_A, a=5**0.5)
        self._scale = alpha / rank

    def forward(self, x: Tensor) -> Tensor:
        """``x W^T + bias + (alpha / rank) x A^T B^T``."""
        return (
            F.linear(x, self.weight, self.bias)
            + F.linear(F.linear(x, self.lora_A), self.lora_B) * self._scale
        )
