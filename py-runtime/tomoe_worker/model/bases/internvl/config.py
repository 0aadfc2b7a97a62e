"""The published config of an InternVL: what is used of it, what is not, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from transformers import CONFIG_MAPPING, InternVLConfig

from tomoe_worker.model.bases.config import missing_fields, parsed, unknown_fields, wrong_values
from tomoe_worker.spec import PublishedBase

LAYOUT: Final = "internvl"
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
_TOP_KNOWN: Final[Mapping[str, tuple[Any, ...]]] = {
    "vision_feature_layer": (-1,),
    "vision_feature_select_strategy": ("default",),
    "downsample_ratio": (0.5,),
}
_VISION_KNOWN: Final[Mapping[str, tuple[Any, ...]]] = {
    "model_type": ("internvl_vision",),
    "norm_type": ("layer_norm", "rms_norm"),
    "num_channels": (3,),
    "use_absolute_position_embeddings": (True,),
}
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
    config = parsed(base.config)
    vision, text = config.get("vision_config"), config.get("text_config")
    if not isinstance(vision, dict) or not isinstance(text, dict):
        return ["the config holds no vision_config and text_config"]
    problems = [
        *unknown_fields(config, "", _TOP_USED, _TOP_UNUSED),
        *unknown_fields(vision, "vision_config.", _VISION_USED, _VISION_UNUSED),
        *unknown_fields(text, "text_config.", _TEXT_USED, _TEXT_UNUSED),
        *wrong_values(config, "", _TOP_KNOWN),
        *wrong_values(vision, "vision_config.", _VISION_KNOWN),
        *wrong_values(text, "text_config.", _TEXT_KNOWN),
        *missing_fields(
            vision, "vision_config.", ("hidden_size", "num_hidden_layers", "num_attention_heads")
        ),
        *missing_fields(
            text, "text_config.", ("model_type", "hidden_size", "num_hidden_layers", "vocab_size")
        ),
    ]
    kinds = {"full_attention", *(text.get("layer_types") or ())}
    if kinds != {"full_attention"}:
        problems.append(f"text_config.layer_types holds {sorted(kinds - {'full_attention'})}")
    rotary = rope_of(text)
    kind = rotary.get("rope_type", rotary.get("type", "default"))
    if kind not in _ROTARY:
        problems.append(f"text_config turns positions by {kind!r}, this version by {' or '.join(_ROTARY)}")
    return problems or _size_problems(base, sizes_of(base))


def sizes_of(base: PublishedBase) -> InternVlSizes:
    """The sizes of a config without problems."""
    config = parsed(base.config)
    vision, text = config["vision_config"], config["text_config"]
    built = InternVLConfig(
        vision_config=_of_floats({name: vision[name] for name in _VISION_USED if name in vision}),
        text_config=CONFIG_MAPPING[text["model_type"]].from_dict(_of_floats(text)),
        **{name: config[name] for name in _TOP_USED[2:] if name in config},
    )
    tied = bool(config.get("tie_word_embeddings", text.get("tie_word_embeddings", False)))
    return InternVlSizes(
        config=built,
        image_size=base.image_size,
        max_positions=base.max_positions,
        tied=tied,
        rope_theta=float(rope_of(text).get("rope_theta", text.get("rope_theta", 10_000.0))),
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


def _size_problems(base: PublishedBase, sizes: InternVlSizes) -> list[str]:
    problems = []
    step = sizes.patch_size * sizes.merge
    if base.image_size < step or base.image_size % step:
        problems.append(f"imageSize {base.image_size} is not a multiple of {step}")
    longest = sizes.config.text_config.max_position_embeddings
    if not 1 <= base.max_positions <= longest:
        problems.append(f"maxPositions {base.max_positions} is not within 1..{longest}")
    if base.layout != LAYOUT:
        problems.append(f"layout is {base.layout!r}, the family has {LAYOUT!r}")
    return problems
