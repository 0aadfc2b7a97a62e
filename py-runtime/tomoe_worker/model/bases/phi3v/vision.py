"""The CLIP tower of Phi-3-V: transformers' modules, walked half block by half block."""

# Shapes: S = slices, N = tokens per slice (class token first), P = N - 1 patches, C = hidden, H = heads, K =
# head width.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModel

from tomoe_worker.model.base import Block, Tap
from tomoe_worker.model.bases.positions import positions_for
from tomoe_worker.spec import VisionSpec

LINEAR_MAPS: Final = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


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


class ClipBlock:
    """One encoder layer of a CLIP model in its two halves."""

    def __init__(self, layer: Any, heads: int) -> None:
        self._layer, self._heads = layer, heads

    @property
    def mlp(self) -> nn.Module:
        """What experts copy and stand in for."""
        held: nn.Module = self._layer.mlp
        return held

    @mlp.setter
    def mlp(self, module: nn.Module) -> None:
        self._layer.mlp = module

    def qkv(self, x_SNC: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, each S,H,N,K."""
        attention, h_SNC = self._layer.self_attn, self._layer.layer_norm1(x_SNC)
        shape = (*x_SNC.shape[:2], self._heads, x_SNC.shape[2] // self._heads)
        q, k, v = (
            project(h_SNC).view(shape).transpose(1, 2)
            for project in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        return q, k, v

    def attended(self, x_SNC: Tensor, mixed_SNC: Tensor) -> Tensor:
        """``x + out_proj(mixed)``."""
        y: Tensor = x_SNC + self._layer.self_attn.out_proj(mixed_SNC)
        return y

    def normed(self, x_SNC: Tensor) -> Tensor:
        """``layer_norm2(x)``."""
        h: Tensor = self._layer.layer_norm2(x_SNC)
        return h

    def fed(self, x_SNC: Tensor, y_SNC: Tensor) -> Tensor:
        """``x + y``."""
        return x_SNC + y_SNC

    def parameters_of(self, mlp: bool) -> list[nn.Parameter]:
        """Parameters that one half reads."""
        layer = self._layer
        parts = (layer.layer_norm2, layer.mlp) if mlp else (layer.layer_norm1, layer.self_attn)
        return [parameter for part in parts for parameter in part.parameters()]


class ClipTower:
    """A CLIP vision model as a tower; features leave behind ``blocks_read`` blocks, not normed."""

    extra_tokens = 1
    slices_per_unit = 1

    def __init__(self, clip: CLIPVisionModel, spec: VisionSpec, image_size: int) -> None:
        """Args:
        image_size: rows and columns of its input; positions are interpolated where it is not the spec's.
        """
        self._clip = clip
        self.blocks: Sequence[Block] = [ClipBlock(layer, spec.heads) for layer in clip.encoder.layers]
        self.taps: tuple[Tap, ...] = (Tap(block=spec.blocks_read - 1, final_norm=False),)
        self.image_size, self.patch_size = image_size, spec.patch_size
        self.width, self.heads, self.mlp_width = spec.hidden, spec.heads, spec.mlp

    def embed(self, pixels_S3II: Tensor) -> Tensor:
        """Patches, class token, learned 2D positions, first norm; SNC."""
        embeddings = self._clip.embeddings
        patches_SPC = embeddings.patch_embedding(pixels_S3II).flatten(2).transpose(1, 2)
        class_S1C = embeddings.class_embedding.expand(patches_SPC.shape[0], 1, -1)
        table_1NC = embeddings.position_embedding.weight.unsqueeze(0)
        positions = positions_for(table_1NC, self.extra_tokens, self.image_size // self.patch_size)
        x_SNC: Tensor = self._clip.pre_layrnorm(
            torch.cat([class_S1C.to(patches_SPC.dtype), patches_SPC], dim=1) + positions
        )
        return x_SNC

    def finish(self, x_SNC: Tensor, tap: Tap) -> Tensor:
        """Patch features, SPC; Phi-3-V reads them before the final norm, at every tap."""
        return x_SNC[..., self.extra_tokens :, :]

    def embedding_parameters(self) -> list[nn.Parameter]:
        """Parameters that ``embed`` reads."""
        return [*self._clip.embeddings.parameters(), *self._clip.pre_layrnorm.parameters()]
