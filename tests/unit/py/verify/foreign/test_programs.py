"""Rows of other programs, by hand; tests/contract/verify.test.ts holds them to ts/eval/external."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from pyarrow import Codec
from tomoe_worker.errors import TomoeError
from tomoe_worker.verify.foreign.programs import archive_samples, as_rows, log_samples, table_rows
from tomoe_worker.verify.rows import read_rows

ORGANS = ["liver", "spleen", "heart"]


def compared(**more: object) -> dict[str, Any]:
    """A sample of the harness whose options were compared."""
    return {
        "doc_id": 0,
        "doc": {"choices": ORGANS, "patient": "P1", "case": "c1", "category": "organ"},
        "target": 1,
        "arguments": {},
        "resps": [[["-3.5", "False"]], [["-0.5", "True"]], [[-9, False]]],
        "filtered_resps": [],
        "filter": "none",
        **more,
    }


def said(**more: object) -> dict[str, Any]:
    """A sample of the harness whose text was generated."""
    return {
        "doc_id": 7,
        "doc": {"patient": "P1", "case": "c1"},
        "target": "a cyst",
        "resps": [["no cyst"]],
        "filtered_resps": ["[invalid]"],
        **more,
    }


def instance(**more: object) -> dict[str, Any]:
    """A sample of Every Eval Ever."""
    return {
        "evaluation_id": "e",
        "sample_id": "a",
        "interaction_type": "single_turn",
        "input": {"raw": "Which organ?", "reference": ["spleen"], "choices": ORGANS},
        "output": {"raw": ["B. spleen"]},
        "metadata": {"case": "c1", "patient_id": "P1"},
        **more,
    }


def sample(**more: object) -> dict[str, Any]:
    """A sample of Inspect."""
    return {
        "id": 3,
        "epoch": 1,
        "input": "Which organ?",
        "choices": ORGANS,
        "target": "B",
        "output": {"choices": [{"message": {"content": "B"}}]},
        "metadata": {"case": "c1", "patient": "P1"},
        **more,
    }


def only(value: dict[str, Any]) -> dict[str, Any]:
    """The one row of a file of one object."""
    (row,) = as_rows([value])
    return dict(row)


def test_options_that_were_compared_are_log_probabilities_and_the_likeliest_letter() -> None:
    assert only(compared()) == {
        "id": 0,
        "case": "c1",
        "subject": "P1",
        "type": "organ",
        "task": "closed-vqa",
        "choices": ORGANS,
        "target": "B",
        "prediction": "B",
        "choiceLogProbs": [-3.5, -0.5, -9.0],
    }


@pytest.mark.parametrize(
    ("target", "wanted"), [(0, "A"), ("2", "C"), ("liver", "liver"), (["spleen"], "spleen"), ("B", "B")]
)
def test_a_target_may_be_a_number_of_an_option_a_text_or_a_list_of_one(target: object, wanted: str) -> None:
    assert only(compared(target=target))["target"] == wanted


def test_options_stand_in_the_calls_where_the_item_names_none() -> None:
    calls = {f"gen_args_{at}": {"arg_0": "Q", "arg_1": f" {one}"} for at, one in enumerate(ORGANS)}
    row = only(compared(doc={}, arguments=calls))
    assert (row["choices"], row["case"]) == (ORGANS, 0)


def test_options_may_be_texts_of_an_object() -> None:
    doc = {"choices": {"text": ORGANS, "label": ["A", "B", "C"]}, "case": "c"}
    assert only(compared(doc=doc))["choices"] == ORGANS


def test_what_was_generated_is_read_before_any_filter() -> None:
    rows = as_rows([said(filter="strict"), said(filter="flexible")])
    assert [(row["task"], row["prediction"]) for row in rows] == [("open-vqa", "no cyst")]


def test_a_category_called_subject_is_no_patient() -> None:
    assert "subject" not in only(said(doc={"subject": "anatomy"}))


def test_samples_of_every_eval_ever_are_rows() -> None:
    row = only(instance())
    assert (row["id"], row["case"], row["subject"]) == ("a", "c1", "P1")
    assert (row["task"], row["target"], row["prediction"]) == ("closed-vqa", "spleen", "B. spleen")


def test_an_instance_that_failed_is_an_empty_answer() -> None:
    assert only(instance(output=None, error="timeout"))["prediction"] == ""


@pytest.mark.parametrize(
    ("output", "wanted"),
    [
        ({"choices": [{"message": {"content": "B"}}]}, "B"),
        ({"choices": [{"message": {"content": [{"type": "text", "text": "B."}, {"type": "image"}]}}]}, "B."),
        ({"completion": "spleen"}, "spleen"),
        ({"choices": [], "completion": "spleen"}, "spleen"),
    ],
)
def test_what_inspect_keeps_of_an_answer(output: object, wanted: str) -> None:
    assert only(sample(output=output))["prediction"] == wanted


def test_epochs_are_items_of_one_case() -> None:
    rows = as_rows([sample(), sample(epoch=2)])
    assert [(row["id"], row["case"]) for row in rows] == [(3, "c1"), ("3#2", "c1")]


def test_a_sample_that_failed_is_an_empty_answer() -> None:
    assert only(sample(error={"message": "out of memory"}))["prediction"] == ""


def test_rows_of_our_own_are_as_they_are() -> None:
    own = [{"id": "a", "case": "c", "task": "report", "target": "x", "prediction": "y"}]
    assert as_rows(own) == own
    assert as_rows([]) == []


def test_a_task_that_is_named_is_the_task() -> None:
    assert only(said(doc={"task": "report", "case": "c"}))["task"] == "report"
    assert only(said(doc={"task": "gsm8k", "case": "c"}))["task"] == "open-vqa"


def test_a_table_is_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = (
        "\ufeffid,case,subject,task,type,choices,choiceLogProbs,choiceTokens,truncated,target,prediction\r\n"
        'q1,c1,,closed-vqa,"[""organ"",""side""]",liver| spleen,-1.5|null,"[1, 2]",TRUE,A,"no, ""A"""\r\n'
        "q2,c1,P1,open-vqa,a|b,,,,,a cyst,\r\n"
    )
    path.write_bytes(text.encode())
    assert list(table_rows(path)) == [
        {
            "id": "q1",
            "case": "c1",
            "task": "closed-vqa",
            "type": ["organ", "side"],
            "choices": ["liver", "spleen"],
            "choiceLogProbs": [-1.5, None],
            "choiceTokens": [1, 2],
            "truncated": True,
            "target": "A",
            "prediction": 'no, "A"',
        },
        {
            "id": "q2",
            "case": "c1",
            "subject": "P1",
            "task": "open-vqa",
            "type": "a|b",
            "target": "a cyst",
            "prediction": "",
        },
    ]
    tabs = tmp_path / "a.tsv"
    tabs.write_text("id\tcase\tprediction\nq1\tc1\ta, b\n", encoding="utf-8")
    assert read_rows(tabs) == [{"id": "q1", "case": "c1", "prediction": "a, b"}]


def test_an_inspect_log_is_its_samples_and_nothing_else_of_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", "{}")
        archive.writestr("samples/3_epoch_1.json", json.dumps(sample(scores={"x": {"value": float("nan")}})))
        archive.writestr("summaries.json", "[]")
    assert len(list(archive_samples(path))) == 1
    assert [row["id"] for row in read_rows(path)] == [3]


def test_lines_of_another_program_are_read_by_their_first_object(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text("".join(json.dumps(said(doc_id=at)) + "\n" for at in range(3)), encoding="utf-8")
    assert [row["id"] for row in read_rows(path)] == [0, 1, 2]


def test_an_instance_under_several_results_is_one_row() -> None:
    rows = as_rows(
        [
            instance(evaluation_result_id="exact"),
            instance(evaluation_result_id="rouge1"),
            instance(evaluation_result_id="rouge1", sample_id="b"),
        ]
    )
    assert [row["id"] for row in rows] == ["a", "b"]


def test_what_an_export_of_ours_keeps_beside_an_answer_is_read_again() -> None:
    metadata = {
        "case": "c1",
        "types": '["organ", "side"]',
        "choiceLogProbs": "[-1, null, -2]",
        "choiceTokens": "no json",
        "answerMode": "loglik-sum",
        "labels": '{"target": [1], "prediction": [0]}',
    }
    row = only(instance(metadata=metadata))
    assert (row["type"], row["choiceLogProbs"], row["answerMode"]) == (
        ["organ", "side"],
        [-1, None, -2],
        "loglik-sum",
    )
    assert row["labels"] == {"target": [1], "prediction": [0]}
    assert "choiceTokens" not in row
    assert "labels" not in only(sample(metadata={"case": "c", "labels": ["cyst"]}))


def test_a_long_answer_may_stand_apart() -> None:
    output = {"completion": "attachment://0af3"}
    assert only(sample(output=output, attachments={"0af3": "long"}))["prediction"] == "long"


def test_a_log_that_is_one_document_is_its_samples(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(
        '{\n "version": 2,\n "status": "success",\n "x": NaN,\n "samples": ' + json.dumps([sample()]) + "}"
    )
    assert [row["id"] for row in read_rows(path)] == [3]
    path.write_text(json.dumps({"id": "a"}) + "\n")
    assert log_samples(path) is None
    assert read_rows(path) == [{"id": "a"}]


def test_a_sample_that_was_run_again_is_the_last_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        for target in ("A", "B"):
            archive.writestr("samples/3_epoch_1.json", json.dumps(sample(target=target)))
    assert [row["target"] for row in read_rows(path)] == ["B"]


def zstandard_archive(name: bytes, content: bytes, crc: int) -> bytes:
    """An archive of one entry that is packed by zstandard, as Inspect packs."""
    packed: bytes = Codec("zstd").compress(content, asbytes=True)
    facts = struct.pack("<HHIIIHH", 0, 0, crc, len(packed), len(content), len(name), 0)
    local = struct.pack("<IHHH", 0x04034B50, 63, 0, 93) + facts + name + packed
    central = struct.pack("<IHHHH", 0x02014B50, 63, 63, 0, 93) + facts + bytes(14) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def test_samples_packed_by_zstandard_are_read_and_held_to_their_checksum(tmp_path: Path) -> None:
    path, content = tmp_path / "log.eval", json.dumps(sample()).encode()
    path.write_bytes(zstandard_archive(b"samples/3_epoch_1.json", content, zlib.crc32(content)))
    assert [row["id"] for row in read_rows(path)] == [3]
    path.write_bytes(zstandard_archive(b"samples/3_epoch_1.json", content, 7))
    with pytest.raises(TomoeError, match="not what its checksum says"):
        read_rows(path)
