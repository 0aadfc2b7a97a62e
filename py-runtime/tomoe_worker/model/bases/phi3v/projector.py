"""Phi-3-V's path from patch features to language tokens: merge, pool depth, separators, Linear, GELU,
Linear.
"""

# Shapes: R = rows (one per question or volume), D = slices, G = patches a side, M = G / merge, Q = depth
# bins,
#         C = vision hidden, K = merge^2 * C, J = language tokens of one row, L = language hidden.
from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from tomoe_worker.model.bases.phi3v.vision import ImageProcessor
from tomoe_worker.model.lift.pool import depth_bins, pool_depth
from tomoe_worker.spec import Phi3vBase, PoolSpec

PLAIN: Final = "plain"
VOLUME: Final = "phi3v-volume"
IMAGE: Final = "phi3v-2d"


class VisionEmbedTokens(nn.Module):
    """Everything under Phi-3-V's key prefix ``model.vision_embed_tokens``; as a Projector, what follows the
    tower.
    """

    def __init__(
        self, processor: ImageProcessor, sizes: Phi3vBase, pool: PoolSpec, layout: str, image_size: int
    ) -> None:
        """Args:
        processor: the tower.
        layout: "plain", or with separators "phi3v-volume" (one mark behind the last bin) or the published
            "phi3v-2d" (each bin as an image with its one crop).
        image_size: rows and columns of a slice.
        """
        super().__init__()
        vision, projector, width = sizes.vision, sizes.projector, sizes.language.hidden
        self._merge, self._layout, self._pool = projector.merge_size, layout, pool
        self._side = image_size // vision.patch_size // projector.merge_size
        merged = projector.merge_size**2 * vision.hidden
        self.img_processor = processor
        self.img_projection = nn.Sequential(nn.Linear(merged, width), nn.GELU(), nn.Linear(width, width))
        if projector.separators:
            self.glb_GN = nn.Parameter(torch.zeros(1, 1, merged))
            self.sub_GN = nn.Parameter(torch.zeros(1, 1, 1, merged))

    def tokens(self, features_RDPC: Tensor) -> Tensor:
        """Language-space tokens of every row, RJL, in order bin, row, column.

        Args:
            features_RDPC: patch features without class tokens.
        """
        pooled_RQMMK = pool_depth(merge_patches(features_RDPC, self._merge), self._pool)
        if self._layout == PLAIN:
            tokens_RJK = pooled_RQMMK.flatten(1, 3)
        else:
            rows, bins, side, _, width = pooled_RQMMK.shape
            newline = self.sub_GN.expand(rows, bins * side, 1, width).view(rows, bins, side, 1, width)
            lines_RQNK = torch.cat([pooled_RQMMK, newline], dim=3).flatten(2, 3)
            if self._layout == IMAGE:
                # A slice that is its own only crop: the crop, the mark, and the whole once more.
                mark = self.glb_GN.expand(rows, bins, width).unsqueeze(2)
                tokens_RJK = torch.cat([lines_RQNK, mark, lines_RQNK], dim=2).flatten(1, 2)
            else:
                mark = self.glb_GN.expand(rows, 1, width)
                tokens_RJK = torch.cat([lines_RQNK.flatten(1, 2), mark], dim=1)
        tokens_RJL: Tensor = self.img_projection(tokens_RJK)
        return tokens_RJL

    def count(self, depth: int) -> int:
        """Language tokens that a volume of ``depth`` slices becomes."""
        bins, side = depth_bins(depth, self._pool), self._side
        if self._layout == PLAIN:
            return bins * side * side
        lines = side * (side + 1)
        return bins * (2 * lines + 1) if self._layout == IMAGE else bins * lines + 1


def merge_patches(features_RDPC: Tensor, merge: int) -> Tensor:
    """Space to channel: merge x merge neighbouring patches become one vector, RDMMK.

    Source: Phi-3-V's image embedding (2 x 2 at 336 px: 24 x 24 x 1024 -> 12 x 12 x 4096).
    """
    rows, depth, patches, width = features_RDPC.shape
    side = round(patches**0.5)
    out = side // merge
    grid = features_RDPC.view(rows, depth, out, merge, out, merge, width).permute(0, 1, 2, 4, 3, 5, 6)
    return grid.reshape(rows, depth, out, out, merge * merge * width)
