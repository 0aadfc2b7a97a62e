"""server/call_record.py: whether all calls of a run ended well."""

from __future__ import annotations

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.call_record import CallRecord


def always() -> bool:
    return True


def refusal(record: CallRecord) -> str:
    with record.opened("Reset", always), pytest.raises(TomoeError) as caught:
        record.seal()
    assert caught.value.code == "WORKER_STATE"
    return caught.value.what


def test_a_run_whose_calls_ended_well_is_sealed_and_lets_no_other_call_in() -> None:
    record = CallRecord()
    for name in ("Hello", "Train"):
        with record.opened(name, always):
            pass
    with record.opened("Reset", always):
        record.seal()
        with pytest.raises(TomoeError) as caught, record.opened("Score", always):
            pass
    assert (caught.value.code, caught.value.what) == (
        "WORKER_STATE",
        "Score came while the worker lets go of its run",
    )


def test_a_call_that_failed_is_not_forgotten() -> None:
    record = CallRecord()
    with pytest.raises(KeyError), record.opened("Train", always):
        raise KeyError("nothing")
    with record.opened("Score", always):
        pass
    assert refusal(record) == "Train failed or was given up in this run"


def test_a_stream_that_was_left_and_a_call_that_was_cancelled_count_as_failed() -> None:
    left, cancelled = CallRecord(), CallRecord()
    stream = (record for record in [left] for _ in [0])

    def texts():  # type: ignore[no-untyped-def]
        with left.opened("Generate", always):
            yield next(stream)

    running = texts()
    next(running)
    running.close()
    assert refusal(left) == "Generate failed or was given up in this run"
    with cancelled.opened("Score", lambda: False):
        pass
    assert refusal(cancelled) == "Score failed or was given up in this run"


def test_other_calls_that_are_open_keep_the_run() -> None:
    record = CallRecord()
    with record.opened("Feed", always):
        assert refusal(record) == "1 other calls are open"
    # Refusing is no fault of the run: it may be asked again once they ended.
    with record.opened("Reset", always):
        record.seal()
