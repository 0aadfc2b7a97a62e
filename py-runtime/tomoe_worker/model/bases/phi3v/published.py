"""Phi-3-vision and Phi-3.5-vision as a base, read from their published files (``model_type: phi3_v``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tomoe_worker.model.base import AdapterTargets, Around, Base, TextCodec
from tomoe_worker.model.bases.codec import FrameText, PublishedCodec
from tomoe_worker.model.bases.config import (
    LAYERS,
    NUMBER,
    NUMBERS,
    SIZE,
    TABLE,
    WORD,
    Kind,
    indivisible,
    missing_fields,
    parsed,
    unknown_fields,
    wrong_kinds,
    wrong_values,
)
from tomoe_worker.model.bases.facts import FamilyFacts, rope_sets, use_problems
from tomoe_worker.model.bases.keys import KeyRules
from tomoe_worker.model.bases.phi3v.base import Phi3v, Use
from tomoe_worker.model.bases.phi3v.language import LINEAR_LAYERS
from tomoe_worker.model.bases.phi3v.projector import IMAGE, VOLUME
from tomoe_worker.model.bases.phi3v.stock import stock as stock
from tomoe_worker.model.bases.phi3v.vision import LINEAR_MAPS
from tomoe_worker.model.bases.rotation import Rotation, long_rotation, plain_rotation
from tomoe_worker.model.io.hollow import making
from tomoe_worker.spec import LanguageSpec, Phi3vBase, ProjectorSpec, PublishedBase, VisionSpec

LAYOUTS: Final = (VOLUME, IMAGE)
_USED: Final = (
    "embd_layer",
    "hidden_act",
    "hidden_size",
    "img_processor",
    "intermediate_size",
    "max_position_embeddings",
    "num_attention_heads",
    "num_hidden_layers",
    "num_key_value_heads",
    "original_max_position_embeddings",
    "rms_norm_eps",
    "rope_scaling",
    "rope_theta",
    "sliding_window",
    "tie_word_embeddings",
    "vocab_size",
)
_UNUSED: Final = {"num_crops": "how a large photograph is cut: a slice is its own only crop"}
_KNOWN: Final[Mapping[str, tuple[Any, ...]]] = {
    "hidden_act": ("silu",),
    "tie_word_embeddings": (False,),
}
_EMBEDDING: Final[Mapping[str, tuple[Any, ...]]] = {
    "embedding_cls": ("image",),
    "hd_transform_order": ("sub_glb",),
    "projection_cls": ("mlp",),
    "use_hd_transform": (True,),
    "with_learnable_separator": (True,),
}
_PROCESSOR: Final[Mapping[str, tuple[Any, ...]]] = {
    "name": ("clip_vision_model",),
    "layer_idx": (-2,),
    "type_feature": ("patch",),
}
_PROCESSOR_USED: Final = ("name", "layer_idx", "type_feature", "model_name", "image_dim_out", "vision_config")
_PROCESSOR_UNUSED: Final = {"num_img_tokens": "follows from the size of an image and the merge"}
# The published code knows this tower by its name; a tower of other sizes says them as ``vision_config``.
_TOWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "openai/clip-vit-large-patch14-336": {
        "image_size": 336,
        "patch_size": 14,
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    }
}
_CLIP: Final[Mapping[str, tuple[Any, ...]]] = {
    "hidden_act": ("quick_gelu",),
    "layer_norm_eps": (1e-5,),
    "model_type": ("clip_vision_model",),
}
_CLIP_UNUSED: Final = {
    "num_channels": "slices have three",
    "projection_dim": "of a head that is not in the files",
}
_SIZES: Final = (
    "hidden_size", "intermediate_size", "max_position_embeddings", "num_attention_heads",
    "num_key_value_heads", "original_max_position_embeddings", "sliding_window", "vocab_size",
)  # fmt: skip
_KINDS: Final[Mapping[str, Kind]] = {
    **{name: SIZE for name in _SIZES},
    **{name: NUMBER for name in ("rms_norm_eps", "rope_theta")},
    "num_hidden_layers": LAYERS,
    "rope_scaling": TABLE,
}


def _has_a_tap(value: Any) -> bool:
    return value in range(2, 1001)


_TOWER_KINDS: Final[Mapping[str, Kind]] = {
    **{name: SIZE for name in _TOWERS["openai/clip-vit-large-patch14-336"]},
    "num_hidden_layers": Kind(words="a whole number of 2..1000", holds=_has_a_tap),
}
# CLIP's, in the published preprocessor.
_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
_STD: Final = (0.26862954, 0.26130258, 0.27577711)
_LONG: Final = ("su", "longrope")
_LONG_USED: Final = ("type", "rope_type", "short_factor", "long_factor", "original_max_position_embeddings")
_MERGE: Final = 2


def problems_of(base: PublishedBase) -> list[str]:
    """What keeps this config, at this size, from being built."""
    return config_problems(base.config) or use_problems(base, facts(base.config))


def config_problems(text: str) -> list[str]:
    """As ``Family.config_problems``."""
    config = parsed(text)
    embedding, processor = config.get("embd_layer"), config.get("img_processor")
    if not isinstance(embedding, dict) or not isinstance(processor, dict):
        return ["the config holds no embd_layer and img_processor"]
    wrong = wrong_kinds(processor, "img_processor.", {"vision_config": TABLE, "model_name": WORD})
    tower = None if wrong else _tower(processor)
    if tower is None:
        return wrong or [
            f"img_processor.model_name is {processor.get('model_name')!r}: its sizes are not known"
        ]
    problems = [
        *unknown_fields(config, "", _USED, _UNUSED),
        *unknown_fields(embedding, "embd_layer.", _EMBEDDING, {}),
        *unknown_fields(processor, "img_processor.", _PROCESSOR_USED, _PROCESSOR_UNUSED),
        *unknown_fields(tower, "vision_config.", (*_TOWER_KINDS, *_CLIP), _CLIP_UNUSED),
        *wrong_values(config, "", _KNOWN),
        *wrong_values(embedding, "embd_layer.", _EMBEDDING),
        *wrong_values(processor, "img_processor.", _PROCESSOR),
        *wrong_values(tower, "vision_config.", _CLIP),
        *wrong_kinds(config, "", _KINDS),
        *wrong_kinds(tower, "vision_config.", _TOWER_KINDS),
        *missing_fields(
            config,
            "",
            (
                "hidden_size",
                "num_attention_heads",
                "num_hidden_layers",
                "vocab_size",
                "intermediate_size",
                "max_position_embeddings",
                "rms_norm_eps",
            ),
        ),
        *missing_fields(tower, "vision_config.", tuple(_TOWER_KINDS)),
    ]
    return problems or [*_rotary_problems(config), *_shape_problems(config, tower)]


def _shape_problems(config: Mapping[str, Any], tower: Mapping[str, Any]) -> list[str]:
    problems = [
        *indivisible(
            config,
            "",
            ("hidden_size", "num_attention_heads"),
            ("num_attention_heads", "num_key_value_heads"),
        ),
        *indivisible(
            tower, "vision_config.", ("hidden_size", "num_attention_heads"), ("image_size", "patch_size")
        ),
    ]
    out = config["img_processor"].get("image_dim_out", tower["hidden_size"])
    if out != tower["hidden_size"]:
        problems.append(f"img_processor.image_dim_out is {out}, the tower is {tower['hidden_size']} wide")
    return problems


def facts(text: str) -> FamilyFacts:
    """As ``Family.facts``."""
    config = parsed(text)
    tower = _tower(config["img_processor"]) or {}
    window = config.get("sliding_window") or config["max_position_embeddings"]
    longest = min(config["max_position_embeddings"], window)
    sets = [("default", longest)]
    if config.get("rope_scaling"):
        sets = [("short", config["original_max_position_embeddings"]), ("long", longest)]
    return FamilyFacts(
        image_size=tower["image_size"],
        size_multiple=tower["patch_size"] * _MERGE,
        merge_size=_MERGE,
        max_positions=longest,
        rope_sets=rope_sets(longest, *sets),
        layouts=LAYOUTS,
        mean=_MEAN,
        std=_STD,
    )


def sizes_of(base: PublishedBase) -> Phi3vBase:
    """The sizes of a config without problems; ``image_size`` is the one the positions were learned at."""
    config = parsed(base.config)
    tower = _tower(config["img_processor"]) or {}
    return Phi3vBase(
        kind="phi3v",
        vision=VisionSpec(
            image_size=tower["image_size"],
            patch_size=tower["patch_size"],
            hidden=tower["hidden_size"],
            layers=tower["num_hidden_layers"],
            heads=tower["num_attention_heads"],
            mlp=tower["intermediate_size"],
            # hidden_states[-2]: the last layer stands behind the tap.
            blocks_read=tower["num_hidden_layers"] - 1,
            activation="quick_gelu",
            norm_epsilon=1e-5,
        ),
        projector=ProjectorSpec(merge_size=_MERGE, separators=True),
        language=LanguageSpec(
            vocab=config["vocab_size"],
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            key_value_heads=config.get("num_key_value_heads", config["num_attention_heads"]),
            mlp=config["intermediate_size"],
            max_positions=base.max_positions,
            rope_theta=config.get("rope_theta", 10_000.0),
            initial_std=0.02,
            norm_epsilon=config["rms_norm_eps"],
        ),
    )


def rotation_of(base: PublishedBase) -> Rotation:
    """The one set of frequencies of this model: pinned by the longest sequence it admits, whatever the
    length of a call.
    """
    config = parsed(base.config)
    theta, width = config.get("rope_theta", 10_000.0), config["hidden_size"] // config["num_attention_heads"]
    scaling = config.get("rope_scaling")
    if not scaling:
        return plain_rotation(theta, width)
    original = config["original_max_position_embeddings"]
    factors = scaling["short_factor" if base.max_positions <= original else "long_factor"]
    stretch = config["max_position_embeddings"] / original
    return long_rotation(theta, width, factors, stretch, original)


def blocks_read(base: PublishedBase) -> int:
    """All but the last."""
    return sizes_of(base).vision.blocks_read


def adapter_targets(_base: PublishedBase) -> AdapterTargets:
    """Linear maps of the decoder's layers and of the tower's blocks."""
    return AdapterTargets(language=LINEAR_LAYERS, vision=LINEAR_MAPS)


def rules(_base: PublishedBase) -> KeyRules:
    """The names on disk are those in memory."""
    return KeyRules(
        prefixes=(),
        aliases={"model.vision_embed_tokens.wte.weight": "model.embed_tokens.weight"},
        ignored={
            r"\.embeddings\.position_ids$": "made anew from the size",
            r"\.rotary_emb\.inv_freq$": "made anew from the config",
        },
    )


def build(spec: Around, base: PublishedBase, codec: TextCodec) -> Base:
    """The base without memory for what its files hold; adapters are drawn."""
    use = Use(
        image_size=base.image_size,
        rotation=rotation_of(base),
        layout=base.layout,
        making=lambda part: making(part, base.redraw),
    )
    return Phi3v(sizes_of(base), use, spec, codec)


def read_codec(_base: PublishedBase, text: str) -> TextCodec:
    """The tokenizer as published, and Phi-3's chat frame around one question."""
    return PublishedCodec(
        text,
        FrameText(
            before="<|user|>\n",
            after_image="",
            reopens=True,
            joint="\n",
            after_prompt="<|end|>\n<|assistant|>\n",
            end="<|end|>",
            stops=("<|end|>", "<|endoftext|>", "<|assistant|>"),
        ),
    )


def _tower(processor: Mapping[str, Any]) -> Mapping[str, Any] | None:
    own: Mapping[str, Any] | None = processor.get("vision_config")
    return own or _TOWERS.get(processor.get("model_name", ""))


def _rotary_problems(config: Mapping[str, Any]) -> list[str]:
    scaling = config.get("rope_scaling")
    if not scaling:
        return []
    kind = scaling.get("type", scaling.get("rope_type"))
    if kind not in _LONG:
        return [f"rope_scaling is of type {kind!r}, this version computes {' or '.join(_LONG)}"]
    wrong = wrong_kinds(scaling, "rope_scaling.", {"short_factor": NUMBERS, "long_factor": NUMBERS})
    if wrong:
        return wrong
    pairs = config["hidden_size"] // config["num_attention_heads"] // 2
    problems = [
        f"rope_scaling.{name} holds {len(scaling.get(name) or ())} factors, a head has {pairs} pairs"
        for name in ("short_factor", "long_factor")
        if len(scaling.get(name) or ()) != pairs
    ]
    original = config.get("original_max_position_embeddings")
    if scaling.get("original_max_position_embeddings", original) != original:
        problems.append("rope_scaling.original_max_position_embeddings is another than the config's")
    return [
        *unknown_fields(scaling, "rope_scaling.", _LONG_USED, {}),
        *problems,
        *missing_fields(config, "", ("original_max_position_embeddings",)),
    ]
