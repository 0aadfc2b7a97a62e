"""Depth pooling: what a budget of image tokens does to a volume, whatever the base."""

# Shapes: R = rows, D = slices, M = merged patches a side, Q = depth bins, K = width.
from __future__ import annotations

import torch
from torch import Tensor

from tomoe_worker.spec import PoolSpec


def pool_depth(merged_RDMMK: Tensor, spec: PoolSpec) -> Tensor:
    """Pool every ``spec.depth`` slices into one bin, RQMMK; with "mean-max" the mean bins come first, then
    the max.

    One slice alone (a 2D image) has nothing to pool and passes as it is.
    """
    rows, depth, side, _, width = merged_RDMMK.shape
    if depth == 1:
        return merged_RDMMK
    bins = merged_RDMMK.view(rows, depth // spec.depth, spec.depth, side, side, width)
    if spec.kind == "mean":
        return bins.mean(dim=2)
    return torch.cat([bins.mean(dim=2), bins.amax(dim=2)], dim=1)


def depth_bins(depth: int, spec: PoolSpec) -> int:
    """Bins that ``pool_depth`` makes of ``depth`` slices."""
    if depth == 1:
        return 1
    return depth // spec.depth * (2 if spec.kind == "mean-max" else 1)
