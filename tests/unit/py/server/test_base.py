"""server/base.py: what a folder of published files is, and every way in which it can be none, by name."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rfc8785
import torch
from published import (
    internvl_config,
    phi3v_config,
    rewrite,
    write_base,
    write_internvl,
    write_phi3v,
)
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.lift.inventory import table_digest, tensor_digest
from tomoe_worker.server.base import answer

FILE = "model.safetensors"
NORM = "language_model.model.norm.weight"
Tensors = dict[str, torch.Tensor]
Change = Callable[[Path], object]


def asked(folder: Path, **fields: Any) -> dict[str, Any]:
    wish = {"imageSize": None, "maxPositions": None, "layout": None, "checkValues": True, "readText": True}
    return answer({"folder": str(folder), **wish, **fields})


def facts_of(folder: Path, **fields: Any) -> dict[str, Any]:
    facts: dict[str, Any] = asked(folder, **fields)["facts"]
    return facts


def refused(folder: Path, **fields: Any) -> TomoeError:
    with pytest.raises(TomoeError) as caught:
        asked(folder, **fields)
    return caught.value


def tensors_of(folder: Path) -> Tensors:
    found: Tensors = {}
    for path in sorted(folder.glob("*.safetensors")):
        found.update(load_file(path))
    return found


def tower(**sizes: int) -> dict[str, Any]:
    own = {"name": "clip_vision_model", "image_dim_out": sizes["hidden_size"], "vision_config": sizes}
    return {"img_processor": own}


def small_phi3v(folder: Path) -> None:
    write_phi3v(
        folder,
        phi3v_config(
            hidden_size=48,
            intermediate_size=40,
            num_attention_heads=6,
            num_key_value_heads=2,
            num_hidden_layers=3,
            vocab_size=500,
            max_position_embeddings=128,
            **tower(
                hidden_size=24,
                image_size=36,
                intermediate_size=30,
                num_attention_heads=3,
                num_hidden_layers=5,
                patch_size=3,
            ),
        ),
    )


def small_internvl(folder: Path) -> None:
    config = internvl_config(
        "qwen3",
        tied=False,
        use_qk_norm=True,
        hidden_size=24,
        num_attention_heads=3,
        num_hidden_layers=2,
        intermediate_size=20,
        image_size=45,
        patch_size=5,
    )
    config["text_config"].update(
        hidden_size=40, num_attention_heads=5, num_key_value_heads=1, head_dim=6, num_hidden_layers=4,
        intermediate_size=36, vocab_size=410, max_position_embeddings=96,
    )  # fmt: skip
    write_internvl(folder, config, shards=2)


def test_a_phi3v_of_its_own_sizes_is_told_as_its_config_and_files_say(tmp_path: Path) -> None:
    small_phi3v(tmp_path)
    facts, held = facts_of(tmp_path), tensors_of(tmp_path)
    published = json.loads((tmp_path / "config.json").read_text())
    assert facts["family"] == "phi3_v" and facts["config"] == rfc8785.dumps(published).decode()
    assert facts["parameters"] == sum(one.numel() for one in held.values())
    assert facts["weightsDigest"] == table_digest({name: tensor_digest(one) for name, one in held.items()})
    assert facts["vision"] == {
        "width": 24,
        "heads": 3,
        "mlp": 30,
        "blocks": 5,
        "blocksRead": 4,
        "taps": [{"block": 3, "finalNorm": False}],
        "patchSize": 3,
        "imageSize": 36,
        "sizeMultiple": 6,
        "extraTokens": 1,
        "slicesPerUnit": 1,
    }
    assert facts["use"] == {"imageSize": 36, "maxPositions": 128, "layout": "phi3v-volume"}
    assert facts["layouts"] == ["phi3v-volume", "phi3v-2d"]
    assert facts["tokens"] == {"perSlice": 36, "mergeSize": 2}
    assert facts["language"] == {
        "width": 48,
        "layers": 3,
        "vocab": 500,
        "maxPositions": 128,
        "kvBytesPerToken": 4 * 2 * 3 * 2 * 8,
        "ropeSets": [{"name": "short", "upTo": 32}, {"name": "long", "upTo": 128}],
    }
    assert facts["sites"] == [f"vision.blocks.{block}.mlp" for block in range(4)]
    assert facts["loraTargets"] == ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]
    assert set(facts["loraVisionTargets"]) == {"q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"}


def test_what_stands_behind_the_tap_is_inactive_and_counted_apart(tmp_path: Path) -> None:
    small_phi3v(tmp_path)
    facts, held = facts_of(tmp_path), tensors_of(tmp_path)
    clip = "model.vision_embed_tokens.img_processor.vision_model."
    behind = [n for n in held if n.startswith((f"{clip}encoder.layers.4.", f"{clip}post_layernorm."))]
    tensors, components = facts["tensors"], facts["components"]
    assert sorted(tensors["inactive"]) == sorted(behind) and len(behind) == 18
    assert (tensors["total"], tensors["reused"], tensors["ignored"], tensors["new"]) == (
        len(held),
        len(held),
        [],
        [],
    )
    assert tensors["missing"] == [] and tensors["unexpected"] == []
    sizes = {name: one["parameters"] for name, one in components.items()}
    assert sizes["inactive"] == sum(held[name].numel() for name in behind)
    assert sizes["language"] == sum(
        one.numel() for name, one in held.items() if "vision_embed_tokens" not in name
    )
    assert list(sizes) == ["lowerVision", "projector", "language", "inactive"]
    assert sum(sizes.values()) == facts["parameters"]
    assert {tuple(one["dtypes"]) for one in components.values()} == {("F32",)}


def test_an_internvl_of_its_own_sizes_is_told_as_its_config_and_files_say(tmp_path: Path) -> None:
    small_internvl(tmp_path)
    facts, held = facts_of(tmp_path), tensors_of(tmp_path)
    assert facts["family"] == "internvl" and len(list(tmp_path.glob("*.safetensors"))) > 1
    assert facts["parameters"] == sum(one.numel() for one in held.values())
    assert facts["tensors"]["total"] == facts["tensors"]["reused"] == len(held)
    assert facts["tensors"]["inactive"] == []
    vision, language = facts["vision"], facts["language"]
    assert [vision[name] for name in ("width", "heads", "mlp", "blocks", "blocksRead")] == [24, 3, 20, 2, 2]
    assert vision["taps"] == [{"block": 1, "finalNorm": True}]
    # 45 is no multiple of 10: the largest size that is one.
    assert (vision["imageSize"], vision["sizeMultiple"], facts["use"]["imageSize"]) == (45, 10, 40)
    assert facts["tokens"] == {"perSlice": 16, "mergeSize": 2}
    assert language == {
        "width": 40,
        "layers": 4,
        "vocab": 410,
        "maxPositions": 96,
        "kvBytesPerToken": 4 * 2 * 4 * 1 * 6,
        "ropeSets": [{"name": "default", "upTo": 96}],
    }
    added = json.loads((tmp_path / "tokenizer.json").read_text())["added_tokens"]
    assert facts["text"] == {
        "special": [token["content"] for token in added if token["special"]],
        "stops": ["<|endoftext|>", "<|im_end|>"],
        "added": len(added),
    }
    assert {"<|im_start|>", "<img>"} <= set(facts["text"]["special"])


def test_a_use_is_taken_as_asked_for_and_decides_the_tokens_of_a_slice(tmp_path: Path) -> None:
    small_phi3v(tmp_path)
    facts = facts_of(tmp_path, imageSize=12, maxPositions=32, layout="phi3v-2d", readText=False)
    assert facts["use"] == {"imageSize": 12, "maxPositions": 32, "layout": "phi3v-2d"}
    assert facts["tokens"]["perSlice"] == 4 and facts["text"] is None


@pytest.mark.parametrize(
    ("wish", "what"),
    [
        ({"imageSize": 20}, "imageSize 20 is not a multiple of 6"),
        ({"imageSize": 0}, "imageSize 0 is not a multiple of 6"),
        ({"maxPositions": 129}, "maxPositions 129 is not within 1..128"),
        ({"layout": "internvl"}, "layout is 'internvl', the family has phi3v-volume or phi3v-2d"),
    ],
)
def test_a_use_that_the_base_does_not_admit_is_refused_with_what_it_does(
    tmp_path: Path, wish: dict[str, Any], what: str
) -> None:
    small_phi3v(tmp_path)
    error = refused(tmp_path, **wish)
    assert error.code == "CONFIG_INVALID" and what in error.what


def test_no_tokenizer_is_needed_and_a_damaged_one_is_refused_only_where_it_is_asked_for(
    tmp_path: Path,
) -> None:
    small_phi3v(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    assert facts_of(tmp_path, readText=False)["text"] is None
    assert refused(tmp_path).code == "CHECKPOINT_INVALID"
    (tmp_path / "tokenizer.json").unlink()
    assert facts_of(tmp_path)["text"] is None


def test_nothing_is_written(tmp_path: Path) -> None:
    small_internvl(tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    asked(tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_weights_may_be_stored_in_another_type_than_the_config_says(
    tmp_path: Path, dtype: torch.dtype
) -> None:
    write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, lambda tensors: tensors.update({name: one.to(dtype) for name, one in tensors.items()}))
    with safe_open(tmp_path / FILE, framework="pt") as file:
        stored = file.get_slice(NORM).get_dtype()
    assert {tuple(one["dtypes"]) for one in facts_of(tmp_path)["components"].values()} == {(stored,)}


def test_a_number_that_float32_cannot_hold_is_refused(tmp_path: Path) -> None:
    write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, lambda tensors: tensors.update({NORM: torch.full((32,), 1e300, dtype=torch.float64)}))
    assert NORM in refused(tmp_path).what
    assert facts_of(tmp_path, checkValues=False)["family"] == "internvl"


def retype(kind: torch.dtype) -> Callable[[Tensors], object]:
    return lambda tensors: tensors.update(
        {NORM: torch.ones(32, dtype=torch.uint8).repeat(8).view(kind)[:32].clone()}
    )


HEAD, TABLE = "language_model.lm_head.weight", "language_model.model.embed_tokens.weight"


@pytest.mark.parametrize(
    ("change", "code", "what"),
    [
        (lambda t: t.pop(NORM), "CHECKPOINT_INCOMPATIBLE", f"{NORM} is missing"),
        (lambda t: t.update(extra=torch.ones(2)), "CHECKPOINT_INCOMPATIBLE", "extra is unexpected"),
        (lambda t: t.update(scale=torch.tensor(1.0)), "CHECKPOINT_INCOMPATIBLE", "scale is unexpected"),
        (
            lambda t: t.update({NORM: torch.ones(8, 4)}),
            "CHECKPOINT_INCOMPATIBLE",
            f"{NORM} is [8, 4], expected [32]",
        ),
        (
            lambda t: t.update({NORM: torch.ones(())}),
            "CHECKPOINT_INCOMPATIBLE",
            f"{NORM} is [], expected [32]",
        ),
        (
            lambda t: t.update({NORM: torch.ones(0)}),
            "CHECKPOINT_INCOMPATIBLE",
            f"{NORM} is [0], expected [32]",
        ),
        (retype(torch.int8), "CHECKPOINT_INCOMPATIBLE", f"{NORM} is of type I8"),
        (retype(torch.float8_e4m3fn), "CHECKPOINT_INCOMPATIBLE", f"{NORM} is of type F8_E4M3"),
        (retype(torch.int64), "CHECKPOINT_INCOMPATIBLE", f"{NORM} is of type I64"),
        (lambda t: t[NORM].fill_(float("nan")), "CHECKPOINT_INVALID", f"tensor {NORM} holds values"),
        (lambda t: t[NORM][3:4].fill_(float("-inf")), "CHECKPOINT_INVALID", f"tensor {NORM} holds values"),
        (
            lambda t: t.update({"model.language_model.norm.weight": t[NORM].clone()}),
            "CHECKPOINT_INCOMPATIBLE",
            "are one tensor under two names",
        ),
        (
            lambda t: t.update({HEAD: t[TABLE] + 1}),
            "CHECKPOINT_INCOMPATIBLE",
            f"{HEAD} is another tensor than",
        ),
        (lambda t: t.update({HEAD: t.pop(TABLE)}), "CHECKPOINT_INCOMPATIBLE", f"{TABLE} is missing"),
    ],
)
def test_a_tensor_that_does_not_belong_is_refused_by_name(
    tmp_path: Path, change: Callable[[Tensors], object], code: str, what: str
) -> None:
    write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, change)
    error = refused(tmp_path)
    assert error.code == code and what in error.what, error.what


def test_a_tied_head_may_lie_there_when_it_is_equal_and_is_ignored(tmp_path: Path) -> None:
    write_base(tmp_path, "internvl-llama")
    absent = facts_of(tmp_path)
    rewrite(tmp_path, lambda tensors: tensors.update({HEAD: tensors[TABLE].clone()}))
    present = facts_of(tmp_path)
    assert present["tensors"]["ignored"] == [{"key": HEAD, "why": f"equal to {TABLE}"}]
    assert present["tensors"]["total"] == absent["tensors"]["total"] + 1
    assert present["tensors"]["reused"] == absent["tensors"]["reused"]
    assert present["parameters"] == absent["parameters"]
    # Compared even where no other number is read.
    rewrite(tmp_path, lambda tensors: tensors[HEAD][0].add_(1.0))
    assert refused(tmp_path, checkValues=False).code == "CHECKPOINT_INCOMPATIBLE"


def test_every_misfit_is_in_the_details_and_the_first_ten_are_told(tmp_path: Path) -> None:
    write_base(tmp_path, "phi3_v")
    rewrite(tmp_path, lambda tensors: [tensors.pop(name) for name in sorted(tensors)[:13]])
    error = refused(tmp_path)
    missing = error.details["missing"]
    assert isinstance(missing, list) and len(missing) == 13
    assert "13 tensors do not fit family phi3_v" in error.what and "and 3 more" in error.what


def test_an_unexpected_tensor_is_told_with_its_file_where_there_are_several(tmp_path: Path) -> None:
    write_base(tmp_path, "internvl-llama")
    save_file({"base_model.lora_A.weight": torch.ones(2)}, tmp_path / "adapter_model.safetensors")
    assert "base_model.lora_A.weight of adapter_model.safetensors is unexpected" in refused(tmp_path).what


def test_a_file_that_the_index_does_not_list_is_not_read_and_told(tmp_path: Path) -> None:
    small_internvl(tmp_path)
    before = asked(tmp_path)
    save_file({NORM: torch.ones(2)}, tmp_path / "consolidated.safetensors")
    assert asked(tmp_path) == {**before, "beside": ["consolidated.safetensors"]}


def cut(folder: Path) -> None:
    path = folder / FILE
    path.write_bytes(path.read_bytes()[:-64])


def config(folder: Path, part: str = "", **fields: Any) -> None:
    held = json.loads((folder / "config.json").read_text())
    (held[part] if part else held).update(fields)
    (folder / "config.json").write_text(json.dumps(held))


@pytest.mark.parametrize(
    ("spoil", "code", "what"),
    [
        (cut, "CHECKPOINT_INVALID", "the file ends inside tensor"),
        (lambda f: (f / FILE).unlink(), "CHECKPOINT_MISSING", "holds no safetensors"),
        (
            lambda f: torch.save({}, f / "pytorch_model.bin"),
            "CHECKPOINT_PICKLE",
            "pytorch_model.bin is a pickle",
        ),
        (
            lambda f: (f / FILE).write_bytes(struct.pack("<Q", 1 << 60) + b"{}"),
            "CHECKPOINT_INVALID",
            "no whole header",
        ),
        (lambda f: (f / "config.json").unlink(), "CHECKPOINT_MISSING", "holds no config.json"),
        (lambda f: (f / "config.json").write_text("{"), "CHECKPOINT_INVALID", "config.json: it is damaged"),
        (
            lambda f: (f / "config.json").write_bytes(b"\xff\xfe{}"),
            "CHECKPOINT_INVALID",
            "config.json: it is damaged",
        ),
        (
            lambda f: (f / "config.json").write_text("[" * 9999),
            "CHECKPOINT_INVALID",
            "config.json: it is damaged",
        ),
        (lambda f: (f / "config.json").write_text("[]"), "CHECKPOINT_INVALID", "it is no table of fields"),
        (lambda f: (f / "config.json").write_text("{}"), "CHECKPOINT_INVALID", "model_type is None"),
        (
            lambda f: (f / "config.json").write_text('{"model_type": "internvl", "model_type": "phi3_v"}'),
            "CHECKPOINT_INVALID",
            "model_type stands twice",
        ),
        (lambda f: config(f, num=float("nan")), "CHECKPOINT_INVALID", "it holds what JSON cannot carry"),
        (lambda f: config(f, num=1 << 70), "CHECKPOINT_INVALID", "it holds what JSON cannot carry"),
        (lambda f: config(f, model_type="internvl_chat"), "CONFIG_INVALID", "did you mean 'internvl'?"),
        (lambda f: config(f, model_type="llava"), "CONFIG_INVALID", "this version reads phi3_v, internvl"),
        (
            lambda f: config(f, "text_config", logit_scale=2.0),
            "CHECKPOINT_INCOMPATIBLE",
            "text_config.logit_scale",
        ),
        (lambda f: config(f, "text_config", model_type="gemma3"), "CHECKPOINT_INCOMPATIBLE", 'is "gemma3"'),
        (lambda f: config(f, "vision_config", model_type="siglip"), "CHECKPOINT_INCOMPATIBLE", 'is "siglip"'),
        (lambda f: config(f, text_config=[]), "CHECKPOINT_INCOMPATIBLE", "no vision_config and text_config"),
        (
            lambda f: config(f, "vision_config", hidden_size="32"),
            "CHECKPOINT_INCOMPATIBLE",
            'hidden_size is "32"',
        ),
        (
            lambda f: config(f, "vision_config", hidden_size=-32),
            "CHECKPOINT_INCOMPATIBLE",
            "hidden_size is -32",
        ),
        (
            lambda f: config(f, "vision_config", num_attention_heads=5),
            "CHECKPOINT_INCOMPATIBLE",
            "not a multiple of",
        ),
        (lambda f: config(f, "vision_config", patch_size=[7, 14]), "CHECKPOINT_INCOMPATIBLE", "a square"),
        (lambda f: config(f, "text_config", num_hidden_layers=10**9), "CHECKPOINT_INCOMPATIBLE", "1..1000"),
        (lambda f: config(f, "text_config", rope_theta=0), "CHECKPOINT_INCOMPATIBLE", "rope_theta is 0"),
        (lambda f: config(f, "text_config", num_hidden_layers=3), "CHECKPOINT_INCOMPATIBLE", "layers.2."),
        (
            lambda f: config(f, "vision_config", hidden_act="prelu"),
            "CHECKPOINT_INCOMPATIBLE",
            'hidden_act is "prelu"',
        ),
    ],
)
def test_a_folder_that_is_not_what_it_says_is_refused_by_what_is_wrong(
    tmp_path: Path, spoil: Change, code: str, what: str
) -> None:
    write_base(tmp_path, "internvl-llama")
    spoil(tmp_path)
    error = refused(tmp_path, readText=False)
    assert error.code == code and what in error.what, error.what


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"hidden_size": "48"}, 'hidden_size is "48"'),
        ({"num_attention_heads": 5}, "hidden_size 32 is not a multiple of num_attention_heads 5"),
        ({"num_key_value_heads": 3}, "num_attention_heads 4 is not a multiple of num_key_value_heads 3"),
        ({"rope_scaling": [1]}, "rope_scaling is [1], it must be a table"),
        ({"rope_scaling": {"type": "su", "short_factor": 3, "long_factor": []}}, "short_factor is 3"),
        ({"rms_norm_eps": 0}, "rms_norm_eps is 0"),
        ({"img_processor": {"vision_config": 3}}, "vision_config is 3"),
        ({"img_processor": {"model_name": ["x"]}}, "model_name is"),
        (
            tower(
                hidden_size=32,
                image_size=30,
                intermediate_size=48,
                num_attention_heads=2,
                num_hidden_layers=4,
                patch_size=7,
            ),
            "image_size 30 is not a multiple of patch_size 7",
        ),
        (
            tower(
                hidden_size=32,
                image_size=28,
                intermediate_size=48,
                num_attention_heads=2,
                num_hidden_layers=1,
                patch_size=7,
            ),
            "num_hidden_layers is 1, it must be a whole number of 2..1000",
        ),
    ],
)
def test_a_phi3v_config_that_cannot_be_built_is_refused_by_its_field(
    tmp_path: Path, fields: dict[str, Any], what: str
) -> None:
    write_base(tmp_path, "phi3_v")
    (tmp_path / "config.json").write_text(json.dumps(phi3v_config(**fields)))
    error = refused(tmp_path)
    assert error.code == "CHECKPOINT_INCOMPATIBLE" and what in error.what, error.what


@pytest.mark.parametrize(
    ("own", "what"),
    [
        ({"new": "projector"}, "new must be a list of names"),
        ({"new": [NORM]}, f"calls {NORM} new, which the files hold or the model lacks"),
        ({"new": ["nothing.weight"]}, "calls nothing.weight new"),
        ({"sources": [{"package": "x"}]}, "its sources must each have licence, package, sha256, version"),
        ({"sources": 3}, "its sources must each have"),
    ],
)
def test_a_tomoe_json_that_says_what_is_not_so_is_refused(
    tmp_path: Path, own: dict[str, Any], what: str
) -> None:
    write_base(tmp_path, "internvl-llama")
    (tmp_path / "tomoe.json").write_text(json.dumps({"format": "tomoe.base/1", **own}))
    error = refused(tmp_path)
    assert error.code == "CHECKPOINT_INVALID" and what in error.what


def test_other_files_of_a_published_folder_do_no_harm(tmp_path: Path) -> None:
    write_base(tmp_path, "internvl-llama")
    before = asked(tmp_path)
    for name in ("generation_config.json", "special_tokens_map.json"):
        (tmp_path / name).write_text(json.dumps({"some": "field"}))
    (tmp_path / "README.md").write_text("# A model")
    (tmp_path / "figures").mkdir()
    assert asked(tmp_path) == before


def test_its_own_image_processor_says_what_pixels_are_normalised_by_and_is_refused_by_field(
    tmp_path: Path,
) -> None:
    write_base(tmp_path, "internvl-llama")
    own = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4], "do_rescale": True}
    before = asked(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(own))
    pixels = {"mean": own["image_mean"], "std": own["image_std"]}
    assert asked(tmp_path) == {**before, "facts": {**before["facts"], "pixels": pixels}}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({**own, "do_rescale": False}))
    error = refused(tmp_path)
    assert error.code == "CHECKPOINT_INCOMPATIBLE" and "do_rescale is false" in error.what


def test_an_adapter_alone_is_told_as_one(tmp_path: Path) -> None:
    save_file({"a": torch.ones(1)}, tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text("{}")
    error = refused(tmp_path)
    assert error.code == "CHECKPOINT_MISSING" and "adapter" in error.hint


def test_a_folder_that_is_not_there_or_leads_to_itself_is_a_path_that_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert [refused(tmp_path / name).code for name in ("gone", "loop")] == ["PATH_NOT_FOUND"] * 2


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "CHECKPOINT_MISSING"
