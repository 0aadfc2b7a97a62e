"""Rows as a profile scores them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.verify.rows import (
    TaskRows,
    key_of,
    read_rows,
    sha256_of,
    types_of,
    under_profile,
    with_missing,
)


def row(at: str, **more: object) -> dict[str, object]:
    return {"id": at, "case": "c", "task": "open-vqa", "target": "a", "prediction": "b", **more}


def test_reads_one_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "1"}\r\n\n  \n{"id": "2\\u2028"}')
    assert [one["id"] for one in read_rows(path)] == ["1", "2\u2028"]
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    for bad in ("[1]", "{"):
        path.write_text('{"id": "1"}\n' + bad)
        with pytest.raises(TomoeError, match="line 2"):
            read_rows(path)


def test_one_profile_alone_drops_open_rows_with_an_empty_side() -> None:
    rows = [row("1", prediction=" \n"), row("2", target=" x "), row("3", task="report", prediction="")]
    assert under_profile(rows, "strict") == rows
    kept = under_profile(rows, "ct-spatial-vqa")
    assert [(one["id"], one["target"]) for one in kept] == [("2", "x"), ("3", "a")]


def test_expected_items_without_a_prediction_are_empty_answers() -> None:
    given = [row("2"), row("1")]
    found = with_missing(given, [row("1"), row("2"), row("3")])
    assert [(key_of(one)[1], one["prediction"]) for one in found] == [("2", "b"), ("1", "b"), ("3", "")]


def test_types_are_none_one_or_several() -> None:
    assert types_of(row("1")) == []
    assert types_of(row("1", type="organ")) == ["organ"]
    assert types_of(row("1", type=["organ", "side"])) == ["organ", "side"]


def test_clusters_are_patients_or_cases_in_one_order() -> None:
    rows = [row("1", subject="p2", type="a"), row("2", subject="p1"), row("3", subject="p2", type=["a", "b"])]
    table = TaskRows(rows=rows)
    assert table.names == ["p1", "p2"]
    assert table.clusters.tolist() == [1, 0, 1]
    assert table.types == {"a": [0, 2], "b": [2]}
    assert table.unit == "patient"
    assert TaskRows(rows=[row("1")]).unit == "case"
