"""Auxiliary heads for pre-training: dense patch labels, and facts read from pooled features."""

# Shapes: R = rows, D = slices, P = patches, C = vision hidden.
from __future__ import annotations

import torch
from torch import Tensor, nn

from tomoe_worker.model.precision import exactly
from tomoe_worker.spec import FactSpec


class PatchHead(nn.Module):
    """A class for every patch of every slice."""

    def __init__(self, hidden: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, classes)

    def forward(self, features_RDPC: Tensor) -> Tensor:
        """Logits R, D, P, classes."""
        with exactly(features_RDPC):
            logits: Tensor = self.out(self.norm(features_RDPC.float()))
        return logits


class FactHeads(nn.Module):
    """One classifier per fact over the mean and the maximum of all patch features of a volume or slice."""

    def __init__(self, hidden: int, facts: tuple[FactSpec, ...]) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(2 * hidden)
        self.out = nn.ModuleDict({fact.name: nn.Linear(2 * hidden, fact.classes) for fact in facts})

    def forward(self, features_RDPC: Tensor) -> dict[str, Tensor]:
        """Logits of every fact, each R, classes."""
        flat = features_RDPC.flatten(1, 2).float()
        with exactly(flat):
            pooled = self.norm(torch.cat([flat.mean(dim=1), flat.amax(dim=1)], dim=-1))
            return {name: head(pooled) for name, head in self.out.items()}
