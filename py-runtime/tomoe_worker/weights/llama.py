"""A Llama decoder as GGUF stores it -> the names, the order of rows and the tokenizer of ``transformers``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor

from tomoe_worker.weights.gguf_file import GgufFile
from tomoe_worker.weights.source import invalid

_BLOCK: Final[Mapping[str, str]] = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_TOP: Final[Mapping[str, str]] = {"token_embd": "embed_tokens", "output_norm": "norm"}
_CONTROL: Final = 3  # token type of the format: never made of text


def decoder(file: GgufFile, prefix: str) -> dict[str, Tensor]:
    """Tensors by their published names, ``prefix`` in front; the head is tied and so absent.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` if a tensor fits no name of a Llama decoder with a tied head.
    """
    heads = int(file.value("llama.attention.head_count"))
    pairs = int(file.value("llama.attention.head_count_kv"))
    named: dict[str, Tensor] = {}
    for header in file.headers():
        value = file.read(header.name)
        block = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", header.name)
        top = _TOP.get(header.name.removesuffix(".weight"))
        if block is not None and block[2] in _BLOCK:
            if block[2] in ("attn_q", "attn_k"):
                value = _half_split(value, heads if block[2] == "attn_q" else pairs)
            named[f"{prefix}layers.{block[1]}.{_BLOCK[block[2]]}.weight"] = value
        elif top is not None:
            named[f"{prefix}{top}.weight"] = value
        else:
            raise invalid(file.path, f"{header.name} is no part of a Llama decoder with a tied head")
    return named


def _half_split(rows: Tensor, heads: int) -> Tensor:
    """Rows of queries or keys from the interleaved order of rotary pairs, as GGUF stores them, to halves.

    Nothing fails where it is forgotten: the model then writes noise.
    """
    out, width = rows.shape
    pairs = rows.view(heads, out // heads // 2, 2, width)
    return pairs.transpose(1, 2).reshape(out, width).contiguous()


def config(file: GgufFile) -> dict[str, Any]:
    """The ``text_config`` of the published layout."""
    value = file.value
    heads = int(value("llama.attention.head_count"))
    return {
        "model_type": "llama",
        "hidden_size": int(value("llama.embedding_length")),
        "intermediate_size": int(value("llama.feed_forward_length")),
        "num_hidden_layers": int(value("llama.block_count")),
        "num_attention_heads": heads,
        "num_key_value_heads": int(value("llama.attention.head_count_kv")),
        "head_dim": int(value("llama.rope.dimension_count")),
        "max_position_embeddings": int(value("llama.context_length")),
        "vocab_size": int(value("llama.vocab_size")),
        # Written as float32: 9.999999747378752e-06 means 1e-5.
        "rms_norm_eps": float(f"{float(value('llama.attention.layer_norm_rms_epsilon')):.6g}"),
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": float(value("llama.rope.freq_base")),
        },
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": int(value("tokenizer.ggml.bos_token_id")),
        "eos_token_id": int(value("tokenizer.ggml.eos_token_id")),
        "pad_token_id": int(value("tokenizer.ggml.padding_token_id")),
    }


def tokenizer(file: GgufFile) -> Tokenizer:
    """The byte-level BPE of the metadata.

    Digits are split one by one before anything else, as ``tokenizer.ggml.pre = smollm`` means; a reader that
    leaves it out gives other ids wherever a digit follows two blanks.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` for another kind of tokenizer.
    """
    kind = (file.value("tokenizer.ggml.model"), file.value("tokenizer.ggml.pre"))
    if kind != ("gpt2", "smollm"):
        raise invalid(file.path, f"its tokenizer is {kind[0]} with {kind[1]}, known is gpt2 with smollm")
    tokens: list[str] = list(file.value("tokenizer.ggml.tokens"))
    types: list[int] = list(file.value("tokenizer.ggml.token_type"))
    merges = [tuple(merge.split(" ", 1)) for merge in file.value("tokenizer.ggml.merges")]
    built = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    built.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    built.decoder = decoders.ByteLevel()
    built.add_special_tokens(
        [
            AddedToken(token, special=True, normalized=False)
            for token, type_ in zip(tokens, types, strict=True)
            if type_ == _CONTROL
        ]
    )
    return built
