"""The decoder of a Llama, Qwen2 or Qwen3 text config: transformers' modules, walked layer by layer."""

# Shapes: R = rows, T = positions, L = hidden, H = heads, K = head width.
from __future__ import annotations

from typing import Any, Final

from torch import Tensor, nn

from tomoe_worker.model.bases.causal import CausalDecoder, DecoderLayer, DecoderParts, Rotary
from tomoe_worker.model.bases.internvl.config import InternVlSizes
from tomoe_worker.model.bases.rotation import plain_rotation
from tomoe_worker.model.blocks import BlockRunner
from tomoe_worker.model.rotary import rotate

LINEAR_LAYERS: Final = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class TextLayer:
    """One layer in its two halves; queries and keys are normed by head where the family does so."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    def qkv(self, x_RTL: Tensor, rotary: Rotary) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values; queries and keys turned."""
        attention, h_RTL = self._layer.self_attn, self._layer.input_layernorm(x_RTL)
        shape = (*h_RTL.shape[:2], -1, attention.head_dim)
        q, k, v = (
            project(h_RTL).view(shape) for project in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        if hasattr(attention, "q_norm"):
            q, k = attention.q_norm(q), attention.k_norm(k)
        return rotate(q.transpose(1, 2), rotary), rotate(k.transpose(1, 2), rotary), v.transpose(1, 2)

    def attended(self, x_RTL: Tensor, mixed_RHTK: Tensor) -> Tensor:
        """``x + o_proj(mixed)``."""
        mixed = mixed_RHTK.transpose(1, 2).flatten(2)
        y: Tensor = x_RTL + self._layer.self_attn.o_proj(mixed)
        return y

    def fed(self, x_RTL: Tensor) -> Tensor:
        """``x + mlp(norm(x))``."""
        y: Tensor = x_RTL + self._layer.mlp(self._layer.post_attention_layernorm(x_RTL))
        return y


def text_decoder(model: Any, head: nn.Linear | None, sizes: InternVlSizes, run: BlockRunner) -> CausalDecoder:
    """The walk over a language model; without a head of its own the embedding's table is the head."""
    text = sizes.config.text_config
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    layers: list[DecoderLayer] = [TextLayer(layer) for layer in model.layers]
    return CausalDecoder(
        DecoderParts(
            layers=layers,
            embedding=model.embed_tokens,
            norm=model.norm,
            head=model.embed_tokens if head is None else head,
            rotary=plain_rotation(sizes.rope_theta, width),
            heads=text.num_attention_heads,
            key_value_heads=text.num_key_value_heads,
            head_width=width,
            mlp_width=text.intermediate_size,
            max_positions=sizes.max_positions,
            run=run,
        )
    )
