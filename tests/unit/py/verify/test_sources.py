"""What a result is made of, and whether its rows are there and as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.verify.rows import sha256_of
from tomoe_worker.verify.sources import documents_of, named_in, read_document


def written(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_rows_of_a_run_lie_beside_its_scorecard(tmp_path: Path) -> None:
    document = read_document(written(tmp_path / "scorecard.json", {"scorecard": []}))
    source = document.rows_of(None)
    assert source is not None
    assert source.problem == "its rows are not there: predictions.jsonl"
    written(tmp_path / "predictions.jsonl", "{}")
    written(tmp_path / "predictions.blank.jsonl", "{}")
    document = read_document(tmp_path / "scorecard.json")
    for beside in (None, "blank"):
        found = document.rows_of(beside)
        assert found is not None and found.problem is None
    lost = document.rows_of("slices-after")
    assert lost is not None and lost.problem is not None


def test_rows_that_a_document_names_are_found_by_path_or_name_and_held_to_their_digest(
    tmp_path: Path,
) -> None:
    rows = written(tmp_path / "rows.jsonl", "{}")
    named = {"role": "system", "system": "a", "path": "elsewhere/rows.jsonl", "sha256": sha256_of(rows)}
    content = {"comparison": [], "inputs": [named, {"role": "rows", "path": "-", "sha256": "0"}]}
    document = read_document(written(tmp_path / "results.json", content))
    [source] = document.of("system", "a")
    assert source.problem is None
    assert document.of("system", "b") == []
    rows.write_text("{} ")
    assert "altered" in str(source.problem)
    [stdin] = document.of("rows")
    assert "stdin" in str(stdin.problem)


def test_a_failed_gate_keeps_the_numbers_in_its_details(tmp_path: Path) -> None:
    content = {"ok": False, "error": {"code": "GATE_FAILED", "details": {"scorecard": [{"task": "t"}]}}}
    document = read_document(written(tmp_path / "scorecard.json", content))
    assert document.content["scorecard"] == [{"task": "t"}]


@pytest.mark.parametrize("content", ["{", "[]", '{"ok": true}', '{"scorecard": {}}'])
def test_a_document_without_figures_is_an_invalid_record(tmp_path: Path, content: str) -> None:
    with pytest.raises(TomoeError) as caught:
        documents_of(written(tmp_path / "scorecard.json", content))
    assert caught.value.code == "RECORD_INVALID"
    assert "scorecard.json" in str(caught.value)


def test_a_folder_holds_its_document(tmp_path: Path) -> None:
    with pytest.raises(TomoeError, match=r"results\.json, scorecard\.json"):
        documents_of(tmp_path)
    written(tmp_path / "scorecard.json", {"scorecard": []})
    assert documents_of(tmp_path)[0][0].path.name == "scorecard.json"
    written(tmp_path / "results.json", {"scorecard": []})
    assert documents_of(tmp_path)[0][0].path.name == "results.json"


def test_a_log_names_documents_runs_and_evals_each_once() -> None:
    text = (
        "`runs/20261129-a-b`, [it](out/scorecard.json) and (out/scorecard.json); a-results.json. evals/e1/."
    )
    assert named_in(text) == ["runs/20261129-a-b", "out/scorecard.json", "a-results.json", "evals/e1"]


def test_what_a_log_names_is_read_and_what_is_not_there_is_told(tmp_path: Path) -> None:
    written(tmp_path / "runs/one/scorecard.json", {"scorecard": []})
    log = written(tmp_path / "LOG.md", "# Log\nruns/one holds; runs/two refuted; runs/one/scorecard.json\n")
    documents, missing = documents_of(log)
    assert [one.path.parent.name for one in documents] == ["one"]
    assert [one["figure"] for one in missing] == ["runs/two"]
    with pytest.raises(TomoeError, match="names no"):
        documents_of(written(tmp_path / "empty" / "LOG.md", "nothing"))
