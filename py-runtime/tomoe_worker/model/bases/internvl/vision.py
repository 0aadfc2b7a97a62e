"""InternVL's tower: transformers' modules, walked half block by half block."""

# Shapes: S = slices, N = tokens per slice (class token first), P = N - 1 patches, C = hidden, H = heads, K =
# head width.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from tomoe_worker.model.base import Block, Tap
from tomoe_worker.model.bases.internvl.config import InternVlSizes
from tomoe_worker.model.bases.positions import positions_for

LINEAR_MAPS: Final = ("q_proj", "k_proj", "v_proj", "projection_layer", "fc1", "fc2")


class InternVlBlock:
    """One encoder layer in its two halves; each half is scaled before it is added."""

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
        """Queries, keys and values, each S,H,N,K; queries and keys normed over the whole width where the
        config says so.
        """
        attention, h_SNC = self._layer.attention, self._layer.layernorm_before(x_SNC)
        shape = (*x_SNC.shape[:2], self._heads, x_SNC.shape[2] // self._heads)
        q_SNC = attention.q_norm(attention.q_proj(h_SNC))
        k_SNC = attention.k_norm(attention.k_proj(h_SNC))
        q, k, v = (part.view(shape).transpose(1, 2) for part in (q_SNC, k_SNC, attention.v_proj(h_SNC)))
        return q, k, v

    def attended(self, x_SNC: Tensor, mixed_SNC: Tensor) -> Tensor:
        """``lambda_1 * projection(mixed) + x``."""
        y_SNC = self._layer.attention.projection_layer(mixed_SNC)
        y: Tensor = self._layer.lambda_1.to(y_SNC.dtype) * y_SNC + x_SNC
        return y

    def normed(self, x_SNC: Tensor) -> Tensor:
        """``layernorm_after(x)``."""
        h: Tensor = self._layer.layernorm_after(x_SNC)
        return h

    def fed(self, x_SNC: Tensor, y_SNC: Tensor) -> Tensor:
        """``lambda_2 * y + x``."""
        fed: Tensor = self._layer.lambda_2.to(y_SNC.dtype) * y_SNC + x_SNC
        return fed

    def parameters_of(self, mlp: bool) -> list[nn.Parameter]:
        """Parameters that one half reads."""
        layer = self._layer
        parts, scale = (
            ((layer.layernorm_after, layer.mlp), layer.lambda_2)
            if mlp
            else ((layer.layernorm_before, layer.attention), layer.lambda_1)
        )
        return [*(parameter for part in parts for parameter in part.parameters()), scale]


class InternVlTower:
    """The vision model as a tower: features leave behind the last block, normed or not."""

    extra_tokens = 1
    slices_per_unit = 1

    def __init__(self, model: Any, sizes: InternVlSizes) -> None:
        vision = sizes.config.vision_config
        self._model = model
        self.blocks: Sequence[Block] = [
            InternVlBlock(layer, vision.num_attention_heads) for layer in model.encoder.layer
        ]
        self.taps: tuple[Tap, ...] = (
            Tap(block=vision.num_hidden_layers - 1, final_norm=not vision.use_mean_pooling),
        )
        self.image_size, self.patch_size = sizes.image_size, sizes.patch_size
        self.width, self.heads = vision.hidden_size, vision.num_attention_heads
        self.mlp_width = vision.intermediate_size

    def embed(self, pixels_S3II: Tensor) -> Tensor:
        """Patches, class token, learned positions at this size; SNC."""
        embeddings = self._model.embeddings
        patches_SPC = embeddings.patch_embeddings.projection(pixels_S3II).flatten(2).transpose(1, 2)
        class_S1C = embeddings.cls_token.expand(patches_SPC.shape[0], -1, -1)
        x_SNC = torch.cat([class_S1C.to(patches_SPC.dtype), patches_SPC], dim=1)
        side = self.image_size // self.patch_size
        return x_SNC + positions_for(embeddings.position_embeddings, self.extra_tokens, side)

    def finish(self, x_SNC: Tensor, tap: Tap) -> Tensor:
        """Patch features, SPC."""
        normed: Tensor = self._model.layernorm(x_SNC) if tap.final_norm else x_SNC
        return normed[..., self.extra_tokens :, :]

    def embedding_parameters(self) -> list[nn.Parameter]:
        """Parameters that ``embed`` reads."""
        return list(self._model.embeddings.parameters())
