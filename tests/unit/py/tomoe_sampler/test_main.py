from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tomoe_sampler.__main__ import read_message

RUNTIME = Path(__file__).resolve().parents[4] / "py-runtime"


def framed(document: Any) -> bytes:
    body = json.dumps(document).encode()
    return len(body).to_bytes(4, "little") + body


def test_messages_are_read_one_by_one_until_the_end() -> None:
    stream = io.BytesIO(framed({"kind": "hello"}) + framed([1]))
    assert read_message(stream) == b'{"kind": "hello"}'
    assert read_message(stream) == b"[1]"
    assert read_message(stream) is None


def test_a_message_that_is_cut_is_the_end() -> None:
    whole = framed({"kind": "hello"})
    for length in range(len(whole)):
        assert read_message(io.BytesIO(whole[:length])) is None


def test_the_process_answers_each_message_and_ends_with_its_stdin() -> None:
    said = framed({"kind": "hello"}) + framed({"kind": "luck"}) + framed(3)
    run = subprocess.run(
        [sys.executable, "-u", "-m", "tomoe_sampler"],
        input=said,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(RUNTIME)},
        check=True,
        timeout=600,
    )
    stream = io.BytesIO(run.stdout)
    answers = []
    while (message := read_message(stream)) is not None:
        answers.append(json.loads(message))
    assert len(answers) == 3
    # Whether Optuna is there is its environment's business: what is asked is no proposal.
    for answer in answers:
        assert set(answer) in ({"ok", "error"}, {"ok", "by"})
    assert [answer["ok"] for answer in answers[1:]] == [False, False]
