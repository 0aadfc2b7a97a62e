"""BERTScore of tiny folders: the reference library's values, and what is refused of a folder."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from bert_folders import LAYERS, POSITIONS, baseline_file, bert_folder, roberta_folder
from safetensors.numpy import load_file, save_file
from tomoe_worker.errors import TomoeError
from tomoe_worker.metrics.bertscore import (
    BertOptions,
    BertScorer,
    baseline_of,
    bert_measured,
    model_file,
    token_limit,
    token_weights,
)

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "fixtures/bertscore.json").read_text(encoding="utf-8")
)
PAIRS: list[tuple[str, str]] = [(said, wanted) for said, wanted in RECORDED["pairs"]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a BERT, a RoBERTa and a table of baselines."""
    folder = tmp_path_factory.mktemp("bert")
    bert_folder(folder / "bert")
    roberta_folder(folder / "roberta")
    baseline_file(folder / "baseline.tsv")
    return folder


def given(place: Path, case: dict[str, Any]) -> dict[str, Any]:
    """What a user gives for a recorded case."""
    return {
        "folder": str(place / case["family"]),
        "layer": case["layer"],
        "idf": case["idf"],
        "baseline": str(place / "baseline.tsv") if case["rescaled"] else None,
    }


@pytest.mark.parametrize(
    "case",
    RECORDED["cases"],
    ids=lambda one: "-".join(str(one[key]) for key in ("family", "layer", "idf", "rescaled")),
)
def test_is_what_the_reference_library_gives(place: Path, case: dict[str, Any]) -> None:
    scores = bert_measured(PAIRS, given(place, case))["scores"]
    for (said, wanted), score, reference in zip(PAIRS, scores, case["f"], strict=True):
        # A blank text is wrong here; the library rescales its 0.
        assert score == (
            0.0 if not said.strip() or not wanted.strip() else pytest.approx(reference, abs=1e-6)
        )


def test_the_recorded_values_tell_layers_rarity_and_baselines_apart() -> None:
    assert len(RECORDED["cases"]) == 2 * LAYERS * 4
    assert len({tuple(case["f"]) for case in RECORDED["cases"]}) == len(RECORDED["cases"])


def test_the_signature_says_model_layer_rarity_baseline_and_limit(place: Path) -> None:
    case = {"family": "bert", "layer": 2, "idf": True, "rescaled": True}
    found = bert_measured(PAIRS, given(place, case))
    files = {one["system"]: one["sha256"][:16] for one in found["files"]}
    assert found["signature"] == (
        f"tomoe.bertscore/1(F,rules:bert-score@0.3.13,model:bert@{files['bertscore']},layer:2,idf:targets,"
        f"baseline:baseline.tsv@{files['bertscore.baseline']},max-tokens:{POSITIONS})"
        f"|bounds:{(-1 - 0.505) / (1 - 0.505)!r}..1"
    )
    plain = bert_measured(PAIRS, given(place, {**case, "idf": False, "rescaled": False}))
    assert ",idf:no,baseline:no," in plain["signature"] and plain["signature"].endswith("|bounds:-1.0..1")
    assert [one["system"] for one in plain["files"]] == ["bertscore"]


def test_company_and_order_change_no_score(place: Path) -> None:
    scorer = BertScorer(BertOptions(folder=place / "bert", layer=3))
    pairs = [(said.strip(), wanted.strip()) for said, wanted in PAIRS]
    together = scorer.scores(pairs)
    assert scorer.scores(pairs[::-1])[::-1] == pytest.approx(together, abs=1e-6)
    assert [scorer.scores([pair])[0] for pair in pairs] == pytest.approx(together, abs=1e-6)
    assert scorer.scores([]) == []


def test_a_tokenizer_without_a_limit_cuts_where_positions_end(tmp_path: Path) -> None:
    scorer = BertScorer(BertOptions(folder=bert_folder(tmp_path / "endless", has_limit=False), layer=1))
    long = "nodule of the liver " * 50
    assert f"max-tokens:{POSITIONS}" in scorer.signature
    assert scorer.scores([(long, long)])[0] == pytest.approx(1, abs=1e-6)


def test_positions_of_roberta_begin_behind_that_of_padding(place: Path) -> None:
    scorer = BertScorer(BertOptions(folder=place / "roberta", layer=1))
    assert f"max-tokens:{POSITIONS})" in scorer.signature

    class Says:
        model_max_length = int(1e30)

    class Config:
        model_type = "roberta"
        max_position_embeddings = 514
        pad_token_id = 1

    assert token_limit(Says(), Config()) == 512


def test_weights_of_tokens_are_1_but_for_marks_or_by_how_many_targets_hold_them() -> None:
    class Marks:
        cls_token_id = 2
        sep_token_id = 3

    assert token_weights(Marks(), None) == {2: 0.0, 3: 0.0}
    found = token_weights(Marks(), [[2, 7, 7, 3], [2, 8, 3]])
    assert found == {2: 0.0, 3: 0.0, 7: math.log(3 / 2), 8: math.log(3 / 2)}


def test_baselines_are_by_layer_and_below_1(tmp_path: Path) -> None:
    table = tmp_path / "b.tsv"
    table.write_text("LAYER,P,R,F\n0,0.1,0.2,0.3\n1,0.4,0.5,1.0\n", encoding="utf-8")
    assert baseline_of(table, 0) == 0.3
    for layer in (1, 2):
        with pytest.raises(TomoeError, match=f"no baseline below 1 for layer {layer}"):
            baseline_of(table, layer)
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TomoeError, match="is no table of baselines"):
        baseline_of(table, 0)
    with pytest.raises(TomoeError, match="is no table of baselines"):
        baseline_of(tmp_path / "none.tsv", 0)


def test_no_weights_are_refused_with_what_to_give() -> None:
    with pytest.raises(TomoeError, match="none were given") as refused:
        bert_measured(PAIRS, None)
    assert refused.value.code == "ENVIRONMENT"
    assert "model.safetensors" in refused.value.hint


def test_a_folder_without_its_files_is_refused_naming_them(tmp_path: Path) -> None:
    with pytest.raises(TomoeError, match="there is no folder"):
        model_file(tmp_path / "none")
    with pytest.raises(TomoeError, match=r"has no config\.json"):
        model_file(tmp_path)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TomoeError, match=r"has no model\.safetensors"):
        model_file(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(TomoeError, match="is a pickle, which runs code"):
        model_file(tmp_path)


def test_a_tensor_that_is_missing_is_refused_and_never_drawn_but_for_the_pooler(tmp_path: Path) -> None:
    folder = bert_folder(tmp_path / "holed")
    tensors = load_file(folder / "model.safetensors")
    whole = {name: one for name, one in tensors.items() if "pooler" not in name}
    save_file(whole, folder / "model.safetensors")
    assert BertScorer(BertOptions(folder=folder, layer=1)).scores([("a cyst", "a cyst")])[0] > 0.99
    holed = {name: one for name, one in whole.items() if "layer.1.output.dense.bias" not in name}
    save_file(holed, folder / "model.safetensors")
    with pytest.raises(TomoeError, match=r"has no encoder\.layer\.1\.output\.dense\.bias \(1 tensors"):
        BertScorer(BertOptions(folder=folder, layer=1))


def test_an_architecture_whose_layers_are_elsewhere_is_refused(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2Model

    folder = roberta_folder(tmp_path / "gpt2")
    GPT2Model(GPT2Config(n_embd=16, n_layer=1, n_head=2, vocab_size=300, n_positions=32)).save_pretrained(
        folder
    )
    with pytest.raises(TomoeError, match="is a gpt2, whose layers are of another kind"):
        BertScorer(BertOptions(folder=folder, layer=1))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"layer": 4}, "layer 4 is none of the 3 layers"),
        ({"layer": 0}, "layer 0 is none of the 3 layers"),
    ],
)
def test_a_layer_that_the_model_has_not_is_refused(place: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(TomoeError, match=told) as refused:
        BertScorer(BertOptions(folder=place / "bert", **change))
    assert refused.value.code == "CONFIG_INVALID"


def test_weights_that_do_not_fit_their_config_and_code_of_a_folder_are_refused(tmp_path: Path) -> None:
    folder = bert_folder(tmp_path / "own")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    for changed, told in (
        ({**config, "model_type": "gpt2"}, "tensors are missing"),
        ({**config, "model_type": "none-such"}, "cannot be read"),
    ):
        (folder / "config.json").write_text(json.dumps(changed), encoding="utf-8")
        with pytest.raises(TomoeError, match=told) as refused:
            BertScorer(BertOptions(folder=folder, layer=1))
        assert refused.value.code == "ENVIRONMENT"
