"""The one error class of the Python side; the codes are those of ts/errors.ts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

# Code -> gRPC status number. tests/contract compares this table with ts/errors.ts.
ERROR_CODES: Final[Mapping[str, int]] = {
    "USAGE_INVALID": 3,
    "CONFIG_INVALID": 3,
    "CONFIG_UNKNOWN_KEY": 3,
    "RUN_NOT_FOUND": 5,
    "PATH_NOT_FOUND": 5,
    "DATA_EMPTY": 3,
    "DATA_UNSUPPORTED": 12,
    "DATA_NOT_CT": 3,
    "DATA_NOT_HU": 3,
    "DATA_TRUNCATED": 15,
    "DATA_HEADER": 3,
    "DATA_GEOMETRY": 3,
    "DATA_DTYPE_UNSUPPORTED": 12,
    "DATA_DECOMPRESS_LIMIT": 8,
    "DATA_DICOM_PARSE": 3,
    "DATA_TRANSFER_SYNTAX_UNSUPPORTED": 12,
    "DATA_PIXEL_DECODE": 15,
    "DATA_PIXEL_CALIBRATION": 3,
    "DATA_SERIES_GAP": 3,
    "DATA_SERIES_SPACING": 3,
    "DATA_SERIES_TILT": 3,
    "DATA_SERIES_MIXED": 3,
    "DATA_SERIES_DUPLICATE": 3,
    "DATA_SHARD_CHECKSUM": 15,
    "DATA_SHARD_SCHEMA": 3,
    "DATA_MANIFEST": 3,
    "DATA_PREDICTIONS": 3,
    "DATA_LEAK": 9,
    "TENSOR_INVALID": 3,
    "WIRE_INCOMPLETE": 3,
    "WIRE_INVALID": 3,
    "WIRE_CHECKSUM": 15,
    "WIRE_TOO_LARGE": 8,
    "WIRE_DIGEST": 10,
    "WIRE_VERSION": 9,
    "WIRE_ROOT": 7,
    "WORKER_START": 14,
    "WORKER_DIED": 14,
    "WORKER_UNAVAILABLE": 14,
    "WORKER_HUNG": 4,
    "WORKER_FENCED": 10,
    "WORKER_STATE": 9,
    "WORKER_TOKEN": 7,
    "ROUTER_SHAPE": 3,
    "ROUTER_PLAN_STALE": 10,
    "ROUTER_UNKNOWN_TASK": 3,
    "ROUTER_CONTRACT": 9,
    "PROCESS_TIMEOUT": 4,
    "PROCESS_OUTPUT_LIMIT": 8,
    "OUT_OF_MEMORY": 8,
    "DEVICE_UNAVAILABLE": 9,
    "TRAIN_DIVERGED": 10,
    "REPLAY_DIVERGED": 10,
    "GENERATION_EMPTY": 9,
    "CHECKPOINT_INVALID": 15,
    "CHECKPOINT_INCOMPATIBLE": 9,
    "CHECKPOINT_MISSING": 5,
    "CHECKPOINT_PICKLE": 3,
    "WEIGHTS_UNAVAILABLE": 14,
    "WEIGHTS_DIGEST": 15,
    "RECORD_INVALID": 15,
    "OUTPUT_EXISTS": 9,
    "OUTPUT_CREATE": 9,
    "IO_FAILED": 13,
    "DISK_FULL": 8,
    "STOPPED_RESUMABLE": 1,
    "LOCKED": 9,
    "PERMISSION": 7,
    "ENVIRONMENT": 9,
    "GATE_FAILED": 9,
    "CANCELLED": 1,
    "TERMINATED": 1,
    "INTERNAL": 13,
}


class TomoeError(Exception):
    """An error with a code of the closed list, the values, and what the user can do.

    ``str(error)`` reads ``[CODE] what happened``.
    """

    def __init__(
        self, code: str, what: str, *, hint: str, details: Mapping[str, JsonValue] | None = None
    ) -> None:
        if code not in ERROR_CODES:
            hint = "This is a bug of Tomoe: please report it with the log of the worker."
            raise TomoeError("INTERNAL", f"{code} is not in the closed list of error codes", hint=hint)
        super().__init__(f"[{code}] {what}")
        self.code = code
        self.what = what
        self.hint = hint
        self.details: dict[str, JsonValue] = dict(details or {})
