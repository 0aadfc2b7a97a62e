"""The published configs: each field used, or unused with a reason, or refused; the real sizes on meta."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
import torch
from published import internvl_config, phi3v_config
from published_text import chatml_tokenizer, llama_tokenizer
from tiny_model import tiny_spec
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.config import BOOKKEEPING
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.spec import PublishedBase


def base_of(config: dict[str, Any], **fields: Any) -> PublishedBase:
    layout = "internvl" if config["model_type"] == "internvl" else "phi3v-2d"
    base = PublishedBase(
        kind="published",
        family=config["model_type"],
        config=json.dumps(config),
        weights_digest="",
        image_size=28,
        max_positions=64,
        layout=layout,
        redraw=(),
    )
    return dataclasses.replace(base, **fields)


def problems(config: dict[str, Any], **fields: Any) -> str:
    base = base_of(config, **fields)
    return "; ".join(family_of(base).problems_of(base))


def internvl(part: str = "", **fields: Any) -> dict[str, Any]:
    config = internvl_config()
    (config[part] if part else config).update(fields)
    return config


def processor(**fields: Any) -> dict[str, Any]:
    return {**phi3v_config()["img_processor"], **fields}


@pytest.mark.parametrize("text", ["llama", "qwen2", "qwen3"])
def test_a_published_config_has_no_problems(text: str) -> None:
    assert problems(internvl_config(text)) == "" and problems(phi3v_config()) == ""


@pytest.mark.parametrize(
    ("config", "what"),
    [
        (internvl(qk_scale=3.0), "qk_scale is 3.0: this version does not know it"),
        (internvl("text_config", logit_softcapping=30.0), "text_config.logit_softcapping is 30.0"),
        (internvl("vision_config", window_size=7), "vision_config.window_size is 7"),
        (internvl("text_config", hidden_act="gelu"), 'text_config.hidden_act is "gelu"'),
        (internvl("text_config", model_type="gemma3"), 'text_config.model_type is "gemma3"'),
        (internvl("text_config", layer_types=["sliding_attention"]), "sliding_attention"),
        (internvl("text_config", use_sliding_window=True), "use_sliding_window is true"),
        (internvl("text_config", rope_scaling={"rope_type": "yarn"}), "turns positions by 'yarn'"),
        (internvl("text_config", hidden_size=None), "text_config.hidden_size is missing"),
        (internvl(vision_feature_layer=-2), "vision_feature_layer is -2"),
        (internvl(vision_feature_select_strategy="full"), 'strategy is "full"'),
        (internvl("vision_config", num_channels=1), "vision_config.num_channels is 1"),
        ({"model_type": "internvl"}, "no vision_config and text_config"),
        (phi3v_config(hidden_act="gelu"), 'hidden_act is "gelu"'),
        (phi3v_config(qk_layernorm=True), "qk_layernorm is true: this version does not know it"),
        (phi3v_config(tie_word_embeddings=True), "tie_word_embeddings is true"),
        (phi3v_config(rope_scaling={"type": "yarn"}), "rope_scaling is of type 'yarn'"),
        (
            phi3v_config(rope_scaling={"type": "su", "short_factor": [1.0], "long_factor": [1.0] * 4}),
            "rope_scaling.short_factor holds 1 factors, a head has 4 pairs",
        ),
        (phi3v_config(img_processor=processor(layer_idx=-1)), "img_processor.layer_idx is -1"),
        (
            phi3v_config(img_processor=processor(image_dim_out=64)),
            "is 64, the tower is 32 wide",
        ),
        (phi3v_config(img_processor={"name": "clip_vision_model", "model_name": "x"}), "sizes are not known"),
        (phi3v_config(embd_layer={"hd_transform_order": "glb_sub"}), 'hd_transform_order is "glb_sub"'),
        ({"model_type": "phi3_v"}, "no embd_layer and img_processor"),
    ],
)
def test_a_field_that_may_change_the_maths_is_refused_by_name(config: dict[str, Any], what: str) -> None:
    assert what in problems(config)


@pytest.mark.parametrize(
    ("config", "fields", "what"),
    [
        (internvl(), {"image_size": 21}, "imageSize 21 is not a multiple of 14"),
        (internvl(), {"max_positions": 513}, r"maxPositions 513 is not within 1..512"),
        (internvl(), {"layout": "phi3v-2d"}, "layout is 'phi3v-2d', the family has internvl"),
        (phi3v_config(), {"image_size": 0}, "imageSize 0 is not a multiple of 14"),
        (phi3v_config(), {"max_positions": 600}, "maxPositions 600 is not within 1..512"),
        (phi3v_config(sliding_window=100), {"max_positions": 101}, "maxPositions 101 is not within 1..100"),
        (phi3v_config(), {"layout": "plain"}, "layout is 'plain', the family has phi3v-volume or phi3v-2d"),
    ],
)
def test_a_use_that_the_base_does_not_admit_is_refused(
    config: dict[str, Any], fields: dict[str, Any], what: str
) -> None:
    assert what in problems(config, **fields)


def test_an_unknown_family_is_refused_naming_the_known_ones() -> None:
    with pytest.raises(TomoeError, match="'gemma3' is no family this version reads: phi3_v, internvl"):
        family_of(base_of(internvl(), family="gemma3"))


def test_every_field_that_no_family_uses_has_its_reason() -> None:
    assert all(len(reason.split()) > 2 for reason in BOOKKEEPING.values())


PHI35_VISION = phi3v_config(
    hidden_size=3072,
    img_processor={
        "image_dim_out": 1024,
        "model_name": "openai/clip-vit-large-patch14-336",
        "name": "clip_vision_model",
        "num_img_tokens": 144,
    },
    intermediate_size=8192,
    max_position_embeddings=131072,
    num_attention_heads=32,
    num_hidden_layers=32,
    num_key_value_heads=32,
    original_max_position_embeddings=4096,
    rope_scaling={"type": "su", "short_factor": [1.0] * 48, "long_factor": [1.08] * 48},
    vocab_size=32064,
)
TOWER_300M = {
    "hidden_size": 1024,
    "image_size": [448, 448],
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "num_hidden_layers": 24,
    "patch_size": [14, 14],
    "use_mean_pooling": True,
}


def internvl3(hidden: int, layers: int, heads: int, pairs: int, mlp: int, vocab: int) -> dict[str, Any]:
    config = internvl_config("qwen2", tied=False, **TOWER_300M)
    config["text_config"].update(
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=pairs,
        intermediate_size=mlp,
        vocab_size=vocab,
        max_position_embeddings=32768,
    )
    return config


def on_meta(config: dict[str, Any], tokenizer: str, size: int) -> TomoeModel:
    base = base_of(config, image_size=size, max_positions=4096)
    spec = dataclasses.replace(tiny_spec(moe={"sites": ()}), base=base, facts=(), patch_classes=0)
    return TomoeModel(spec, family_of(base).read_codec(base, tokenizer), 0, "meta")


def millions(model: TomoeModel, prefix: str) -> float:
    held = [one.numel() for name, one in model.base.named_parameters() if name.startswith(prefix)]
    return round(sum(held) / 1e6, 2)


def test_phi35_vision_at_full_size_has_its_tensors_names_and_parameters() -> None:
    model = on_meta(PHI35_VISION, llama_tokenizer(), 336)
    state = model.base.state_dict()
    assert len(state) == 592
    assert round(sum(one.numel() for one in state.values()) / 1e6, 2) == 4146.62
    assert millions(model, "model.vision_embed_tokens.img_processor.") == 303.51
    assert state["model.layers.31.self_attn.qkv_proj.weight"].shape == (9216, 3072)
    assert state["model.vision_embed_tokens.img_projection.0.weight"].shape == (3072, 4096)
    assert model.base.projector.count(1) == 313
    assert model.tower.blocks_read == 23
    inactive = [key for key in state if model.base.part_of(key) is None]
    assert len(inactive) == 16 + 2


@pytest.mark.parametrize(
    "sizes",
    [
        (896, 24, 14, 2, 4864, 151674),
        (1536, 28, 12, 2, 8960, 151674),
    ],
)
def test_internvl3_at_full_size_has_its_parameters(
    sizes: tuple[int, int, int, int, int, int],
) -> None:
    model = on_meta(internvl3(*sizes), chatml_tokenizer(), 448)
    assert model.base.projector.count(1) == 256
    assert millions(model, "model.vision_tower.") == 304.01
    assert torch.device("meta") == next(model.parameters()).device
    hidden, layers, _, pairs, mlp, vocab = sizes
    width = 2 * pairs * (hidden // sizes[2])
    layer = hidden * (hidden + width) + hidden + width + hidden * hidden + 3 * hidden * mlp + 2 * hidden
    assert millions(model, "model.language_model.") == round(
        (layers * layer + vocab * hidden + hidden) / 1e6, 2
    )
