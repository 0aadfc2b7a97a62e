"""InternVL's path from patch features to language tokens: merge, pool depth, norm, Linear, GELU, Linear."""

# Shapes: R = rows, D = slices, P = patches, G = patches a side, M = G / merge, Q = depth bins, C = vision
# hidden, K = merge^2 * C, J = language tokens of one row, L = language hidden.
from __future__ import annotations

from typing import Any

from torch import Tensor

from tomoe_worker.model.bases.internvl.config import InternVlSizes
from tomoe_worker.model.lift.pool import depth_bins, pool_depth
from tomoe_worker.spec import PoolSpec


class InternVlProjector:
    """The multi-modal projector behind the merge; holds no parameters of its own."""

    def __init__(self, module: Any, sizes: InternVlSizes, pool: PoolSpec) -> None:
        self._module, self._pool, self._merge = module, pool, sizes.merge
        self._side = sizes.image_size // sizes.patch_size // sizes.merge

    def tokens(self, features_RDPC: Tensor) -> Tensor:
        """Language-space tokens of every row, RJL, in order bin, row, column."""
        merged_RDMMK = shuffle_pixels(features_RDPC, self._merge)
        tokens_RJL: Tensor = self._module(pool_depth(merged_RDMMK, self._pool).flatten(1, 3))
        return tokens_RJL

    def count(self, depth: int) -> int:
        """Language tokens that a volume of ``depth`` slices becomes."""
        return depth_bins(depth, self._pool) * self._side**2


def shuffle_pixels(features_RDPC: Tensor, merge: int) -> Tensor:
    """merge x merge neighbouring patches become one vector, row by row of the square: RDMMK.

    Source: ``pixel_shuffle`` of transformers' InternVLModel, whose second swap undoes its first.
    """
    rows, depth, patches, width = features_RDPC.shape
    side = round(patches**0.5)
    out = side // merge
    grid = features_RDPC.view(rows, depth, out, merge, out, merge, width).permute(0, 1, 2, 4, 3, 5, 6)
    return grid.reshape(rows, depth, out, out, merge * merge * width)
