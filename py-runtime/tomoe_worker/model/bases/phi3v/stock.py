"""Phi-3-V's decoder as transformers itself reads it from the published files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from transformers import Phi3Config, Phi3ForCausalLM

from tomoe_worker.model.bases.config import parsed
from tomoe_worker.model.bases.stock import Stock
from tomoe_worker.spec import PublishedBase

_FIELDS: Final = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "max_position_embeddings",
    "original_max_position_embeddings",
    "rms_norm_eps",
)


def stock(base: PublishedBase) -> Stock:
    """The decoder alone: transformers has no class for the whole, and code that comes with weights is not
    run. The tensors of the tower stay where they are.
    """
    config = parsed(base.config)

    def load(folder: Path) -> Any:
        own = Phi3Config(
            **{name: config[name] for name in _FIELDS if name in config},
            rope_parameters=_rotary(config, base.max_positions),
            tie_word_embeddings=False,
            pad_token_id=None,
        )
        return Phi3ForCausalLM.from_pretrained(
            folder, config=own, dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
        )

    return Stock(load=load, image_token=None)


def _rotary(config: Mapping[str, Any], max_positions: int) -> dict[str, Any]:
    """The pinned set in the place of both: transformers would choose by the length of each call."""
    theta = config.get("rope_theta", 10_000.0)
    scaling = config.get("rope_scaling")
    if not scaling:
        return {"rope_type": "default", "rope_theta": theta}
    original = config["original_max_position_embeddings"]
    factors = scaling["short_factor" if max_positions <= original else "long_factor"]
    return {
        "rope_type": "longrope",
        "rope_theta": theta,
        "short_factor": factors,
        "long_factor": factors,
        "original_max_position_embeddings": original,
    }
