"""A published config, field by field: each is used, or named as unused with a reason, or refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
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
    "of another kind of model, by every family's model_type": (
        "id2label",
        "label2id",
        "problem_type",
        "is_encoder_decoder",
    ),
    "how a pass is cut, not what it gives": ("chunk_size_feed_forward",),
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


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What the value of a field must be, in words and as a test of it."""

    words: str
    holds: Callable[[Any], bool]


def _is_size(value: Any) -> bool:
    # Far above any size there is, far below where a product of two overflows.
    return type(value) is int and 0 < value < 1 << 28


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value > 0


def _is_square(value: Any) -> bool:
    return _is_size(value) or (
        isinstance(value, list) and len(value) == 2 and len({*map(repr, value)}) == 1 and _is_size(value[0])
    )


def _is_layers(value: Any) -> bool:
    return _is_size(value) and value <= 1000


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _is_word(value: Any) -> bool:
    return isinstance(value, str)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_word, value))


SIZE: Final = Kind(words="a whole number above 0", holds=_is_size)
LAYERS: Final = Kind(words="a whole number of 1..1000", holds=_is_layers)
SIDE: Final = Kind(words="a whole number above 0, or it twice: a square", holds=_is_square)
NUMBER: Final = Kind(words="a finite number above 0", holds=_is_number)
SWITCH: Final = Kind(words="true or false", holds=_is_switch)
WORD: Final = Kind(words="a text", holds=_is_word)
TABLE: Final = Kind(words="a table of fields", holds=_is_table)
NUMBERS: Final = Kind(
    words="a list of finite numbers above 0",
    holds=_are_numbers,
)
WORDS: Final = Kind(
    words="a list of texts",
    holds=_are_words,
)


def wrong_kinds(config: Mapping[str, Any], where: str, kinds: Mapping[str, Kind]) -> list[str]:
    """Fields whose value is no such thing at all; an absent one, or null, is none of them."""
    return [
        f"{where}{name} is {json.dumps(config[name])[:60]}, it must be {kind.words}"
        for name, kind in kinds.items()
        if config.get(name) is not None and not kind.holds(config[name])
    ]


def side_of(value: Any) -> int:
    """Rows of a square that is written as one number or as two."""
    return int(value[0] if isinstance(value, list) else value)


def indivisible(config: Mapping[str, Any], where: str, *pairs: tuple[str, str]) -> list[str]:
    """Pairs of fields, both there, of which the first is no multiple of the second."""
    return [
        f"{where}{whole} {config[whole]} is not a multiple of {part} {config[part]}"
        for whole, part in pairs
        if config.get(whole) is not None
        and config.get(part) is not None
        and side_of(config[whole]) % side_of(config[part])
    ]


def missing_fields(config: Mapping[str, Any], where: str, needed: Collection[str]) -> list[str]:
    """Sizes that only the config can tell and does not."""
    return [f"{where}{name} is missing" for name in needed if config.get(name) is None]
