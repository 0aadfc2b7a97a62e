"""Printed figures beside derived ones: what is equal, what differs, what cannot be derived."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tomoe_worker.verify.check import Check, Tally
from tomoe_worker.verify.intervals import quantile_of, wilson
from tomoe_worker.verify.sources import documents_of

SIGNATURE = "tomoe-eval/2|profile:strict|tomoe.exact/2(nfkc)|empty:0|avg:micro|cluster:case"
# Eight cases of one answer each: two wrong in the first file, none in the second.
WRONG = (1, 4)
LOW, HIGH = wilson(6 / 8, 8, quantile_of(0.975, 7))


def rows(wrong: tuple[int, ...]) -> str:
    made = [
        {
            "id": f"q{at}",
            "case": f"c{at}",
            "task": "open-vqa",
            "target": "a",
            "prediction": "b" if at in wrong else "a",
        }
        for at in range(8)
    ]
    return "".join(json.dumps(one) + "\n" for one in made)


def entry(**more: object) -> dict[str, object]:
    told = {
        "value": 0.75,
        "ciLow": LOW,
        "ciHigh": HIGH,
        "n": 8,
        "clusters": 8,
        "unit": "case",
        "chance": None,
    }
    return {"task": "open-vqa", "metric": "exact", **told, "signature": SIGNATURE, **more}


def checked(folder: Path, content: dict[str, Any]) -> Tally:
    (folder / "results.json").write_text(json.dumps(content))
    tally = Tally()
    for document in documents_of(folder)[0]:
        check = Check(document, tally)
        check.scorecard()
        check.comparison()
    return tally


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "predictions.jsonl").write_text(rows(WRONG))
    (tmp_path / "better.jsonl").write_text(rows(()))
    return tmp_path


def test_figures_that_the_rows_give_are_equal(folder: Path) -> None:
    tally = checked(folder, {"scorecard": [entry()]})
    assert (tally.figures, tally.equal, tally.differing, tally.missing) == (7, 7, [], [])


@pytest.mark.parametrize(
    ("field", "printed"),
    [
        ("value", 0.75 + 1e-11),
        ("ciLow", LOW + 2e-9),
        ("ciHigh", HIGH - 2e-9),
        ("n", 9),
        ("clusters", 7),
        ("chance", 0.25),
        ("unit", "patient"),
        ("value", None),
        ("value", True),
    ],
)
def test_a_figure_that_differs_is_named_with_both_values(folder: Path, field: str, printed: object) -> None:
    tally = checked(folder, {"scorecard": [entry(**{field: printed})]})
    [found] = tally.differing
    assert (found["figure"], found["printed"]) == (f"open-vqa/exact.{field}", printed)
    assert tally.equal == tally.figures - 1


def test_rounding_within_the_tolerances_is_no_difference(folder: Path) -> None:
    assert checked(folder, {"scorecard": [entry(value=0.75 + 5e-13, ciLow=LOW + 5e-10)]}).differing == []


def test_an_entry_whose_rows_are_gone_altered_or_of_no_known_metric_is_missing(folder: Path) -> None:
    unknown = entry(signature=SIGNATURE.replace("tomoe.exact", "tomoe.green"))
    no_rows = entry(task="report")
    no_signature = {key: value for key, value in entry().items() if key != "signature"}
    tally = checked(folder, {"scorecard": [unknown, no_rows, no_signature]})
    assert [one["figure"] for one in tally.missing] == ["open-vqa/exact", "report/exact", "open-vqa/exact"]
    assert tally.equal == 0
    altered = {"role": "rows", "path": "predictions.jsonl", "sha256": "0" * 64}
    assert "altered" in checked(folder, {"scorecard": [entry()], "inputs": [altered]}).missing[0]["why"]


def test_missing_answers_count_as_wrong_where_the_signature_holds_an_expected_set(folder: Path) -> None:
    (folder / "expected.jsonl").write_text(rows(()).replace(', "prediction": "a"', ""))
    kept = "".join(line + "\n" for line in rows(()).splitlines()[2:])
    (folder / "predictions.jsonl").write_text(kept)
    inputs = [{"role": "rows", "path": "predictions.jsonl"}, {"role": "expected", "path": "expected.jsonl"}]
    held = entry(signature=SIGNATURE + "|expected:6 of 8@0123")
    assert checked(folder, {"scorecard": [held], "inputs": inputs}).differing == []
    assert checked(folder, {"scorecard": [entry()], "inputs": inputs}).differing != []


def pair(**more: object) -> dict[str, object]:
    told = {"first": 0.75, "second": 1.0, "difference": 0.25, "p": 0.5, "n": 8, "clusters": 8}
    names = {
        "task": "open-vqa",
        "metric": "exact",
        "a": "x",
        "b": "y",
        "primary": True,
        "signature": SIGNATURE,
    }
    return {**names, **told, "pHolm": 0.5, "verdict": "not separable", "perSeed": None, **more}


SYSTEMS = [
    {"role": "system", "system": "x", "path": "predictions.jsonl"},
    {"role": "system", "system": "y", "path": "better.jsonl"},
]


def test_a_comparison_is_derived_with_its_family(folder: Path) -> None:
    content = {"comparison": [pair()], "family": {"tests": 1}, "inputs": SYSTEMS}
    tally = checked(folder, content)
    assert (tally.differing, tally.missing, tally.figures) == ([], [], 9)
    for field, printed in (("verdict", "second is higher"), ("pHolm", 0.25), ("p", 0.4)):
        [found] = checked(folder, {**content, "comparison": [pair(**{field: printed})]}).differing
        assert found["figure"] == f"open-vqa/exact (x and y).{field}"
    [found] = checked(folder, {**content, "family": {"tests": 2}}).differing
    assert found == {"figure": "family.tests", "printed": 2, "derived": 1}


def test_a_system_without_rows_is_missing(folder: Path) -> None:
    tally = checked(folder, {"comparison": [pair()], "inputs": SYSTEMS[:1]})
    assert tally.missing == [
        {"figure": "open-vqa/exact (x and y)", "why": 'the document names no rows of "y"'}
    ]


def test_items_are_joined_by_the_mapping_that_the_document_names(folder: Path) -> None:
    (folder / "better.jsonl").write_text(rows(()).replace('"q', '"m'))
    joined = "".join(json.dumps({"a": f"q{at}", "b": f"m{at}"}) + "\n" for at in range(8))
    (folder / "mapping.jsonl").write_text(joined)
    inputs = [*SYSTEMS, {"role": "mapping", "path": "mapping.jsonl"}]
    assert checked(folder, {"comparison": [pair()], "inputs": inputs}).differing == []


def test_the_module_answers_one_document(folder: Path) -> None:
    (folder / "results.json").write_text(json.dumps({"scorecard": [entry(value=0.5)]}))
    done = subprocess.run(
        [sys.executable, "-m", "tomoe_worker.verify"],
        input=json.dumps({"result": str(folder)}),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[4] / "py-runtime",
    )
    answer = json.loads(done.stdout)
    assert answer["differing"] == [{"figure": "open-vqa/exact.value", "printed": 0.5, "derived": 0.75}]
    assert (answer["figures"], answer["equal"]) == (7, 6)
    assert {Path(one["path"]).name for one in answer["inputs"]} == {"results.json", "predictions.jsonl"}
    assert answer["by"]["libraries"]["numpy"]
    assert answer["tolerances"] == {"value": 1e-12, "interval": 1e-9}


def test_a_judge_of_two_tasks_is_read_task_by_task(folder: Path) -> None:
    judged = [
        {"id": f"q{at}", "task": task, "judge": "one", "value": value, "signature": "v1"}
        for task, value in (("open-vqa", 1), ("report", 0))
        for at in range(8)
    ]
    (folder / "judged.jsonl").write_text("".join(json.dumps(one) + "\n" for one in judged))
    (folder / "rows.jsonl").write_text(rows(()))
    signature = "tomoe-eval/2|profile:strict|judge:one(v1)|bounds:0..1|avg:micro|cluster:case"
    content = {
        "scorecard": [
            {"task": "open-vqa", "metric": "judge.one", "value": 1.0, "n": 8, "signature": signature}
        ],
        "inputs": [
            {"role": "rows", "path": "rows.jsonl"},
            {"role": "judged", "path": "judged.jsonl"},
        ],
    }
    tally = checked(folder, content)
    assert (tally.differing, tally.missing) == ([], [])
