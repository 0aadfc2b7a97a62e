"""Rotary positions along depth only: a token of slice z is turned by z, whatever its place in the slice.

Inside one slice the relative turn is zero, so every logit of the 2D model is unchanged; only pairs of
different slices see it (README.md, exact 2). Half-split layout over the full head width, as in Phi-3.
"""

# Shapes: D = slices, N = tokens per slice, T = D * N, H = heads, K = head width.
from __future__ import annotations

import torch
from torch import Tensor


def depth_rotary(
    depth: int, tokens: int, head_width: int, base: float, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Cosine and sine of every token's turn.

    Args:
        depth: slices; the slice number 0..depth-1 is the position.
        tokens: tokens per slice, class token included; all carry their slice's number.
        head_width: width of one attention head, even.
        base: the longest period is about ``2 pi base`` slices.

    Returns:
        Two float32 tensors TK with T = depth * tokens.

    Source: Su et al., https://arxiv.org/abs/2104.09864.
    """
    half = torch.arange(0, head_width, 2, dtype=torch.float64, device=device) / head_width
    turn_DK = torch.arange(depth, dtype=torch.float64, device=device)[:, None] * base**-half
    turn_TK = torch.cat([turn_DK, turn_DK], dim=-1).repeat_interleave(tokens, dim=0)
    return turn_TK.cos().float(), turn_TK.sin().float()


def rotate(x_BHTK: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Turn queries or keys by float32 angles of ``depth_rotary`` (or of the language model's own positions);
    the result has the type of the input.
    """
    cos_TK, sin_TK = rotary
    low, high = x_BHTK.chunk(2, dim=-1)
    return (x_BHTK * cos_TK + torch.cat([-high, low], dim=-1) * sin_TK).to(x_BHTK.dtype)
