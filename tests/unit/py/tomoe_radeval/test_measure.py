"""Metrics of radeval as a process of their own: plumbing and refusals; of no model is a value claimed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from radeval_package import llama_weights, radbert_weights, radeval_package, radgraph_weights
from safetensors.numpy import load_file, save_file
from tomoe_radeval.measure import RELEASE, measured
from tomoe_radeval.refused import RefusedError
from tomoe_radeval.table import METRICS

Asked = Callable[..., dict[str, Any]]
RUNTIME = Path(__file__).resolve().parents[4] / "py-runtime"
PAIRS = [["A small cyst.", "A small cyst."], ["", "No cyst."], ["no", "the lung, the lung: cyst"]]


@pytest.fixture(scope="module")
def warm() -> Iterator[subprocess.Popen[str]]:
    """A process that has loaded what every job loads, and forks for each."""
    script = Path(__file__).resolve().parents[3] / "support/radeval_jobs.py"
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    ) as process:
        yield process


@pytest.fixture
def asked(warm: subprocess.Popen[str]) -> Asked:
    """The document of one job with the package of the tests."""

    def ask(
        place: Path, metric: str, folder: Path, release: str = RELEASE, pairs: list[list[str]] = PAIRS
    ) -> dict[str, Any]:
        radeval_package(place, release)
        request = {"metric": metric, "weights": {"folder": str(folder)}, "pairs": pairs}
        assert warm.stdin is not None and warm.stdout is not None
        warm.stdin.write(json.dumps({"path": [str(RUNTIME), str(place)], "request": request}) + "\n")
        warm.stdin.flush()
        answer = json.loads(warm.stdout.readline())
        document: dict[str, Any] = json.loads(answer["printed"])
        assert answer["code"] == (0 if document["ok"] else 1)
        return document

    return ask


def asked_alone(place: Path, metric: str, folder: Path) -> dict[str, Any]:
    """The same by the command that the conductor starts."""
    radeval_package(place, RELEASE)
    request = {"metric": metric, "weights": {"folder": str(folder)}, "pairs": PAIRS}
    done = subprocess.run(
        [sys.executable, "-m", "tomoe_radeval"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{RUNTIME}:{place}", "HF_HUB_OFFLINE": "1"},
    )
    document: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if document["ok"] else 1)
    return document


def test_a_metric_loads_what_it_names_from_the_folder_and_scores_pairs_that_have_two_sides(
    tmp_path: Path,
) -> None:
    folder = radbert_weights(tmp_path / "weights")
    found = asked_alone(tmp_path / "env", "radeval.radbert", folder)
    assert found["scores"] == [1.0, 0.0, 0.0]
    (file,) = found["files"]
    assert file["system"] == "radeval.radbert"
    assert file["path"] == str(folder / "IAMJB/RadBERT-CT/model.safetensors")
    assert found["signature"].startswith("radeval@2.2.1(f1radbert_ct,all-18-labels,threshold:.5,weights:1@")


def test_a_tensor_that_is_missing_is_refused_and_never_drawn(asked: Asked, tmp_path: Path) -> None:
    path = radbert_weights(tmp_path / "weights") / "IAMJB/RadBERT-CT/model.safetensors"
    save_file({name: one for name, one in load_file(path).items() if "out_proj.bias" not in name}, path)
    error = asked(tmp_path / "env", "radeval.radbert", tmp_path / "weights")["error"]
    assert error["code"] == "ENVIRONMENT"
    assert "has no classifier.out_proj.bias (1 tensors are missing)" in error["what"]


def test_code_that_a_folder_brings_along_does_not_run(asked: Asked, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    folder = llama_weights(tmp_path / "weights", f"open({str(ran)!r}, 'w').write('code')\n")
    found = asked(tmp_path / "env", "radeval.green", folder)
    # The library's own class of this architecture, whatever the folder names.
    assert found["scores"] == [1.0, 0.0, 1.0]
    assert not ran.exists()


def test_weights_as_a_pickle_alone_are_refused(asked: Asked, tmp_path: Path) -> None:
    place = radbert_weights(tmp_path / "weights") / "IAMJB/RadBERT-CT"
    (place / "model.safetensors").rename(place / "pytorch_model.bin")
    error = asked(tmp_path / "env", "radeval.radbert", tmp_path / "weights")["error"]
    assert error["code"] == "ENVIRONMENT"
    assert "pytorch_model.bin is a pickle, which runs code" in error["what"]


def test_radgraph_reads_what_is_unpacked_in_the_folder(asked: Asked, tmp_path: Path) -> None:
    found = asked(
        tmp_path / "env", "radeval.radgraph", radgraph_weights(tmp_path / "weights", torch.tensor(0.5))
    )
    assert found["scores"] == [0.5, 0.0, 0.0]
    assert [Path(one["path"]).name for one in found["files"]] == [
        "config.json",
        "non_padded_namespaces.txt",
        "weights.th",
    ]


class Runs:
    """What is called when a pickle of it is read."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self.path, "w"))


def test_of_the_pickle_of_radgraph_tensors_alone_are_read(asked: Asked, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    error = asked(
        tmp_path / "env", "radeval.radgraph", radgraph_weights(tmp_path / "weights", Runs(str(ran)))
    )["error"]
    assert error["code"] == "ENVIRONMENT"
    assert not ran.exists()


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ("radeval.green", "StanfordAIMI/GREEN-radllama2-7b/config.json"),
        # Behind a pair of equal texts, whose 1.0000001 is 1, and a blank one.
        ("radeval.ratescore", 'metric "radeval.ratescore" answered 2.0 for pair 2'),
    ],
)
def test_models_that_are_missing_and_answers_that_are_none_are_refused(
    asked: Asked, tmp_path: Path, metric: str, told: str
) -> None:
    (tmp_path / "weights").mkdir()
    assert told in asked(tmp_path / "env", metric, tmp_path / "weights")["error"]["what"]


def test_what_rounding_takes_out_of_the_range_is_its_end(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    found = asked(tmp_path / "env", "radeval.ratescore", tmp_path / "weights", pairs=PAIRS[:2])
    assert found["scores"] == [1.0, 0.0]


def test_another_release_or_none_is_refused_with_how_to_make_an_environment(
    asked: Asked, tmp_path: Path
) -> None:
    (tmp_path / "weights").mkdir()
    error = asked(tmp_path / "env", "radeval.radbert", tmp_path / "weights", "2.1.0")["error"]
    assert "this is radeval 2.1.0, and 2.2.1 is needed" in error["what"]
    assert 'uv pip install --python DIR/bin/python radeval==2.2.1 "numpy<2"' in error["hint"]
    with pytest.raises(RefusedError, match="radeval is not installed here"):
        measured({"metric": "radeval.radbert", "weights": {"folder": str(tmp_path)}, "pairs": PAIRS})


@pytest.mark.parametrize("name", METRICS)
def test_no_weights_are_refused_with_what_the_metric_is_valid_for(name: str, tmp_path: Path) -> None:
    metric = f"radeval.{name}"
    with pytest.raises(RefusedError, match="none were given") as refused:
        measured({"metric": metric, "pairs": PAIRS})
    assert METRICS[name].valid in refused.value.hint
    with pytest.raises(RefusedError, match="there is no folder"):
        measured({"metric": metric, "weights": {"folder": str(tmp_path / "none")}, "pairs": PAIRS})
    with pytest.raises(RefusedError, match='there is no metric "chexbert"'):
        measured({"metric": "chexbert", "pairs": PAIRS})


def test_pairs_without_two_sides_alone_load_no_model(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    radeval_package(tmp_path / "env")
    request = {"metric": "radeval.green", "weights": {"folder": str(tmp_path / "weights")}}
    done = subprocess.run(
        [sys.executable, "-m", "tomoe_radeval"],
        input=json.dumps({**request, "pairs": [["", "a"], [" ", "b"]]}),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": f"{RUNTIME}:{tmp_path / 'env'}"},
    )
    answer = json.loads(done.stdout)
    assert (answer["ok"], answer["scores"], answer["files"]) == (True, [0.0, 0.0], [])


def test_a_package_that_radeval_wants_and_is_not_there_is_named(tmp_path: Path) -> None:
    place = radeval_package(tmp_path / "env")
    (place / "radeval/metrics/_registry.py").write_text("import medspacy_of_another_name\n", encoding="utf-8")
    (tmp_path / "weights").mkdir()
    request = {
        "metric": "radeval.ratescore",
        "weights": {"folder": str(tmp_path / "weights")},
        "pairs": PAIRS,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tomoe_radeval"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{RUNTIME}:{place}"},
    )
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "ENVIRONMENT"
    assert "medspacy_of_another_name" in error["what"]
