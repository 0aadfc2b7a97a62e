"""Learned positions of a tower at another grid than they were learned at."""

# Shapes: N = extra tokens and patches of the table, C = width.
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def positions_for(table_1NC: Tensor, extra_tokens: int, side: int) -> Tensor:
    """The table for a square grid of ``side`` patches; the one it was learned at is given back as it is.

    The patches' part is interpolated bicubically in float32, as transformers does for CLIP and InternVL.
    """
    patches = table_1NC.shape[1] - extra_tokens
    if patches == side * side:
        return table_1NC
    learned = round(patches**0.5)
    grid = table_1NC[:, extra_tokens:].float().reshape(1, learned, learned, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=(side, side), mode="bicubic", align_corners=False)
    moved = grid.permute(0, 2, 3, 1).reshape(1, side * side, -1).to(table_1NC.dtype)
    return torch.cat([table_1NC[:, :extra_tokens], moved], dim=1)
