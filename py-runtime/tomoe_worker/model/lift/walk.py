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
from tomoe_worker.model.blocks import BlockRunner
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

    def __init__(self, tower: VisionTower, lift: LiftSpec, run: BlockRunner) -> None:
        self._tower, self._lift, self.run = tower, lift, run
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
        return self.walk(x_VDNC, mlp_step(block) - 1, mlp_step(block), lifted)

    def walk(self, x_VDNC: Tensor, start: int, stop: int, lifted: bool) -> Tensor:
        """Half steps ``start``..``stop - 1`` of dense blocks, a block at a time; ``start`` is at least 1."""
        step = start
        while step < stop:
            block, is_mlp = divmod(step - 1, 2)
            joint = lifted and block >= self.first_upper
            halves = (not is_mlp, stop > mlp_step(block))
            rotary = self._depth_rotary(x_VDNC) if joint and halves[0] else None
            x_VDNC = self.run(tower_block, x_VDNC, self.block(block), halves, joint, rotary)
            step = mlp_step(block) + 1
        return x_VDNC

    def parameters_of(self, half_step: int) -> list[nn.Parameter]:
        """Parameters that one half step reads."""
        if half_step == 0:
            return self._tower.embedding_parameters()
        block, is_mlp = divmod(half_step - 1, 2)
        return self.block(block).parameters_of(mlp=bool(is_mlp))

    def _depth_rotary(self, x_VDNC: Tensor) -> tuple[Tensor, Tensor] | None:
        if not self._lift.depth_rope:
            return None
        key = (x_VDNC.shape[1], x_VDNC.device)
        if key not in self._rotary:
            width, base = self._tower.width // self._tower.heads, self._lift.rope_base
            # Kept beyond an answer that may ask first: what inference makes, training cannot use.
            with torch.inference_mode(False):
                self._rotary[key] = depth_rotary(key[0], self.tokens, width, base, x_VDNC.device)
        return self._rotary[key]


def tower_block(
    x_VDNC: Tensor,
    of: Block,
    halves: tuple[bool, bool],
    joint: bool,
    rotary: tuple[Tensor, Tensor] | None,
) -> Tensor:
    """Attention half, MLP half or both of a dense block, with their residuals.

    Args:
        joint: whether a token attends to all slices of its volume, or to its own alone.
        rotary: by which queries and keys of a joint block are turned in depth; None where they are not.
    """
    if halves[0]:
        volumes, x_SNC = x_VDNC.shape[0], x_VDNC.flatten(0, 1)
        q, k, v = of.qkv(x_SNC)
        if joint:
            q, k, v = (_joined(part, volumes) for part in (q, k, v))
        if rotary is not None:
            q, k = rotate(q, rotary), rotate(k, rotary)
        mixed = F.scaled_dot_product_attention(q, k, v)
        mixed_SNC = mixed.transpose(1, 2).reshape(x_SNC.shape)
        x_VDNC = of.attended(x_SNC, mixed_SNC).view(x_VDNC.shape)
    return of.fed(x_VDNC, of.mlp(of.normed(x_VDNC))) if halves[1] else x_VDNC


def _joined(part_SHNK: Tensor, volumes: int) -> Tensor:
    """Tokens of all slices of a volume side by side: V,H,T,K."""
    heads, width = part_SHNK.shape[1], part_SHNK.shape[3]
    return part_SHNK.transpose(1, 2).reshape(volumes, -1, heads, width).transpose(1, 2)
