"""machine/answer.py: one request in, one document out."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.answer import answered


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], job: Any) -> tuple[int, Any]:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"of": 3}'))
    code = answered(job)
    out = capsys.readouterr().out
    assert out.endswith("\n") and out.count("\n") == 1
    return code, json.loads(out)


def test_the_document_of_a_job_is_printed_as_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(monkeypatch, capsys, lambda request: {"twice": 2 * request["of"]}) == (
        0,
        {"ok": True, "twice": 6},
    )


def test_a_refusal_is_printed_with_code_hint_and_details(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(request: dict[str, Any]) -> dict[str, Any]:
        raise TomoeError("DATA_EMPTY", "nothing came", hint="Send something.", details={"of": request["of"]})

    error = {"code": "DATA_EMPTY", "what": "nothing came", "hint": "Send something.", "details": {"of": 3}}
    assert told(monkeypatch, capsys, refuse) == (1, {"ok": False, "error": error})


def test_a_bug_is_no_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError):
        told(monkeypatch, capsys, lambda request: {"x": request["missing"]})
    assert capsys.readouterr().out == ""
