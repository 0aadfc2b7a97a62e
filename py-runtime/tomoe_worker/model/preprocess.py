"""The worker's half of the preprocess contract: int16 HU to the three normalised channels of the tower."""

# Shapes: S = slices, H, W = rows and columns as sent, I = image size of the tower.
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from tomoe_worker.spec import PreprocessSpec


def hu_to_pixels(hu_SHW: Tensor, spec: PreprocessSpec, image_size: int) -> Tensor:
    """Map HU through the windows to [0, 1], resize bicubically when the size differs, and normalise.

    Under the one window [0, 255] an 8-bit picture becomes what the image processor of a base makes of it: the
    same numbers at its size, within one grey level where it is resized. Both resize columns before rows and
    saturate in between; the processor rounds to 8 bits each time, which would cost a window its gradation.

    Args:
        hu_SHW: HU in model orientation, any integer or float type.
        spec: one window for all three channels, or one a channel; values outside a window saturate, as the
            contract says.
        image_size: rows and columns of the tower's input.

    Returns:
        float32 pixels S, 3, I, I.

    Source: CLIP's preprocessing, https://arxiv.org/abs/2103.00020, one channel a window.
    """
    hu_S1HW = hu_SHW.to(torch.float32).unsqueeze(1)
    device = hu_S1HW.device
    low = torch.tensor([window.low for window in spec.windows], device=device).view(1, -1, 1, 1)
    high = torch.tensor([window.high for window in spec.windows], device=device).view(1, -1, 1, 1)
    pixels = ((hu_S1HW - low) / (high - low)).clamp(0.0, 1.0)
    if pixels.shape[-2:] != (image_size, image_size):
        for size in ((pixels.shape[-2], image_size), (image_size, image_size)):
            pixels = F.interpolate(pixels, size=size, mode="bicubic", align_corners=False, antialias=True)
            pixels = pixels.clamp(0.0, 1.0)
    mean = torch.tensor(spec.mean, device=device).view(1, 3, 1, 1)
    std = torch.tensor(spec.std, device=device).view(1, 3, 1, 1)
    return (pixels - mean) / std
