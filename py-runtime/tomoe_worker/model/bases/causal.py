"""A causal decoder over embeddings, walked layer by layer: training forward, cached prefill and continuation.

The layers are the family's own, each in two halves; the walk is ours, so that a row needs no mask when its
padding is on the right, the last layer computes only the positions that are read, and several continuations
of one prefix share its keys and values, in training as in generation.
"""

# Shapes: R = rows, T = positions, Q = positions whose output is read, L = hidden, H = heads, K = head width.
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tomoe_worker.model.base import Apart, KeyValues
from tomoe_worker.model.blocks import BlockRunner
from tomoe_worker.model.precision import lowered, scores

Rotary = tuple[Tensor, Tensor]


class DecoderLayer(Protocol):
    """One residual layer of a decoder in its two halves."""

    def qkv(self, x_RTL: Tensor, rotary: Rotary) -> tuple[Tensor, Tensor, Tensor]:
        """Turned queries and keys, and values: R,H,T,K each, with the family's number of key heads."""

    def attended(self, x_RTL: Tensor, mixed_RHTK: Tensor) -> Tensor:
        """The residual stream behind the attention half."""

    def fed(self, x_RTL: Tensor) -> Tensor:
        """The residual stream behind the MLP half."""


@dataclass(frozen=True, kw_only=True)
class DecoderParts:
    """What a family gives the walk: objects, no closures, so that a copied model walks its own weights.

    ``rotary`` gives cosine and sine of positions, each ...TK in float32.
    """

    layers: Sequence[DecoderLayer]
    embedding: nn.Embedding
    norm: Callable[[Tensor], Tensor]
    head: nn.Embedding | nn.Linear  # whose table gives a score for every id; no bias
    rotary: Callable[[Tensor], Rotary]
    heads: int
    key_value_heads: int
    head_width: int
    mlp_width: int
    max_positions: int
    run: BlockRunner


class CausalDecoder:
    """Walks the layers of a decoder; holds no parameters of its own."""

    def __init__(self, parts: DecoderParts) -> None:
        self._parts = parts
        self._layers = parts.layers
        self._gqa = parts.heads != parts.key_value_heads
        self.layers = len(parts.layers)
        self.width = parts.embedding.embedding_dim
        self.vocab = parts.embedding.num_embeddings
        self.mlp_width = parts.mlp_width
        self.max_positions = parts.max_positions
        self.kv_numbers = 2 * self.layers * parts.key_value_heads * parts.head_width

    @property
    def table_VL(self) -> Tensor:
        """Its token embeddings."""
        return self._parts.embedding.weight

    def embed(self, ids: Tensor) -> Tensor:
        """Embeddings of ids of any shape."""
        return lowered(self._parts.embedding(ids))

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of every id, in float32."""
        return scores(hidden, self._parts.head.weight)

    def read_positions(self, x_RTL: Tensor, read_RQ: Tensor) -> Tensor:
        """Final hidden states at the positions ``read_RQ`` of right-padded rows, RQL.

        Padding needs no mask: it stands behind everything a real position attends to.
        """
        rotary = self._parts.rotary(torch.arange(x_RTL.shape[1], device=x_RTL.device))
        for layer in self._layers[:-1]:
            x_RTL = self._parts.run(decoder_layer, x_RTL, layer, rotary, self._gqa)
        seen_RQT = torch.arange(x_RTL.shape[1], device=x_RTL.device) <= read_RQ[..., None]
        given = (rotary, self._gqa, read_RQ, seen_RQT)
        return self._parts.norm(self._parts.run.plain(last_layer, x_RTL, self._layers[-1], *given))

    def read_apart(self, x_RTL: Tensor, apart: Apart, read_RQ: Tensor) -> Tensor:
        """The same of rows that hold several sequences each, as ``model.base.Decoder.read_apart``."""
        cos, sin = self._parts.rotary(apart.positions_RT)
        rotary = cos.unsqueeze(1), sin.unsqueeze(1)
        rows, width = x_RTL.shape[:2]
        behind_RS = torch.arange(apart.front, width, device=x_RTL.device).expand(rows, -1)
        seen_RST = visible(apart.of_RT, behind_RS)
        for layer in self._layers[:-1]:
            given = (rotary, self._gqa, apart.front, seen_RST)
            x_RTL = self._parts.run(shared_layer, x_RTL, layer, *given)
        last = (rotary, self._gqa, read_RQ, visible(apart.of_RT, read_RQ))
        return self._parts.norm(self._parts.run.plain(last_layer, x_RTL, self._layers[-1], *last))

    def prefill(self, x_RTL: Tensor, lengths_R: Tensor) -> tuple[Tensor, KeyValues]:
        """Final hidden state at each row's last real position, RL, and the cache of right-padded prefixes."""
        positions = torch.arange(x_RTL.shape[1], device=x_RTL.device)
        rotary = self._parts.rotary(positions)
        keys, values = [], []
        for layer in self._layers:
            q, k, v = layer.qkv(x_RTL, rotary)
            keys.append(k)
            values.append(v)
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self._gqa)
            x_RTL = layer.fed(layer.attended(x_RTL, mixed))
        rows = torch.arange(x_RTL.shape[0], device=x_RTL.device)
        cache = KeyValues(
            keys=tuple(keys), values=tuple(values), visible_RT=positions[None, :] < lengths_R[:, None]
        )
        return self._parts.norm(x_RTL[rows, lengths_R - 1]), cache

    def extend(
        self, x_RTL: Tensor, positions_RT: Tensor, within_RTT: Tensor, cache: KeyValues
    ) -> tuple[Tensor, KeyValues]:
        """Hidden states of new positions behind a cache, RTL, and the cache grown by them; as
        ``model.base.Decoder.extend``.
        """
        cos, sin = self._parts.rotary(positions_RT)
        rotary = cos.unsqueeze(1), sin.unsqueeze(1)
        new = x_RTL.shape[1]
        visible_RTS = cache.visible_RT[:, None, :].expand(-1, new, -1)
        mask = torch.cat([visible_RTS, within_RTT], dim=-1).unsqueeze(1)
        keys, values = [], []
        for layer, old_keys, old_values in zip(self._layers, cache.keys, cache.values, strict=True):
            q, k, v = layer.qkv(x_RTL, rotary)
            keys.append(torch.cat([old_keys, k], dim=2))
            values.append(torch.cat([old_values, v], dim=2))
            mixed = F.scaled_dot_product_attention(
                q, keys[-1], values[-1], attn_mask=mask, enable_gqa=self._gqa
            )
            x_RTL = layer.fed(layer.attended(x_RTL, mixed))
        seen_RT = torch.ones_like(positions_RT, dtype=torch.bool)
        grown = KeyValues(
            keys=tuple(keys), values=tuple(values), visible_RT=torch.cat([cache.visible_RT, seen_RT], dim=1)
        )
        return self._parts.norm(x_RTL), grown


def decoder_layer(x_RTL: Tensor, layer: DecoderLayer, rotary: Rotary, gqa: bool) -> Tensor:
    """One layer over whole right-padded rows, RTL.

    Args:
        gqa: whether several heads share a key.
    """
    q, k, v = layer.qkv(x_RTL, rotary)
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=gqa)
    return layer.fed(layer.attended(x_RTL, mixed))


def visible(of_RT: Tensor, read_RQ: Tensor) -> Tensor:
    """Which positions of its row each of the places ``read_RQ`` attends to, RQT: the prefix and its own
    sequence, as far as they stand before it, and itself.

    Args:
        of_RT: as ``Apart.of_RT``.
    """
    before = torch.arange(of_RT.shape[1], device=of_RT.device) <= read_RQ[..., None]
    own = of_RT[:, None, :] == of_RT.gather(1, read_RQ)[..., None]
    return before & (own | (of_RT == 0)[:, None, :])


def shared_layer(
    x_RTL: Tensor, layer: DecoderLayer, rotary: Rotary, gqa: bool, front: int, seen_RST: Tensor
) -> Tensor:
    """One layer over rows of several sequences behind one prefix each, RTL.

    Args:
        front: positions of the prefix, which needs no mask.
        seen_RST: what each position behind it attends to.
    """
    q, k, v = layer.qkv(x_RTL, rotary)
    q_P, k_P, v_P = (part[:, :, :front] for part in (q, k, v))
    mixed_prefix = F.scaled_dot_product_attention(q_P, k_P, v_P, is_causal=True, enable_gqa=gqa)
    mask = seen_RST.unsqueeze(1)
    mixed = F.scaled_dot_product_attention(q[:, :, front:], k, v, attn_mask=mask, enable_gqa=gqa)
    return layer.fed(layer.attended(x_RTL, torch.cat([mixed_prefix, mixed], dim=2)))


def last_layer(
    x_RTL: Tensor, layer: DecoderLayer, rotary: Rotary, gqa: bool, read_RQ: Tensor, seen_RQT: Tensor
) -> Tensor:
    """One layer at the positions ``read_RQ`` alone, which attend to ``seen_RQT``; RQL."""
    q, k, v = layer.qkv(x_RTL, rotary)
    q_index = read_RQ[:, None, :, None].expand(-1, q.shape[1], -1, q.shape[3])
    mask = seen_RQT.unsqueeze(1)
    mixed = F.scaled_dot_product_attention(q.gather(2, q_index), k, v, attn_mask=mask, enable_gqa=gqa)
    kept_RQL = x_RTL.gather(1, read_RQ[..., None].expand(-1, -1, x_RTL.shape[2]))
    return layer.fed(layer.attended(kept_RQL, mixed))
