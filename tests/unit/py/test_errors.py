"""The one error class: its text, what it carries, and the closed list."""

from __future__ import annotations

import pickle

import grpc
import pytest
from tomoe_worker.errors import ERROR_CODES, JsonValue, TomoeError


def test_the_code_stands_first_and_the_parts_can_be_read_one_by_one() -> None:
    error = TomoeError("WIRE_INVALID", "a field is 3", hint="Send 2.", details={"field": "x"})
    assert str(error) == "[WIRE_INVALID] a field is 3"
    assert (error.code, error.what, error.hint, error.details) == (
        "WIRE_INVALID",
        "a field is 3",
        "Send 2.",
        {"field": "x"},
    )


def test_details_are_a_copy_and_there_is_always_an_object() -> None:
    given: dict[str, JsonValue] = {"step": 1}
    error = TomoeError("INTERNAL", "what", hint="Hint.", details=given)
    given["step"] = 2
    assert error.details == {"step": 1}
    assert TomoeError("INTERNAL", "what", hint="Hint.").details == {}


@pytest.mark.parametrize("code", ["", "internal", "WORKER_DEAD", "[INTERNAL]"])
def test_a_code_that_is_not_in_the_list_is_a_mistake_of_ours(code: str) -> None:
    with pytest.raises(TomoeError, match="is not in the closed list of error codes") as caught:
        TomoeError(code, "what", hint="Hint.")
    assert caught.value.code == "INTERNAL"


def test_every_code_has_a_status_that_grpc_knows_and_none_is_ok() -> None:
    known = {status.value[0] for status in grpc.StatusCode}
    assert set(ERROR_CODES.values()) <= known - {grpc.StatusCode.OK.value[0]}
    assert all(code == code.upper() and code.replace("_", "").isalpha() for code in ERROR_CODES)


def test_a_cause_is_kept() -> None:
    with pytest.raises(TomoeError) as caught:
        try:
            pickle.loads(b"")
        except EOFError as cause:
            raise TomoeError("CHECKPOINT_INVALID", "it ended", hint="Go back.") from cause
    assert isinstance(caught.value.__cause__, EOFError)
