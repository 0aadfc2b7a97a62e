"""Phi-3-V's path from patch features to language tokens: merge, pool depth, separators, Linear, GELU,
Linear.
"""

# Shapes: R = rows (one per question or volume), D = slices, G = patches a side, M = G / merge, Q = depth
# bins,
#         C = vision hidden, K = merge^2 * C, J = language tokens of one row, L = language hidden.
from __future__ import annotations

import torch
from torch import Tensor, nn

from tomoe_worker.model.bases.phi3v.vision import ImageProcessor
from tomoe_worker.model.lift.pool import depth_bins, pool_depth
from tomoe_worker.spec import Phi3vBase, PoolSpec


class VisionEmbedTokens(nn.Module):
    """Everything under Phi-3-V's key prefix ``model.vision_embed_tokens``; as a Projector, what follows the
    tower.
    """

    def __init__(self, sizes: Phi3vBase, pool: PoolSpec) -> None:
        super().__init__()
        vision, projector, width = sizes.vision, sizes.projector, sizes.language.hidden
        self._projector, self._pool = projector, pool
        self._side = vision.image_size // vision.patch_size // projector.merge_size
        merged = projector.merge_size**2 * vision.hidden
        self.img_processor = ImageProcessor(vision)
        self.img_projection = nn.Sequential(nn.Linear(merged, width), nn.GELU(), nn.Linear(width, width))
        if projector.separators:
            self.glb_GN = nn.Parameter(torch.zeros(1, 1, merged))
            self.sub_GN = nn.Parameter(torch.zeros(1, 1, 1, merged))

    def tokens(self, features_RDPC: Tensor) -> Tensor:
        """Language-space tokens of every row, RJL, in order bin, row, column.

        Args:
            features_RDPC: patch features without class tokens.
        """
        pooled_RQMMK = pool_depth(merge_patches(features_RDPC, self._projector.merge_size), self._pool)
        if self._projector.separators:
            rows, bins, side, _, width = pooled_RQMMK.shape
            newline = self.sub_GN.expand(rows, bins * side, 1, width).view(rows, bins, side, 1, width)
            tokens_RJK = torch.cat([pooled_RQMMK, newline], dim=3).flatten(1, 3)
            tokens_RJK = torch.cat([tokens_RJK, self.glb_GN.expand(rows, 1, width)], dim=1)
        else:
            tokens_RJK = pooled_RQMMK.flatten(1, 3)
        tokens_RJL: Tensor = self.img_projection(tokens_RJK)
        return tokens_RJL

    def count(self, depth: int) -> int:
        """Language tokens that a volume of ``depth`` slices becomes."""
        bins, side = depth_bins(depth, self._pool), self._side
        return bins * side * (side + 1) + 1 if self._projector.separators else bins * side * side


def merge_patches(features_RDPC: Tensor, merge: int) -> Tensor:
    """Space to channel: merge x merge neighbouring patches become one vector, RDMMK.

    Source: Phi-3-V's image embedding (2 x 2 at 336 px: 24 x 24 x 1024 -> 12 x 12 x 4096).
    """
    rows, depth, patches, width = features_RDPC.shape
    side = round(patches**0.5)
    out = side // merge
    grid = features_RDPC.view(rows, depth, out, merge, out, merge, width).permute(0, 1, 2, 4, 3, 5, 6)
    return grid.reshape(rows, depth, out, out, merge * merge * width)
