"""A published config, field by field: each is used, or named as unused with a reason, or refused."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "says who wrote the file and with what": (
        "architectures",
        "auto_map",
        "model_type",
        "transformers_version",
        "_name_or_path",
        "_attn_implementation",
        "_attn_implementation_autoset",
    ),
    "asks for outputs that nothing here reads": (
        "return_dict",
        "output_attentions",
        "output_hidden_states",
    ),
    "each tensor says its own type": ("torch_dtype", "dtype"),
    "of first weights, which the files hold": ("initializer_range", "initializer_factor"),
    "nothing is dropped here": (
        "attention_dropout",
        "embd_pdrop",
        "resid_pdrop",
        "dropout",
        "hidden_dropout_prob",
        "projection_dropout",
        "drop_path_rate",
    ),
    "the frame around a text and the cache of keys are ours": (
        "bos_token_id",
        "eos_token_id",
        "pad_token_id",
        "use_cache",
    ),
}
# Unused by every family, with the reason.
BOOKKEEPING: Final = {name: reason for reason in _REASONS for name in _REASONS[reason]}


def parsed(text: str) -> dict[str, Any]:
    """The config as its spec carries it."""
    held: dict[str, Any] = json.loads(text)
    return held


def unknown_fields(
    config: Mapping[str, Any], where: str, used: Collection[str], unused: Mapping[str, str]
) -> list[str]:
    """Fields that are neither used nor known to be of no use: they may change the maths."""
    return [
        f"{where}{name} is {json.dumps(value)[:60]}: this version does not know it, it may change the maths"
        for name, value in config.items()
        if name not in used and name not in unused and name not in BOOKKEEPING
    ]


def wrong_values(config: Mapping[str, Any], where: str, known: Mapping[str, tuple[Any, ...]]) -> list[str]:
    """Fields with a value that this version does not compute; an absent field has the first known one."""
    return [
        f"{where}{name} is {json.dumps(config[name])[:60]}, this version computes "
        + " or ".join(json.dumps(one) for one in values)
        for name, values in known.items()
        if name in config and config[name] not in values
    ]


def missing_fields(config: Mapping[str, Any], where: str, needed: Collection[str]) -> list[str]:
    """Sizes that only the config can tell and does not."""
    return [f"{where}{name} is missing" for name in needed if config.get(name) is None]
