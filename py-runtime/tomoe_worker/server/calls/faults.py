"""Whatever goes wrong in a call -> a gRPC status with a typed detail; the other side never parses text."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any, Final

import grpc
import rfc8785
import torch
import torch.distributed

from tomoe_worker.errors import ERROR_CODES, TomoeError
from tomoe_worker.machine.disk import disk_failure
from tomoe_worker.server.wire.specs import make

DETAIL_KEY: Final = "tomoe-error-bin"
# Trailing metadata share one header block: both sides allow 64 KiB, base64 takes a third more.
_MAX_TRACEBACK: Final = 16_000
_MAX_WHAT: Final = 4_000
_STATUS: Final = {code.value[0]: code for code in grpc.StatusCode}


class DeviceLost(Exception):
    """The device's context is gone: this process can only end. ``error`` is what the caller is told."""

    def __init__(self, error: TomoeError) -> None:
        super().__init__(str(error))
        self.error = error


def classify(error: BaseException) -> TomoeError:
    """The typed error for anything that was raised while a call was served.

    The text of an unexpected exception may quote a prompt, so it goes into the traceback, which is shown on
    request only, and never into the message.
    """
    if isinstance(error, TomoeError):
        return error
    if isinstance(error, DeviceLost):
        return error.error
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or _is_cpu_allocation(error):
        return TomoeError(
            "OUT_OF_MEMORY",
            f"memory ran out at {_place(error)}",
            hint="Use smaller batches, smaller volumes or a larger device.",
        )
    if isinstance(error, torch.distributed.DistError) or _is_gloo(error):
        return TomoeError(
            "WORKER_UNAVAILABLE",
            f"another rank is gone or silent ({type(error).__name__} at {_place(error)})",
            hint="The run goes on from its last checkpoint with fresh ranks.",
        )
    if isinstance(error, OSError):
        # What the worker reads has typed errors of its own: what is left is what it writes.
        return disk_failure(error.errno, "write", f"{type(error).__name__} at {_place(error)}")
    what = f"{type(error).__name__} at {_place(error)}"
    return TomoeError("INTERNAL", what, hint="This is a fault of ours; please report it.")


def device_lost(error: BaseException) -> bool:
    """True when the GPU's context cannot be used any more (device assert, ECC, illegal address)."""
    return isinstance(error, torch.AcceleratorError) and not isinstance(error, torch.OutOfMemoryError)


def lost(error: BaseException) -> TomoeError:
    """What the caller is told when ``device_lost``: the process ends and is to be restarted."""
    return TomoeError(
        "WORKER_DIED",
        f"the GPU's context is lost ({type(error).__name__} at {_place(error)}); the worker ends",
        hint="The run goes on from its last checkpoint; look at the GPU's health when it happens again.",
        details={"deviceLost": True},
    )


def abort(context: Any, error: BaseException) -> None:
    """End a call with the status of its typed error and the detail in the trailing metadata. Always
    raises.
    """
    typed = classify(error)
    trace = "".join(traceback.format_exception(error))
    detail = make(
        "ErrorDetail",
        {
            "code": typed.code,
            "what": _cut(typed.what, _MAX_WHAT),
            "hint": typed.hint,
            "details_json": _details(typed),
            "traceback": _cut_front(trace, _MAX_TRACEBACK),
        },
    )
    context.set_trailing_metadata(((DETAIL_KEY, detail.SerializeToString()),))
    context.abort(_STATUS[ERROR_CODES[typed.code]], typed.code)


def _details(error: TomoeError) -> str:
    try:
        text: bytes = rfc8785.dumps(error.details)
    except rfc8785.CanonicalizationError:
        text = rfc8785.dumps({name: str(value) for name, value in error.details.items()})
    if len(text) > _MAX_WHAT:
        return rfc8785.dumps({"omitted": f"{len(text)} bytes of details"}).decode()
    return text.decode()


def _is_cpu_allocation(error: BaseException) -> bool:
    # torch has no class of its own for a failed allocation on the CPU.
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def _is_gloo(error: BaseException) -> bool:
    # A connection that breaks is a bare RuntimeError there, which names gloo's source file.
    return isinstance(error, RuntimeError) and "gloo/" in str(error)


def _place(error: BaseException) -> str:
    last: TracebackType | None = error.__traceback__
    place = "an unknown place"
    while last is not None:
        code = last.tb_frame.f_code
        name = code.co_filename.replace("\\", "/").split("tomoe_worker/")[-1].split("/site-packages/")[-1]
        place = f"{name}:{last.tb_lineno} ({code.co_name})"
        last = last.tb_next
    return place


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} ... ({len(text) - most} characters more)"


def _cut_front(text: str, most: int) -> str:
    return text if len(text) <= most else f"({len(text) - most} characters more) ... {text[-most:]}"
