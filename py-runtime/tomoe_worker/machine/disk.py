"""What a failed file operation is called: one table of errno -> code for reading and for writing."""

from __future__ import annotations

import errno
from typing import Final, Literal

from tomoe_worker.errors import JsonValue, TomoeError

Direction = Literal["read", "write"]

# The table of ts/files/codes.ts; tests/contract compares the two for every errno there is.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP})
_TAKEN: Final = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.EISDIR, errno.EMLINK})

_HINTS: Final = {
    "DISK_FULL": "Free space on that disk or raise the quota, then resume the run or give the command again.",
    "PERMISSION": "Give the worker's user the right to it, or a file system that is not mounted read-only.",
    "PATH_NOT_FOUND": "Check that the file is there.",
    "OUTPUT_CREATE": "Check that the folder above exists and that nothing else stands in its place.",
    "IO_FAILED": "Check the disk (dmesg, smartctl) and the network file system, then try again.",
}


def code_of_errno(number: int | None, direction: Direction) -> str:
    """The code of the closed list for an errno, e.g. ``EROFS`` -> ``PERMISSION``."""
    if number in _FULL:
        return "DISK_FULL"
    if number in _DENIED:
        return "PERMISSION"
    if number in _NOWHERE:
        return "PATH_NOT_FOUND" if direction == "read" else "OUTPUT_CREATE"
    if number in _TAKEN and direction == "write":
        return "OUTPUT_CREATE"
    return "IO_FAILED"


def disk_failure(
    number: int | None,
    direction: Direction,
    what: str,
    details: dict[str, JsonValue] | None = None,
) -> TomoeError:
    """The typed error for a failed file operation.

    Args:
        number: errno of the failure; None where the library that met it did not say.
        what: what could not be done, with the place where the reader of the message knows it.

    Returns:
        ``DISK_FULL``, ``PERMISSION``, ``PATH_NOT_FOUND``, ``OUTPUT_CREATE`` or ``IO_FAILED``.
    """
    code = code_of_errno(number, direction)
    name = errno.errorcode.get(number, str(number)) if number is not None else "no errno"
    return TomoeError(code, f"{what}: {name}", hint=_HINTS[code], details=details or {})
