"""Phi-3-vision and Phi-3.5-vision as a base, read from their published files (``model_type: phi3_v``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tomoe_worker.model.base import AdapterTargets, Base, TextCodec
from tomoe_worker.model.bases.codec import FrameText, PublishedCodec
from tomoe_worker.model.bases.config import missing_fields, parsed, unknown_fields, wrong_values
from tomoe_worker.model.bases.keys import KeyRules
from tomoe_worker.model.bases.phi3v.base import Phi3v, Use
from tomoe_worker.model.bases.phi3v.language import LINEAR_LAYERS
from tomoe_worker.model.bases.phi3v.projector import IMAGE, VOLUME
from tomoe_worker.model.bases.phi3v.stock import stock as stock
from tomoe_worker.model.bases.phi3v.vision import LINEAR_MAPS
from tomoe_worker.model.bases.rotation import Rotation, long_rotation, plain_rotation
from tomoe_worker.model.io.hollow import making
from tomoe_worker.spec import LanguageSpec, ModelSpec, Phi3vBase, ProjectorSpec, PublishedBase, VisionSpec

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
_LONG: Final = ("su", "longrope")
_MERGE: Final = 2


def problems_of(base: PublishedBase) -> list[str]:
    """What keeps this config, at this size, from being built."""
    config = parsed(base.config)
    embedding, processor = config.get("embd_layer"), config.get("img_processor")
    if not isinstance(embedding, dict) or not isinstance(processor, dict):
        return ["the config holds no embd_layer and img_processor"]
    tower = _tower(processor)
    if tower is None:
        return [f"img_processor.model_name is {processor.get('model_name')!r}: its sizes are not known"]
    problems = [
        *unknown_fields(config, "", _USED, _UNUSED),
        *unknown_fields(embedding, "embd_layer.", _EMBEDDING, {}),
        *unknown_fields(processor, "img_processor.", _PROCESSOR_USED, _PROCESSOR_UNUSED),
        *unknown_fields(
            tower, "vision_config.", (*_TOWERS["openai/clip-vit-large-patch14-336"], *_CLIP), _CLIP_UNUSED
        ),
        *wrong_values(config, "", _KNOWN),
        *wrong_values(embedding, "embd_layer.", _EMBEDDING),
        *wrong_values(processor, "img_processor.", _PROCESSOR),
        *wrong_values(tower, "vision_config.", _CLIP),
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
        *missing_fields(tower, "vision_config.", _TOWERS["openai/clip-vit-large-patch14-336"]),
    ]
    return problems or [*_rotary_problems(config), *_size_problems(base, config, tower)]


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


def build(spec: ModelSpec, base: PublishedBase, codec: TextCodec) -> Base:
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
    pairs = config["hidden_size"] // config["num_attention_heads"] // 2
    problems = [
        f"rope_scaling.{name} holds {len(scaling.get(name) or ())} factors, a head has {pairs} pairs"
        for name in ("short_factor", "long_factor")
        if len(scaling.get(name) or ()) != pairs
    ]
    return problems + missing_fields(config, "", ("original_max_position_embeddings",))


def _size_problems(base: PublishedBase, config: Mapping[str, Any], tower: Mapping[str, Any]) -> list[str]:
    problems = []
    step = tower["patch_size"] * _MERGE
    if base.image_size < step or base.image_size % step:
        problems.append(f"imageSize {base.image_size} is not a multiple of {step}")
    window = config.get("sliding_window") or config["max_position_embeddings"]
    longest = min(config["max_position_embeddings"], window)
    if not 1 <= base.max_positions <= longest:
        problems.append(f"maxPositions {base.max_positions} is not within 1..{longest}")
    out = config["img_processor"].get("image_dim_out", tower["hidden_size"])
    if out != tower["hidden_size"]:
        problems.append(f"img_processor.image_dim_out is {out}, the tower is {tower['hidden_size']} wide")
    if base.layout not in LAYOUTS:
        problems.append(f"layout is {base.layout!r}, the family has {' or '.join(LAYOUTS)}")
    return problems
