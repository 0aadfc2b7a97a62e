"""The published configs: each field used, or unused with a reason, or refused; the real sizes on meta."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from published import internvl_config, phi3v_config
from tomoe_worker.errors import TomoeError
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
        (
            internvl("text_config", rope_parameters={"rope_type": "default", "partial_rotary_factor": 0.5}),
            "text_config.rope_parameters.partial_rotary_factor is 0.5",
        ),
        (
            internvl("text_config", rope_scaling={"type": "dynamic", "mscale": 0.7}),
            "text_config.rope_parameters.mscale is 0.7: this version does not know it",
        ),
        (
            internvl("vision_config", image_size=[28, 42]),
            "vision_config.image_size is [28, 42], it must be a whole number above 0, or it twice: a square",
        ),
        (
            internvl("vision_config", patch_size=[7, 14]),
            "vision_config.patch_size is [7, 14], it must be a whole number above 0, or it twice: a square",
        ),
        (internvl("vision_config", image_size=30), "image_size 30 is not a multiple of patch_size [7, 7]"),
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
        (
            phi3v_config(rope_scaling={**phi3v_config()["rope_scaling"], "attention_factor": 1.0}),
            "rope_scaling.attention_factor is 1.0: this version does not know it",
        ),
        (
            phi3v_config(
                rope_scaling={**phi3v_config()["rope_scaling"], "original_max_position_embeddings": 64}
            ),
            "rope_scaling.original_max_position_embeddings is another than the config's",
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
