"""model/io/base_folder.py: published folders, their faults by name, and their weights in a model."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from published import (
    internvl_config,
    published_base,
    published_model,
    rewrite,
    write_base,
    write_internvl,
)
from safetensors.torch import load_file
from tiny_model import tiny_spec
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.io.base_folder import Matched, check_values, load_weights, match, open_folder
from tomoe_worker.model.io.headers import INDEX

NORM = "language_model.model.norm.weight"
NEW = [
    f"multi_modal_projector.{name}.{kind}"
    for name in ("layer_norm", "linear_1", "linear_2")
    for kind in ("weight", "bias")
]
Tensors = dict[str, torch.Tensor]


def matched(folder: Path, name: str = "internvl-llama") -> Matched:
    written = dataclasses.replace(write_base(folder / "unused", name), folder=folder)
    base = published_base(written)
    of = open_folder(folder)
    model = TomoeModel(dataclasses.replace(tiny_spec(), base=base), of.codec(base), 0, "cpu")
    found = match(model.base, family_of(base).rules(base), of)
    check_values(of, found)
    return found


@pytest.mark.parametrize("name", ["phi3_v", "internvl-llama", "internvl-qwen2", "internvl-qwen3"])
def test_every_tensor_of_a_published_folder_is_read_and_nothing_else_is_there(
    tmp_path: Path, name: str
) -> None:
    write_base(tmp_path, name)
    found = matched(tmp_path, name)
    assert set(found.read.values()) == set(load_file(tmp_path / "model.safetensors"))
    assert not found.ignored and not found.new


@pytest.mark.parametrize(
    ("change", "code", "what"),
    [
        (lambda tensors: tensors.pop(NORM), "CHECKPOINT_INCOMPATIBLE", f"{NORM} is missing"),
        (
            lambda tensors: tensors.update(extra=torch.ones(2)),
            "CHECKPOINT_INCOMPATIBLE",
            "extra is unexpected",
        ),
        (
            lambda tensors: tensors.update({NORM: torch.ones(3)}),
            "CHECKPOINT_INCOMPATIBLE",
            f"{NORM} is [3], expected [32]",
        ),
        (
            lambda tensors: tensors[NORM].fill_(float("nan")),
            "CHECKPOINT_INVALID",
            f"tensor {NORM} holds values that are not finite",
        ),
    ],
)
def test_a_tensor_that_does_not_belong_is_refused_by_name(
    tmp_path: Path, change: Callable[[Tensors], object], code: str, what: str
) -> None:
    write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, change)
    with pytest.raises(TomoeError) as caught:
        matched(tmp_path)
    assert caught.value.code == code and what in caught.value.what


def test_a_copy_of_the_embedding_is_taken_when_it_is_equal_and_refused_when_it_is_not(tmp_path: Path) -> None:
    alias, table = "model.vision_embed_tokens.wte.weight", "model.embed_tokens.weight"
    write_base(tmp_path, "phi3_v")
    rewrite(tmp_path, lambda tensors: tensors.update({alias: tensors[table].clone()}))
    assert matched(tmp_path, "phi3_v").ignored == {alias: f"equal to {table}"}
    rewrite(tmp_path, lambda tensors: tensors[alias][3].add_(1e-3))
    with pytest.raises(TomoeError, match=r"wte\.weight is another tensor") as caught:
        matched(tmp_path, "phi3_v")
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"


def test_a_head_beside_a_tied_table_is_taken_when_it_is_equal_and_refused_when_it_is_not(
    tmp_path: Path,
) -> None:
    head, table = "language_model.lm_head.weight", "language_model.model.embed_tokens.weight"
    write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, lambda tensors: tensors.update({head: tensors[table].clone()}))
    assert matched(tmp_path).ignored == {head: f"equal to {table}"}
    rewrite(tmp_path, lambda tensors: tensors[head][7].mul_(1.001))
    with pytest.raises(TomoeError, match=r"lm_head\.weight is another tensor") as caught:
        matched(tmp_path)
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE" and "may not tie them" in caught.value.hint


def test_a_head_of_its_own_that_is_not_there_is_missing(tmp_path: Path) -> None:
    write_base(tmp_path, "internvl-qwen2")
    rewrite(tmp_path, lambda tensors: tensors.pop("language_model.lm_head.weight"))
    with pytest.raises(TomoeError, match=r"language_model\.lm_head\.weight is missing"):
        matched(tmp_path, "internvl-qwen2")


def test_what_nothing_reads_is_ignored_with_its_reason(tmp_path: Path) -> None:
    mask = "vision_tower.embeddings.mask_token"
    write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, lambda tensors: tensors.update({mask: torch.zeros(1, 1, 32)}))
    assert matched(tmp_path).ignored == {mask: "no patch is masked"}


def test_shards_hold_what_one_file_holds(tmp_path: Path) -> None:
    write_internvl(tmp_path / "one", internvl_config())
    write_internvl(tmp_path / "many", internvl_config(), shards=3)
    assert (tmp_path / "many" / INDEX).is_file()
    one, many = open_folder(tmp_path / "one"), open_folder(tmp_path / "many")
    assert set(one.stored) == set(many.stored) and len({held.file for held in many.stored.values()}) > 1


def test_new_tensors_are_drawn_by_the_seed_and_all_others_come_from_the_files(tmp_path: Path) -> None:
    written = write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, lambda tensors: [tensors.pop(name) for name in NEW])
    (tmp_path / "tomoe.json").write_text(json.dumps({"format": "tomoe.base/1", "new": NEW, "sources": []}))
    states = []
    for seed in (1, 1, 2):
        base, of = published_base(written), open_folder(tmp_path)
        model = TomoeModel(dataclasses.replace(tiny_spec(), base=base), of.codec(base), 0, "cpu")
        load_weights(model, of, seed, "cpu")
        states.append(model.base.state_dict())
    projector = [key for key in states[0] if "multi_modal_projector.linear" in key]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert all(not torch.equal(states[0][key], states[2][key]) for key in projector)
    others = [key for key in states[0] if "multi_modal_projector" not in key]
    assert all(torch.equal(states[0][key], states[2][key]) for key in others)


def test_half_of_a_module_cannot_be_new(tmp_path: Path) -> None:
    written = write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, lambda tensors: tensors.pop(NEW[2]))
    (tmp_path / "tomoe.json").write_text(json.dumps({"format": "tomoe.base/1", "new": [NEW[2]]}))
    with pytest.raises(TomoeError, match="linear_1 cannot be drawn") as caught:
        published_model(written)
    assert caught.value.code == "CHECKPOINT_INVALID"


def test_weights_of_another_base_than_the_specs_are_refused(tmp_path: Path) -> None:
    written = write_base(tmp_path, "internvl-llama")
    base, of = published_base(written), open_folder(tmp_path)
    spec = dataclasses.replace(tiny_spec(), base=dataclasses.replace(base, weights_digest="0" * 64))
    with pytest.raises(TomoeError, match="the model was made for 000000000000") as caught:
        load_weights(TomoeModel(spec, of.codec(base), 0, "cpu"), of, 0, "cpu")
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"


def test_weights_stored_in_bfloat16_are_read_as_float32(tmp_path: Path) -> None:
    written = write_base(tmp_path, "internvl-llama")
    rewrite(tmp_path, lambda tensors: tensors.update({key: one.bfloat16() for key, one in tensors.items()}))
    model = published_model(written)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    stored = load_file(tmp_path / "model.safetensors")[NORM]
    assert torch.equal(model.base.state_dict()["model.language_model.norm.weight"], stored.float())


@pytest.mark.parametrize(
    ("name", "text", "code", "what"),
    [
        ("config.json", '{"model_type": "gemma3"}', "CONFIG_INVALID", "reads phi3_v, internvl"),
        ("config.json", "{", "CHECKPOINT_INVALID", "config.json"),
        ("config.json", '{"model_type": ["internvl"]}', "CHECKPOINT_INVALID", "model_type is"),
        ("tomoe.json", '{"format": "tomoe.base/9"}', "CHECKPOINT_INVALID", "tomoe.base/1"),
        ("tomoe.json", '{"format": "tomoe.base/1", "new": [3]}', "CHECKPOINT_INVALID", "tomoe.base/1"),
    ],
)
def test_a_description_that_is_none_is_refused(
    tmp_path: Path, name: str, text: str, code: str, what: str
) -> None:
    write_base(tmp_path, "internvl-llama")
    (tmp_path / name).write_text(text)
    with pytest.raises(TomoeError) as caught:
        open_folder(tmp_path)
    assert caught.value.code == code and what in str(caught.value)
