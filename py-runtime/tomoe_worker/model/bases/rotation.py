"""Rotary positions of decoders: sets of frequencies, and the one that is pinned for a model's whole life."""

# Shapes: K = head width.
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from tomoe_worker.model.bases.causal import Rotary


class Rotation:
    """Cosine and sine of positions under one set of frequencies, each ...TK in float32."""

    def __init__(self, frequencies: Tensor, scale: float = 1.0) -> None:
        """Args:
        frequencies: one for each pair of numbers of a head, K / 2.
        scale: what cosine and sine are multiplied by.
        """
        self._frequencies, self._scale = frequencies, scale

    def __call__(self, positions: Tensor) -> Rotary:
        """The turn of every position, the same for both halves of a head."""
        turn = positions[..., None].float() * self._frequencies.to(positions.device)
        turn = torch.cat([turn, turn], dim=-1)
        cos, sin = turn.cos(), turn.sin()
        return (cos, sin) if self._scale == 1.0 else (cos * self._scale, sin * self._scale)


def plain_rotation(theta: float, head_width: int) -> Rotation:
    """One set for every length.

    Source: Su et al., https://arxiv.org/abs/2104.09864.
    """
    return Rotation(1.0 / _powers(theta, head_width))


def long_rotation(
    theta: float, head_width: int, factors: Sequence[float], stretch: float, original: int
) -> Rotation:
    """One of the two sets of LongRoPE; both scale cosine and sine.

    Args:
        factors: of the set, one for each frequency.
        stretch: longest sequence over the one of pre-training.
        original: longest sequence of pre-training.

    Source: Ding et al., https://arxiv.org/abs/2402.13753.
    """
    scale = 1.0 if stretch <= 1.0 else math.sqrt(1.0 + math.log(stretch) / math.log(original))
    of_set = torch.tensor(factors, dtype=torch.float32, device="cpu")
    return Rotation(1.0 / (of_set * _powers(theta, head_width)), scale)


def _powers(theta: float, head_width: int) -> Tensor:
    return theta ** (torch.arange(0, head_width, 2, dtype=torch.int64, device="cpu").float() / head_width)
