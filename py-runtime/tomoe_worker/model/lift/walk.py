"""A tower walked half block by half block, so that any prefix of it can be frozen and cached.

Half steps: 0 = embedding, 1 + 2b = attention of block b, 2 + 2b = its MLP. In a lifted tower the upper blocks
attend over all slices of a volume with the same weights (https://arxiv.org/abs/2604.10233).
"""

# Shapes: V = volumes, D = slices, N = tokens per slice, T = D * N, C = hidden, S = V * D, H = heads, K = head
# width.
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tomoe_worker.model.base import Block, VisionTower
from tomoe_worker.model.precision import lowered
from tomoe_worker.model.rotary import depth_rotary, rotate
from tomoe_worker.spec import LiftSpec


def mlp_step(block: int) -> int:
    """Half step that is the MLP of a block: it is preceded by 0 = embedding, two half steps for each block
    before it, and its own attention, ``1 + 2 * block``.
    """
    return 2 + 2 * block


class TowerWalk:
    """Walks a tower up to its last tap; holds no parameters of its own."""

    def __init__(self, tower: VisionTower, lift: LiftSpec) -> None:
        self._tower, self._lift = tower, lift
        self.blocks_read = tower.taps[-1].block + 1
        self.first_upper = self.blocks_read - lift.upper_blocks
        self.half_steps = 1 + 2 * self.blocks_read
        self.image_size = tower.image_size
        self.tokens = (tower.image_size // tower.patch_size) ** 2 + tower.extra_tokens
        self._rotary: dict[tuple[int, torch.device], tuple[Tensor, Tensor]] = {}

    def block(self, index: int) -> Block:
        """One block of the tower."""
        return self._tower.blocks[index]

    def embed(self, pixels_S3II: Tensor) -> Tensor:
        """Half step 0, SNC."""
        return lowered(self._tower.embed(pixels_S3II))

    def finish(self, x_VDNC: Tensor) -> Tensor:
        """Patch features at the main tap, V,D,P,C."""
        return self._tower.finish(x_VDNC, self._tower.taps[-1])

    def attend(self, x_VDNC: Tensor, block: int, lifted: bool) -> Tensor:
        """Attention half of a block with its residual: per slice below, over the whole volume in upper
        blocks.
        """
        volumes, depth = x_VDNC.shape[:2]
        of = self.block(block)
        x_SNC = x_VDNC.flatten(0, 1)
        q, k, v = of.qkv(x_SNC)
        if lifted and block >= self.first_upper:
            q, k, v = (_joined(part, volumes) for part in (q, k, v))
            if self._lift.depth_rope:
                rotary = self._depth_rotary(depth, q.shape[-1], q.device)
                q, k = rotate(q, rotary), rotate(k, rotary)
        mixed = F.scaled_dot_product_attention(q, k, v)
        mixed_SNC = mixed.transpose(1, 2).reshape(x_SNC.shape)
        return of.attended(x_SNC, mixed_SNC).view(x_VDNC.shape)

    def feed_forward(self, x_VDNC: Tensor, block: int) -> Tensor:
        """MLP half of a dense block with its residual."""
        of = self.block(block)
        return of.fed(x_VDNC, of.mlp(of.normed(x_VDNC)))

    def walk(self, x_VDNC: Tensor, start: int, stop: int, lifted: bool) -> Tensor:
        """Half steps ``start``..``stop - 1`` of dense blocks; ``start`` is at least 1."""
        for step in range(start, stop):
            block, is_mlp = divmod(step - 1, 2)
            x_VDNC = self.feed_forward(x_VDNC, block) if is_mlp else self.attend(x_VDNC, block, lifted)
        return x_VDNC

    def parameters_of(self, half_step: int) -> list[nn.Parameter]:
        """Parameters that one half step reads."""
        if half_step == 0:
            return self._tower.embedding_parameters()
        block, is_mlp = divmod(half_step - 1, 2)
        return self.block(block).parameters_of(mlp=bool(is_mlp))

    def _depth_rotary(self, depth: int, head_width: int, device: torch.device) -> tuple[Tensor, Tensor]:
        key = (depth, device)
        if key not in self._rotary:
            # Kept beyond an answer that may ask first: what inference makes, training cannot use.
            with torch.inference_mode(False):
                self._rotary[key] = depth_rotary(depth, self.tokens, head_width, self._lift.rope_base, device)
        return self._rotary[key]


def _joined(part_SHNK: Tensor, volumes: int) -> Tensor:
    """Tokens of all slices of a volume side by side: V,H,T,K."""
    heads, width = part_SHNK.shape[1], part_SHNK.shape[3]
    return part_SHNK.transpose(1, 2).reshape(volumes, -1, heads, width).transpose(1, 2)
