"""The published config of an InternVL: what is used of it, what is not, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from transformers import CONFIG_MAPPING, InternVLConfig

from tomoe_worker.model.bases.config import (
    LAYERS,
    NUMBER,
    SIDE,
    SIZE,
    SWITCH,
    TABLE,
    WORDS,
    Kind,
    indivisible,
    missing_fields,
    parsed,
    side_of,
    unknown_fields,
    wrong_kinds,
    wrong_values,
)
from tomoe_worker.model.bases.facts import FamilyFacts, rope_sets, use_problems
from tomoe_worker.spec import PublishedBase

LAYOUT: Final = "internvl"
# ImageNet's, in every published preprocessor.
_MEAN: Final = (0.485, 0.456, 0.406)
_STD: Final = (0.229, 0.224, 0.225)
_TOP_USED: Final = (
    "vision_config",
    "text_config",
    "downsample_ratio",
    "projector_hidden_act",
    "vision_feature_layer",
    "vision_feature_select_strategy",
    "image_token_id",
    "tie_word_embeddings",
)
_TOP_UNUSED: Final = {"image_seq_length": "follows from the size of an image and the merge"}
_VISION_USED: Final = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "attention_bias",
    "use_qk_norm",
    "intermediate_size",
    "hidden_act",
    "norm_type",
    "layer_norm_eps",
    "image_size",
    "patch_size",
    "num_channels",
    "use_absolute_position_embeddings",
    "use_mean_pooling",
)
_VISION_UNUSED: Final = {
    "use_mask_token": "no patch is masked",
    "layer_scale_init_value": "of first weights, which the files hold",
}
_TEXT_USED: Final = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
    "intermediate_size", "hidden_act", "rms_norm_eps", "vocab_size", "max_position_embeddings", "rope_theta",
    "rope_parameters", "rope_scaling", "attention_bias", "mlp_bias", "tie_word_embeddings",
    "use_sliding_window", "layer_types",
)  # fmt: skip
_TEXT_UNUSED: Final = {
    "sliding_window": "of layers that slide, which are refused",
    "max_window_layers": "of layers that slide, which are refused",
    "pretraining_tp": "how the linear maps were cut while training",
}
TEXTS: Final = ("llama", "qwen2", "qwen3")
_TEXT_KNOWN: Final[Mapping[str, tuple[Any, ...]]] = {
    "model_type": TEXTS,
    "hidden_act": ("silu",),
    "use_sliding_window": (False,),
}
_GELU: Final = ("gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu")
_TOP_KNOWN: Final[Mapping[str, tuple[Any, ...]]] = {
    "projector_hidden_act": _GELU,
    "vision_feature_layer": (-1,),
    "vision_feature_select_strategy": ("default",),
    "downsample_ratio": (0.5,),
}
_VISION_KNOWN: Final[Mapping[str, tuple[Any, ...]]] = {
    "model_type": ("internvl_vision",),
    "hidden_act": _GELU,
    "norm_type": ("layer_norm", "rms_norm"),
    "num_channels": (3,),
    "use_absolute_position_embeddings": (True,),
}
_TOP_KINDS: Final[Mapping[str, Kind]] = {"image_token_id": SIZE, "tie_word_embeddings": SWITCH}
_VISION_KINDS: Final[Mapping[str, Kind]] = {
    **{name: SIZE for name in ("hidden_size", "num_attention_heads", "intermediate_size")},
    **{name: SWITCH for name in ("attention_bias", "use_qk_norm", "use_mean_pooling")},
    **{name: SIDE for name in ("image_size", "patch_size")},
    "num_hidden_layers": LAYERS,
    "layer_norm_eps": NUMBER,
}
_TEXT_SIZES: Final = (
    "hidden_size", "num_attention_heads", "num_key_value_heads", "head_dim", "intermediate_size",
    "vocab_size", "max_position_embeddings",
)  # fmt: skip
_TEXT_KINDS: Final[Mapping[str, Kind]] = {
    **{name: SIZE for name in _TEXT_SIZES},
    **{name: SWITCH for name in ("attention_bias", "mlp_bias", "tie_word_embeddings")},
    **{name: NUMBER for name in ("rms_norm_eps", "rope_theta")},
    **{name: TABLE for name in ("rope_parameters", "rope_scaling")},
    "num_hidden_layers": LAYERS,
    "layer_types": WORDS,
}
_ROPE_USED: Final = ("rope_type", "type", "rope_theta", "partial_rotary_factor")
_ROPE_UNUSED: Final = {"factor": "of sequences behind the longest position, which are refused"}
_ROPE_KNOWN: Final[Mapping[str, tuple[Any, ...]]] = {"partial_rotary_factor": (1.0,)}
# Frequencies below the longest position of the config; a longer sequence is refused, so "dynamic" is plain.
_ROTARY: Final = ("default", "dynamic")


@dataclass(frozen=True, kw_only=True)
class InternVlSizes:
    """What the rest of the family asks of a config."""

    config: InternVLConfig
    image_size: int
    max_positions: int
    tied: bool
    rope_theta: float

    @property
    def patch_size(self) -> int:
        """Side of a patch in pixels."""
        return int(self.config.vision_config.patch_size[0])

    @property
    def merge(self) -> int:
        """Neighbouring patches a side that become one token."""
        return int(1 / self.config.downsample_ratio)


def problems_of(base: PublishedBase) -> list[str]:
    """What keeps this config, at this size, from being built."""
    return config_problems(base.config) or use_problems(base, facts(base.config))


def config_problems(text: str) -> list[str]:
    """As ``Family.config_problems``."""
    config = parsed(text)
    vision, language = config.get("vision_config"), config.get("text_config")
    if not isinstance(vision, dict) or not isinstance(language, dict):
        return ["the config holds no vision_config and text_config"]
    problems = [
        *unknown_fields(config, "", _TOP_USED, _TOP_UNUSED),
        *unknown_fields(vision, "vision_config.", _VISION_USED, _VISION_UNUSED),
        *unknown_fields(language, "text_config.", _TEXT_USED, _TEXT_UNUSED),
        *wrong_values(config, "", _TOP_KNOWN),
        *wrong_values(vision, "vision_config.", _VISION_KNOWN),
        *wrong_values(language, "text_config.", _TEXT_KNOWN),
        *wrong_kinds(config, "", _TOP_KINDS),
        *wrong_kinds(vision, "vision_config.", _VISION_KINDS),
        *wrong_kinds(language, "text_config.", _TEXT_KINDS),
        *missing_fields(
            vision, "vision_config.", ("hidden_size", "num_hidden_layers", "num_attention_heads")
        ),
        *missing_fields(
            language, "text_config.", ("model_type", "hidden_size", "num_hidden_layers", "vocab_size")
        ),
    ]
    return problems or [*_shape_problems(vision, language), *_position_problems(language)]


def _shape_problems(vision: Mapping[str, Any], language: Mapping[str, Any]) -> list[str]:
    heads = [("num_attention_heads", "num_key_value_heads")]
    if language.get("head_dim") is None:
        heads.append(("hidden_size", "num_attention_heads"))
    return [
        *indivisible(vision, "vision_config.", ("hidden_size", "num_attention_heads")),
        *indivisible(vision, "vision_config.", ("image_size", "patch_size")),
        *indivisible(language, "text_config.", *heads),
    ]


def _position_problems(language: Mapping[str, Any]) -> list[str]:
    problems = []
    kinds = {"full_attention", *(language.get("layer_types") or ())}
    if kinds != {"full_attention"}:
        problems.append(f"text_config.layer_types holds {sorted(kinds - {'full_attention'})}")
    rotary = rope_of(language)
    problems += [
        *unknown_fields(rotary, "text_config.rope_parameters.", _ROPE_USED, _ROPE_UNUSED),
        *wrong_values(rotary, "text_config.rope_parameters.", _ROPE_KNOWN),
    ]
    kind = rotary.get("rope_type", rotary.get("type", "default"))
    if kind not in _ROTARY:
        problems.append(f"text_config turns positions by {kind!r}, this version by {' or '.join(_ROTARY)}")
    return problems + wrong_kinds(rotary, "text_config.", {"rope_theta": NUMBER, "factor": NUMBER})


def facts(text: str) -> FamilyFacts:
    """As ``Family.facts``."""
    built = _built(parsed(text))
    vision = built.vision_config
    merge, longest = int(1 / built.downsample_ratio), int(built.text_config.max_position_embeddings)
    return FamilyFacts(
        image_size=int(vision.image_size[0]),
        size_multiple=int(vision.patch_size[0]) * merge,
        merge_size=merge,
        max_positions=longest,
        rope_sets=rope_sets(longest, ("default", longest)),
        layouts=(LAYOUT,),
        mean=_MEAN,
        std=_STD,
    )


def sizes_of(base: PublishedBase) -> InternVlSizes:
    """The sizes of a config without problems."""
    config = parsed(base.config)
    text = config["text_config"]
    return InternVlSizes(
        config=_built(config),
        image_size=base.image_size,
        max_positions=base.max_positions,
        tied=bool(config.get("tie_word_embeddings", text.get("tie_word_embeddings", False))),
        rope_theta=float(rope_of(text).get("rope_theta", text.get("rope_theta", 10_000.0))),
    )


def _built(config: Mapping[str, Any]) -> InternVLConfig:
    vision, text = config["vision_config"], config["text_config"]
    own = {name: vision[name] for name in _VISION_USED if vision.get(name) is not None}
    for name in ("image_size", "patch_size"):
        if name in own:
            own[name] = [side_of(own[name])] * 2
    return InternVLConfig(
        vision_config=_of_floats(own),
        text_config=CONFIG_MAPPING[text["model_type"]].from_dict(_of_floats(text)),
        **{name: config[name] for name in _TOP_USED[2:] if config.get(name) is not None},
    )


def _of_floats(config: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical JSON writes 1.0 as 1, and transformers wants the type that was published."""
    rotary = ("rope_theta", "factor")
    held: dict[str, Any] = {
        name: float(value) if name in ("layer_norm_eps", "rms_norm_eps", *rotary) else value
        for name, value in config.items()
        if value is not None
    }
    for name in ("rope_parameters", "rope_scaling"):
        if isinstance(held.get(name), dict):
            held[name] = _of_floats(held[name])
    return held


def rope_of(text: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rotary part of a text config, in either of its two published spellings."""
    held: Mapping[str, Any] = text.get("rope_parameters") or text.get("rope_scaling") or {}
    return held
