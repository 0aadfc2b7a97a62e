"""Published configs at full size on the meta device: names, shapes and counts are those of transformers.

Sizes of InternVL3 and InternVL3.5 as their cards tell them, and transformers' own defaults; what the models
made of them hold is transformers' to say.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
import torch
from published import PHI35_VISION, internvl_config
from published_text import chatml_tokenizer, llama_tokenizer
from tiny_model import tiny_spec
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.spec import PublishedBase
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModel,
    InternVLConfig,
    InternVLForConditionalGeneration,
    LlamaConfig,
    Phi3Config,
    Phi3ForCausalLM,
    Qwen3Config,
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
TOWER_6B = {
    **TOWER_300M,
    "attention_bias": False,
    "hidden_size": 3200,
    "intermediate_size": 12800,
    "norm_type": "rms_norm",
    "num_attention_heads": 25,
    "num_hidden_layers": 45,
    "use_qk_norm": True,
}
# hidden, layers, heads, key heads, MLP, vocabulary
QWEN2 = {
    "3-1B": (896, 24, 14, 2, 4864, 151674),
    "3-2B": (1536, 28, 12, 2, 8960, 151674),
    "3-8B": (3584, 28, 28, 4, 18944, 151674),
}
QWEN3 = {
    "3.5-1B": (1024, 28, 16, 8, 3072, 151936),
    "3.5-4B": (2560, 36, 32, 8, 9728, 151936),
    "3.5-8B": (4096, 36, 32, 8, 12288, 151936),
}


def internvl(
    text: str, sizes: tuple[int, int, int, int, int, int], tower: dict[str, Any] = TOWER_300M
) -> dict[str, Any]:
    config = internvl_config(text, tied=False, **tower)
    names = (
        "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size",
        "vocab_size",
    )  # fmt: skip
    config["text_config"].update(zip(names, sizes, strict=True), max_position_embeddings=32768)
    if text == "qwen2":
        config["text_config"]["rope_scaling"] = {"factor": 2.0, "rope_type": "dynamic", "type": "dynamic"}
    if text == "qwen3":
        config["text_config"]["head_dim"] = 128
    return config


CONFIGS = {
    **{name: internvl("qwen2", sizes) for name, sizes in QWEN2.items()},
    **{name: internvl("qwen3", sizes) for name, sizes in QWEN3.items()},
    "a tower with qk-norm": internvl("qwen2", QWEN2["3-8B"], TOWER_6B),
    "qk-norm in tower and text": internvl("qwen3", QWEN3["3.5-8B"], TOWER_6B),
    "the defaults": InternVLConfig(tie_word_embeddings=False).to_dict(),
    "the defaults, tied": InternVLConfig(tie_word_embeddings=True).to_dict(),
    "Llama's defaults": InternVLConfig(
        text_config=LlamaConfig().to_dict(), tie_word_embeddings=False
    ).to_dict(),
    "Qwen3's defaults": InternVLConfig(
        text_config=Qwen3Config().to_dict(), tie_word_embeddings=False
    ).to_dict(),
}


def on_meta(config: dict[str, Any], tokenizer: str, size: int, layout: str) -> TomoeModel:
    base = PublishedBase(
        kind="published",
        family=config["model_type"],
        config=json.dumps(config),
        weights_digest="",
        image_size=size,
        max_positions=2048,
        layout=layout,
        redraw=(),
    )
    spec = dataclasses.replace(tiny_spec(moe={"sites": ()}), base=base, facts=(), patch_classes=0)
    return TomoeModel(spec, family_of(base).read_codec(base, tokenizer), 0, "meta")


def shapes(state: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(one.shape) for name, one in state.items()}


def millions(state: dict[str, torch.Tensor], prefix: str = "") -> float:
    return round(sum(one.numel() for name, one in state.items() if name.startswith(prefix)) / 1e6, 2)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_an_internvl_holds_the_names_and_shapes_of_transformers_model(config: dict[str, Any]) -> None:
    model = on_meta(config, chatml_tokenizer(), 448, "internvl")
    with torch.device("meta"):
        theirs = InternVLForConditionalGeneration(InternVLConfig.from_dict(json.loads(json.dumps(config))))
    expected = shapes(theirs.state_dict())
    if config["tie_word_embeddings"]:
        assert expected.pop("lm_head.weight") == expected["model.language_model.embed_tokens.weight"]
    assert shapes(model.base.state_dict()) == expected
    assert {
        name: one.device.type for name, one in model.named_parameters() if one.device.type != "meta"
    } == {}
    assert model.base.projector.count(1) == 256
    assert model.tower.blocks_read == config["vision_config"]["num_hidden_layers"]
    assert all(model.base.part_of(key) is not None for key in expected)


def test_the_names_on_disk_are_those_that_transformers_writes() -> None:
    config = CONFIGS["3.5-4B"]
    model = on_meta(config, chatml_tokenizer(), 448, "internvl")
    base = model.spec.base
    rules = family_of(base).rules(base)
    on_disk = {rules.on_disk(key) for key in model.base.state_dict()}
    assert all(rules.in_memory(rules.on_disk(key)) == key for key in model.base.state_dict())
    prefixes = {name.split(".")[0] for name in on_disk}
    assert prefixes == {"vision_tower", "multi_modal_projector", "language_model"}
    assert "language_model.lm_head.weight" in on_disk and len(on_disk) == len(model.base.state_dict())


def test_internvl3_and_35_at_full_size_count_as_their_cards_say() -> None:
    counts = {name: on_meta(config, chatml_tokenizer(), 448, "internvl") for name, config in CONFIGS.items()}
    state = counts["3-2B"].base.state_dict()
    assert millions(state, "model.vision_tower.") == 304.01
    assert millions(state, "model.multi_modal_projector.") == 8.66
    assert millions(counts["a tower with qk-norm"].base.state_dict(), "model.vision_tower.") == 5536.5
    billions = {name: round(millions(model.base.state_dict()) / 1e3, 2) for name, model in counts.items()}
    assert billions["3-1B"] == 0.94 and billions["3-2B"] == 2.09 and billions["3-8B"] == 7.94
    assert billions["3.5-4B"] == 4.73 and billions["3.5-8B"] == 8.53


def test_phi35_vision_holds_the_names_and_shapes_of_transformers_clip_and_phi3() -> None:
    model = on_meta(PHI35_VISION, llama_tokenizer(), 336, "phi3v-2d")
    state = model.base.state_dict()
    sizes = {
        name: PHI35_VISION[name]
        for name in (
            "hidden_size", "intermediate_size", "max_position_embeddings", "num_attention_heads",
            "num_hidden_layers", "num_key_value_heads", "original_max_position_embeddings", "vocab_size",
        )
    }  # fmt: skip
    with torch.device("meta"):
        phi3 = Phi3ForCausalLM(Phi3Config(**sizes, pad_token_id=None))
        clip = CLIPVisionModel(
            CLIPVisionConfig(
                hidden_size=1024,
                image_size=336,
                intermediate_size=4096,
                num_attention_heads=16,
                num_hidden_layers=24,
                patch_size=14,
            )
        )
    prefix = "model.vision_embed_tokens."
    tower = {
        f"{prefix}img_processor.vision_model.{name}": of for name, of in shapes(clip.state_dict()).items()
    }
    projector = {
        "glb_GN": (1, 1, 4096),
        "sub_GN": (1, 1, 1, 4096),
        "img_projection.0.weight": (3072, 4096),
        "img_projection.0.bias": (3072,),
        "img_projection.2.weight": (3072, 3072),
        "img_projection.2.bias": (3072,),
    }
    expected = {**shapes(phi3.state_dict()), **tower, **{prefix + name: of for name, of in projector.items()}}
    assert shapes(state) == expected and len(state) == 592
    assert millions(state) == 4146.62
    assert millions(state, "model.vision_embed_tokens.img_processor.") == 303.51
    assert state["model.layers.31.self_attn.qkv_proj.weight"].shape == (9216, 3072)
    assert model.base.projector.count(1) == 313
    assert model.tower.blocks_read == 23
    inactive = [key for key in state if model.base.part_of(key) is None]
    assert len(inactive) == 16 + 2
