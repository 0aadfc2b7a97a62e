"""The Phi-3 decoder over embeddings: training forward, cached prefill and cached continuation, own LoRA.

Modules and weights are those of ``transformers``' Phi3ForCausalLM (fused qkv and gate_up, RMSNorm); the walk
is ours, so that a row needs no mask when its padding is on the right, the last layer computes only the
positions that are read, and several continuations of one prefix share its keys and values.
"""

# Shapes: R = rows, T = positions, Q = positions whose output is read, L = hidden, H = heads, K = head width,
#         S = cached positions.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import Phi3Config, Phi3ForCausalLM

from tomoe_worker.model.rotary import rotate
from tomoe_worker.spec import LanguageSpec

LINEAR_LAYERS: Final = ("qkv_proj", "o_proj", "gate_up_proj", "down_proj")
LORA_INITIALS: Final = ("kaiming-uniform",)


def build_phi3(spec: LanguageSpec) -> Phi3ForCausalLM:
    """An untrained Phi-3 of the given size, with zero-effect LoRA adapters on ``lora_targets`` when
    ``lora_rank`` is above 0.
    """
    phi3 = Phi3ForCausalLM(
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
    if spec.lora_rank:
        for layer in phi3.model.layers:
            for owner in (layer.self_attn, layer.mlp):
                for name in spec.lora_targets:
                    if hasattr(owner, name):
                        setattr(
                            owner, name, LoraLinear(getattr(owner, name), spec.lora_rank, spec.lora_alpha)
                        )
    return phi3


class LoraLinear(nn.Module):
    """A bias-free linear map with a low-rank update; key ``weight`` stays where the plain layer had it.

    Source: Hu et al., https://arxiv.org/abs/2106.09685 (B starts at zero: no effect at step 0).
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.weight = base.weight
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank))
        # "kaiming-uniform": as nn.Linear starts its own weight, within 1 / sqrt(inputs).
        nn.init.kaiming_uniform_(self.lora_A, a=5**0.5)
        self._scale = alpha / rank

    def forward(self, x: Tensor) -> Tensor:
        """``x W^T + (alpha / rank) x A^T B^T``."""
        return F.linear(x, self.weight) + F.linear(F.linear(x, self.lora_A), self.lora_B) * self._scale


@dataclass(frozen=True, kw_only=True)
class KeyValues:
    """Cached keys and values of every layer, each R, H_kv, S, K, and how many of the S are real in each
    row.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    visible_RS: Tensor  # bool: cached positions that a continuation may attend to


class Decoder:
    """Walks a Phi-3 model; holds no parameters of its own."""

    def __init__(self, phi3_model: Any, spec: LanguageSpec) -> None:
        self._model = phi3_model
        self._spec = spec
        self._width = spec.hidden // spec.heads

    def read_positions(self, x_RTL: Tensor, read_RQ: Tensor) -> Tensor:
        """Final hidden states at the positions ``read_RQ`` of right-padded rows, RQL.

        Padding needs no mask: it stands behind everything a real position attends to.
        """
        rotary = self._rotary(torch.arange(x_RTL.shape[1], device=x_RTL.device))
        last = len(self._model.layers) - 1
        for index, layer in enumerate(self._model.layers):
            read = read_RQ if index == last else None
            x_RTL = self._block(layer, x_RTL, rotary, read)
        return self._norm(x_RTL, self._model.norm)

    def prefill(self, x_RTL: Tensor, lengths_R: Tensor) -> tuple[Tensor, KeyValues]:
        """Final hidden state at each row's last real position, RL, and the cache of right-padded prefixes."""
        positions = torch.arange(x_RTL.shape[1], device=x_RTL.device)
        rotary = self._rotary(positions)
        keys, values = [], []
        for layer in self._model.layers:
            q, k, v = self._project(layer, self._norm(x_RTL, layer.input_layernorm), rotary)
            keys.append(k)
            values.append(v)
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self._gqa)
            x_RTL = self._finish(layer, x_RTL, mixed)
        rows = torch.arange(x_RTL.shape[0], device=x_RTL.device)
        cache = KeyValues(
            keys=tuple(keys), values=tuple(values), visible_RS=positions[None, :] < lengths_R[:, None]
        )
        return self._norm(x_RTL[rows, lengths_R - 1], self._model.norm), cache

    def extend(
        self, x_RTL: Tensor, positions_RT: Tensor, within_RTT: Tensor, cache: KeyValues
    ) -> tuple[Tensor, KeyValues]:
        """Hidden states of new positions behind a cache, RTL, and the cache grown by them.

        Args:
            x_RTL: embeddings of the new tokens.
            positions_RT: their positions, which several continuations of one prefix may share.
            within_RTT: bool, which new positions each new position attends to (itself included).
            cache: keys and values of what stands in front; all visible ones are attended to.
        """
        rotary = tuple(part.unsqueeze(1) for part in self._rotary(positions_RT))
        new = x_RTL.shape[1]
        visible_RTS = cache.visible_RS[:, None, :].expand(-1, new, -1)
        mask = torch.cat([visible_RTS, within_RTT], dim=-1).unsqueeze(1)
        keys, values = [], []
        for index, layer in enumerate(self._model.layers):
            q, k, v = self._project(layer, self._norm(x_RTL, layer.input_layernorm), (rotary[0], rotary[1]))
            keys.append(torch.cat([cache.keys[index], k], dim=2))
            values.append(torch.cat([cache.values[index], v], dim=2))
            mixed = F.scaled_dot_product_attention(
                q, keys[-1], values[-1], attn_mask=mask, enable_gqa=self._gqa
            )
            x_RTL = self._finish(layer, x_RTL, mixed)
        seen_RT = torch.ones_like(positions_RT, dtype=torch.bool)
        grown = KeyValues(
            keys=tuple(keys), values=tuple(values), visible_RS=torch.cat([cache.visible_RS, seen_RT], dim=1)
        )
        return self._norm(x_RTL, self._model.norm), grown

    @property
    def _gqa(self) -> bool:
        return self._spec.heads != self._spec.key_value_heads

    def _rotary(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        turn = positions[..., None].float() * self._model.rotary_emb.inv_freq.float()
        turn = torch.cat([turn, turn], dim=-1)
        return turn.cos(), turn.sin()

    def _norm(self, x: Tensor, norm: Any) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), norm.weight, norm.variance_epsilon)

    def _project(
        self, layer: Any, h_RTL: Tensor, rotary: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        rows, tokens, _ = h_RTL.shape
        heads, pairs = self._spec.heads, self._spec.key_value_heads
        qkv = (
            layer.self_attn.qkv_proj(h_RTL).view(rows, tokens, heads + 2 * pairs, self._width).transpose(1, 2)
        )
        q, k, v = qkv.split([heads, pairs, pairs], dim=1)
        return rotate(q, rotary), rotate(k, rotary), v

    def _finish(self, layer: Any, x_RTL: Tensor, mixed_RHTK: Tensor) -> Tensor:
        x_RTL = x_RTL + layer.self_attn.o_proj(mixed_RHTK.transpose(1, 2).reshape(x_RTL.shape))
        gate, up = layer.mlp.gate_up_proj(self._norm(x_RTL, layer.post_attention_layernorm)).chunk(2, dim=-1)
        y: Tensor = x_RTL + layer.mlp.down_proj(up * F.silu(gate))
        return y

    def _block(
        self, layer: Any, x_RTL: Tensor, rotary: tuple[Tensor, Tensor], read_RQ: Tensor | None
    ) -> Tensor:
        q, k, v = self._project(layer, self._norm(x_RTL, layer.input_layernorm), rotary)
        if read_RQ is None:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self._gqa)
            return self._finish(layer, x_RTL, mixed)
        q_index = read_RQ[:, None, :, None].expand(-1, q.shape[1], -1, q.shape[3])
        mask = torch.arange(x_RTL.shape[1], device=x_RTL.device) <= read_RQ[:, None, :, None]
        mixed = F.scaled_dot_product_attention(
            q.gather(2, q_index), k, v, attn_mask=mask, enable_gqa=self._gqa
        )
        kept_RQL = x_RTL.gather(1, read_RQ[..., None].expand(-1, -1, x_RTL.shape[2]))
        return self._finish(layer, kept_RQL, mixed)
