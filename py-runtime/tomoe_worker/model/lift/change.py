"""A training volume changed before it is looked at: mirrored, turned, other contrast, shifted."""

# Shapes: D = slices, H, W = rows and columns as sent.
from __future__ import annotations

import math
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from tomoe_worker.spec import VolumeChange

UNCHANGED: Final = VolumeChange(mirrored=False, turned_degrees=0.0, gain=1.0, shift_hu=0.0)


def changed(hu_DHW: Tensor, change: VolumeChange, device: torch.device) -> Tensor:
    """A volume on a device, changed as it is asked for; one that nothing changes keeps its type and its bits.

    Columns are reversed first, then slices are turned about their middle, then values become
    ``gain * hu + shift``. A turn reads between four neighbours; what lies beyond the border is the border's.

    Args:
        hu_DHW: HU in model orientation, any integer or float type.

    Returns:
        D, H, W; float32 where values are changed or slices turned.
    """
    hu_DHW = hu_DHW.to(device)
    if change.mirrored:
        hu_DHW = hu_DHW.flip(-1)
    if change.turned_degrees != 0:
        hu_DHW = turned(hu_DHW.to(torch.float32), change.turned_degrees)
    if (change.gain, change.shift_hu) != (1, 0):
        hu_DHW = hu_DHW.to(torch.float32) * change.gain + change.shift_hu
    return hu_DHW


def turned(hu_DHW: Tensor, degrees: float) -> Tensor:
    """Every slice turned about its middle, counter-clockwise as it is shown: rows grow downwards.

    Rows and columns are counted in voxels, not in halves of the slice, so that one that is not square is
    turned and not sheared.
    """
    _, height, width = hu_DHW.shape
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    # Where each voxel of the result is read: (x, y) in halves of width and height, about the middle.
    theta = torch.tensor(
        [[cosine, -sine * height / width, 0.0], [sine * width / height, cosine, 0.0]],
        device=hu_DHW.device,
        dtype=torch.float32,
    )
    grid = F.affine_grid(theta[None], [1, 1, height, width], align_corners=False)
    return F.grid_sample(
        hu_DHW[None], grid, mode="bilinear", padding_mode="border", align_corners=False
    ).squeeze(0)
