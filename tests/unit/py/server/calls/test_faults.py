"""Every failure becomes a status with a typed detail."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest
import torch
from tomoe_worker.errors import ERROR_CODES, TomoeError
from tomoe_worker.server.calls.faults import DeviceLost, abort, classify, device_lost, lost
from tomoe_worker.server.wire.walk import contract


class Context:
    """What ``abort`` needs of a grpc.ServicerContext: it keeps what it was given."""

    def __init__(self) -> None:
        self.metadata: tuple[tuple[str, bytes], ...] = ()
        self.status: tuple[Any, str] | None = None

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.metadata = metadata

    def abort(self, code: Any, details: str) -> None:
        self.status = (code, details)
        raise RuntimeError("aborted")


def aborted(error: BaseException) -> tuple[Any, str, Any]:
    context = Context()
    with pytest.raises(RuntimeError, match="aborted"):
        abort(context, error)
    assert context.status is not None
    ((key, data),) = context.metadata
    assert key == "tomoe-error-bin"
    return (*context.status, contract().message("ErrorDetail").FromString(data))


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_a_typed_error_travels_whole() -> None:
    error = raised(
        TomoeError("WIRE_ROOT", 'root "x" was not agreed', hint="none", details={"b": 1, "a": [True]})
    )
    status, text, detail = aborted(error)
    assert (status, text) == (grpc.StatusCode.PERMISSION_DENIED, "WIRE_ROOT")
    assert (detail.code, detail.what, detail.hint) == ("WIRE_ROOT", 'root "x" was not agreed', "none")
    assert detail.details_json == '{"a":[true],"b":1}'
    assert "test_faults.py" in detail.traceback


@pytest.mark.parametrize("code", sorted(ERROR_CODES))
def test_every_code_has_a_status_of_its_own_number(code: str) -> None:
    status, _, _ = aborted(TomoeError(code, "x", hint="y"))
    assert status.value[0] == ERROR_CODES[code]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_memory_that_ran_out_is_told_as_such(error: BaseException) -> None:
    typed = classify(raised(error))
    assert typed.code == "OUT_OF_MEMORY" and typed.what.startswith("memory ran out at ")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(
            "[third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection closed by peer [127.0.0.1]"
        ),
        torch.distributed.DistBackendError("NCCL error"),
        torch.distributed.DistNetworkError("socket"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_rank_that_went_away_is_no_fault_of_ours(error: BaseException) -> None:
    typed = classify(raised(error))
    assert typed.code == "WORKER_UNAVAILABLE"
    assert typed.what.startswith(f"another rank is gone or silent ({type(error).__name__} at ")


def test_a_full_disk_is_told_apart_from_other_io() -> None:
    assert classify(raised(OSError(28, "No space left on device"))).code == "DISK_FULL"
    assert classify(raised(OSError(5, "Input/output error"))).code == "IO_FAILED"
    read_only = classify(raised(OSError(30, "Read-only file system", "/secret/patient")))
    assert read_only.code == "PERMISSION" and read_only.what.endswith(": EROFS")
    assert "patient" not in read_only.what


def test_the_text_of_an_unexpected_exception_is_in_the_traceback_alone() -> None:
    status, _, detail = aborted(raised(KeyError("patient said: it hurts")))
    assert (status, detail.code) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert detail.what.startswith("KeyError at ") and "hurts" not in detail.what
    assert "hurts" in detail.traceback


def test_a_lost_gpu_context_ends_the_worker_but_its_memory_error_does_not() -> None:
    assert device_lost(torch.AcceleratorError("CUDA error: device-side assert triggered"))
    assert not device_lost(torch.OutOfMemoryError("CUDA out of memory"))
    assert not device_lost(RuntimeError("x"))
    typed = classify(DeviceLost(lost(raised(torch.AcceleratorError("CUDA error")))))
    assert typed.code == "WORKER_DIED" and "the GPU's context is lost" in typed.what


def test_long_texts_are_cut_visibly_so_that_the_metadata_fit() -> None:
    def deep(level: int) -> None:
        if level == 0:
            raise TomoeError("INTERNAL", "w" * 9000, hint="h", details={"d": "x" * 9000})
        exec(
            f"def step_{level}():\n    {'pass;' * 200}\n    deep(level - 1)\nstep_{level}()",
            {"deep": deep, "level": level},
        )

    try:
        deep(200)
    except TomoeError as error:
        _, _, detail = aborted(error)
    assert detail.what.endswith(" ... (5000 characters more)")
    assert json.loads(detail.details_json) == {"omitted": "9008 bytes of details"}
    assert detail.traceback.startswith("(") and len(detail.SerializeToString()) < 32_000


def test_details_that_json_cannot_hold_are_told_as_text() -> None:
    error = TomoeError("TRAIN_DIVERGED", "x", hint="y", details={"loss": float("nan")})
    assert json.loads(aborted(error)[2].details_json) == {"loss": "nan"}
