"""The user's folder of weights: what lies where, what is refused by name, what was used."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tomoe_radeval.refused import RefusedError
from tomoe_radeval.weights import Weights


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    model = tmp_path / "lab/model"
    model.mkdir(parents=True)
    (model / "config.json").write_text("{}", encoding="utf-8")
    return Weights(tmp_path, "radbert", "chest CT")


def refusal(call: Any, *words: Any) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        call(*words)
    return refused.value


def test_a_model_lies_below_the_folder_by_its_name_or_is_there_already(
    weights: Weights, tmp_path: Path
) -> None:
    assert weights.model("lab/model") == tmp_path / "lab/model"
    assert weights.model(str(tmp_path / "lab/model")) == tmp_path / "lab/model"


def test_one_that_is_missing_or_elsewhere_is_refused_with_what_the_metric_is_valid_for(
    weights: Weights,
) -> None:
    missing = refusal(weights.model, "lab/other")
    assert missing.code == "ENVIRONMENT"
    assert "lab/other/config.json" in missing.what
    assert "valid for chest CT" in missing.hint and "Nothing is downloaded" in missing.hint
    assert missing.document()["error"]["details"]["validFor"] == "chest CT"  # type: ignore[index]
    for name in ("../elsewhere", "/etc"):
        assert "lies outside" in refusal(weights.model, name).what


def test_tensors_are_safetensors_and_a_pickle_is_refused(weights: Weights, tmp_path: Path) -> None:
    place = tmp_path / "lab/model"
    assert "there is no" in refusal(weights.tensors, place).what
    (place / "pytorch_model.bin").write_bytes(b"x")
    assert "is a pickle, which runs code" in refusal(weights.tensors, place).what
    (place / "model-00001-of-00002.safetensors").write_bytes(b"one")
    (place / "model-00002-of-00002.safetensors").write_bytes(b"two")
    weights.tensors(place)
    assert [one["sha256"] for one in weights.files()] == [
        hashlib.sha256(content).hexdigest() for content in (b"one", b"two")
    ]


def test_single_files_are_used_once_and_named_where_they_are_missing(
    weights: Weights, tmp_path: Path
) -> None:
    (tmp_path / "radgraph-xl").mkdir()
    (tmp_path / "radgraph-xl/weights.th").write_bytes(b"w")
    assert "radgraph-xl/config.json" in refusal(weights.file, "radgraph-xl", "config.json").what
    for _ in range(2):
        weights.file("radgraph-xl", "weights.th")
    assert [Path(one["path"]).name for one in weights.files()] == ["weights.th"]
