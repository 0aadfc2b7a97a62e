"""The Phi-3 decoder: transformers' modules (fused qkv and gate_up, RMSNorm), walked layer by layer."""

# Shapes: R = rows, T = positions, L = hidden, H = heads, K = head width.
from __future__ import annotations

from typing import Any, Final

import torch.nn.functional as F
from torch import Tensor
from transformers import Phi3Config, Phi3ForCausalLM

from tomoe_worker.model.bases.causal import CausalDecoder, DecoderParts, Rotary
from tomoe_worker.model.bases.rotation import Rotation
from tomoe_worker.model.blocks import BlockRunner
from tomoe_worker.model.rotary import rotate
from tomoe_worker.spec import LanguageSpec

LINEAR_LAYERS: Final = ("qkv_proj", "o_proj", "gate_up_proj", "down_proj")


def build_phi3(spec: LanguageSpec) -> Phi3ForCausalLM:
    """An untrained Phi-3 of the given size."""
    return Phi3ForCausalLM(
        Phi3Config(
            vocab_size=spec.vocab,
            hidden_size=spec.hidden,
            intermediate_size=spec.mlp,
            num_hidden_layers=spec.layers,
            num_attention_heads=spec.heads,
            num_key_value_heads=spec.key_value_heads,
            max_position_embeddings=spec.max_positions,
            original_max_position_embeddings=spec.max_positions,
            rope_parameters={"rope_type": "default", "rope_theta": spec.rope_theta},
            rms_norm_eps=spec.norm_epsilon,
            tie_word_embeddings=False,
            initializer_range=spec.initial_std,
            pad_token_id=None,
            bos_token_id=None,
            eos_token_id=None,
            attn_implementation="sdpa",
        )
    )


def phi3_decoder(phi3: Any, spec: LanguageSpec, rotation: Rotation, run: BlockRunner) -> CausalDecoder:
    """The walk over a Phi-3 language model of the given size."""
    model = phi3.model
    return CausalDecoder(
        DecoderParts(
            layers=[Phi3Layer(layer, spec) for layer in model.layers],
            embedding=model.embed_tokens,
            norm=RmsNorm(model.norm),
            head=phi3.lm_head,
            rotary=rotation,
            heads=spec.heads,
            key_value_heads=spec.key_value_heads,
            head_width=spec.hidden // spec.heads,
            mlp_width=spec.mlp,
            max_positions=spec.max_positions,
            run=run,
        )
    )


class RmsNorm:
    """A norm's own weight and epsilon in one kernel."""

    def __init__(self, norm: Any) -> None:
        self._norm = norm

    def __call__(self, x: Tensor) -> Tensor:
        """``x / rms(x) * weight``."""
        weight = self._norm.weight.to(x.dtype)
        return F.rms_norm(x, (x.shape[-1],), weight, self._norm.variance_epsilon)


class Phi3Layer:
    """One layer of a Phi-3 model in its two halves."""

    def __init__(self, layer: Any, spec: LanguageSpec) -> None:
        self._layer, self._heads, self._pairs = layer, spec.heads, spec.key_value_heads
        self._before = RmsNorm(layer.input_layernorm)
        self._behind = RmsNorm(layer.post_attention_layernorm)
        self._width = spec.hidden // spec.heads

    def qkv(self, x_RTL: Tensor, rotary: Rotary) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values from one fused matrix; queries and keys turned."""
        h_RTL = self._before(x_RTL)
        shape = (*h_RTL.shape[:2], self._heads + 2 * self._pairs, self._width)
        fused = self._layer.self_attn.qkv_proj(h_RTL).view(shape).transpose(1, 2)
        q, k, v = fused.split([self._heads, self._pairs, self._pairs], dim=1)
        return rotate(q, rotary), rotate(k, rotary), v

    def attended(self, x_RTL: Tensor, mixed_RHTK: Tensor) -> Tensor:
        """``x + o_proj(mixed)``."""
        mixed_RTL = mixed_RHTK.transpose(1, 2).reshape(x_RTL.shape)
        y: Tensor = x_RTL + self._layer.self_attn.o_proj(mixed_RTL)
        return y

    def fed(self, x_RTL: Tensor) -> Tensor:
        """``x + down(up * silu(gate))`` of the normed stream."""
        mlp = self._layer.mlp
        gate, up = mlp.gate_up_proj(self._behind(x_RTL)).chunk(2, dim=-1)
        y: Tensor = x_RTL + mlp.down_proj(up * F.silu(gate))
        return y
