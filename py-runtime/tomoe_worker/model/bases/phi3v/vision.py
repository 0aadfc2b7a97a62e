"""The CLIP tower of Phi-3-V, walked half block by half block so that any prefix of it can be frozen and
cached.

The modules and weights are those of ``transformers``' CLIPVisionModel; only the order of the walk is ours. In
a lifted tower the upper blocks attend over all slices of a volume with the same weights
(https://arxiv.org/abs/2604.10233).
"""

# Shapes: V = volumes, D = slices, N = tokens per slice (class token first), T = D * N, C = hidden, B = V or V
# * D,
#         P = N - 1 patches, H = heads, K = head width.
from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModel

from tomoe_worker.model.rotary import depth_rotary, rotate
from tomoe_worker.spec import LiftSpec, VisionSpec

Rotary = tuple[Tensor, Tensor]


def build_clip(spec: VisionSpec) -> CLIPVisionModel:
    """An untrained CLIP vision model of the given size."""
    return CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=spec.hidden,
            intermediate_size=spec.mlp,
            num_hidden_layers=spec.layers,
            num_attention_heads=spec.heads,
            image_size=spec.image_size,
            patch_size=spec.patch_size,
            hidden_act=spec.activation,
            layer_norm_eps=spec.norm_epsilon,
            attn_implementation="sdpa",
        )
    )


class ImageProcessor(nn.Module):
    """Holds the tower under Phi-3-V's key prefix ``img_processor.vision_model``."""

    def __init__(self, spec: VisionSpec) -> None:
        super().__init__()
        self.vision_model = build_clip(spec)


def mlp_step(block: int) -> int:
    """Half step that is the MLP of a block: it is preceded by 0 = embedding, two half steps for each block
    before it, and its own attention, ``1 + 2 * block``.
    """
    return 2 + 2 * block


class Tower:
    """Walks a CLIP vision model in half steps: 0 = embedding, 1 + 2b = attention of block b, 2 + 2b = its
    MLP (``mlp_step``).

    Holds no parameters of its own. ``lifted`` switches the upper blocks to joint attention.
    """

    def __init__(self, clip: CLIPVisionModel, vision: VisionSpec, lift: LiftSpec) -> None:
        self._clip = clip
        self._heads = vision.heads
        self._lift = lift
        self.blocks_read = vision.blocks_read
        self.first_upper = self.blocks_read - lift.upper_blocks
        self.half_steps = 1 + 2 * self.blocks_read
        self.tokens = (vision.image_size // vision.patch_size) ** 2 + 1
        self._rotary: dict[tuple[int, torch.device], Rotary] = {}

    def layer(self, block: int) -> Any:
        """One encoder layer of the CLIP model."""
        return self._clip.encoder.layers[block]

    def embed(self, pixels_S3II: Tensor) -> Tensor:
        """Half step 0: patches, class token, learned 2D positions, first norm; SNC."""
        x_SNC: Tensor = self._clip.pre_layrnorm(self._clip.embeddings(pixels_S3II))
        return x_SNC

    def attend(self, x_VDNC: Tensor, block: int, lifted: bool) -> Tensor:
        """Attention half of a block with its residual: per slice below, over the whole volume in upper
        blocks.
        """
        volumes, depth, tokens, width = x_VDNC.shape
        layer = self.layer(block)
        if not lifted or block < self.first_upper:
            return attention_half(
                layer, x_VDNC.reshape(volumes * depth, tokens, width), self._heads, None
            ).view(x_VDNC.shape)
        rotary = self._depth_rotary(depth, x_VDNC.device) if self._lift.depth_rope else None
        joint_VTC = x_VDNC.reshape(volumes, depth * tokens, width)
        return attention_half(layer, joint_VTC, self._heads, rotary).view(x_VDNC.shape)

    def feed_forward(self, x_VDNC: Tensor, block: int) -> Tensor:
        """MLP half of a dense block with its residual."""
        layer = self.layer(block)
        y: Tensor = x_VDNC + layer.mlp(layer.layer_norm2(x_VDNC))
        return y

    def walk(self, x_VDNC: Tensor, start: int, stop: int, lifted: bool) -> Tensor:
        """Half steps ``start``..``stop - 1`` of dense blocks; ``start`` is at least 1."""
        for step in range(start, stop):
            block, is_mlp = divmod(step - 1, 2)
            x_VDNC = self.feed_forward(x_VDNC, block) if is_mlp else self.attend(x_VDNC, block, lifted)
        return x_VDNC

    def parameters_of(self, half_step: int) -> list[nn.Parameter]:
        """Parameters that one half step reads."""
        if half_step == 0:
            return [*self._clip.embeddings.parameters(), *self._clip.pre_layrnorm.parameters()]
        block, is_mlp = divmod(half_step - 1, 2)
        layer = self.layer(block)
        parts = (layer.layer_norm2, layer.mlp) if is_mlp else (layer.layer_norm1, layer.self_attn)
        return [parameter for part in parts for parameter in part.parameters()]

    def _depth_rotary(self, depth: int, device: torch.device) -> Rotary:
        key = (depth, device)
        if key not in self._rotary:
            head_width = self._clip.config.hidden_size // self._heads
            self._rotary[key] = depth_rotary(depth, self.tokens, head_width, self._lift.rope_base, device)
        return self._rotary[key]


def attention_half(layer: Any, x_BTC: Tensor, heads: int, rotary: Rotary | None) -> Tensor:
    """``x + out_proj(attention(layer_norm1(x)))`` with the layer's own weights; queries and keys may be
    turned.
    """
    batch, tokens, width = x_BTC.shape
    attention = layer.self_attn
    h_BTC = layer.layer_norm1(x_BTC)
    shape = (batch, tokens, heads, width // heads)
    q_BHTK = attention.q_proj(h_BTC).view(shape).transpose(1, 2)
    k_BHTK = attention.k_proj(h_BTC).view(shape).transpose(1, 2)
    v_BHTK = attention.v_proj(h_BTC).view(shape).transpose(1, 2)
    if rotary is not None:
        q_BHTK, k_BHTK = rotate(q_BHTK, rotary), rotate(k_BHTK, rotary)
    mixed_BHTK = F.scaled_dot_product_attention(q_BHTK, k_BHTK, v_BHTK)
    y: Tensor = x_BTC + attention.out_proj(mixed_BHTK.transpose(1, 2).reshape(batch, tokens, width))
    return y
