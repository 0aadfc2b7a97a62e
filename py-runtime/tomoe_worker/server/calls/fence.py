"""The fence: a worker of an attempt that was replaced can write nothing any more.

Each writable root holds a file with the highest attempt that ever said hello over it. A worker that was
stopped, replaced and woken finds a higher number there than its own.
"""

from __future__ import annotations

import contextlib
import os
from typing import Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.disk import disk_failure

FENCE_FILE: Final = ".tomoe-attempt"


def raise_fence(root: str, attempt: int) -> None:
    """Claim a writable root for ``attempt``.

    Raises:
        TomoeError: ``WORKER_FENCED`` when a higher attempt was here; as ``disk_failure`` when the file cannot
            be written, and nothing of it is then left.
    """
    check_fence(root, attempt)
    partial = os.path.join(root, f"{FENCE_FILE}.{os.getpid()}")
    try:
        with open(partial, "w", encoding="ascii") as file:
            file.write(f"{attempt}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, os.path.join(root, FENCE_FILE))
    except OSError as cause:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        what = f"cannot write the fence in {root}"
        raise disk_failure(cause.errno, "write", what, {"path": root}) from cause


def check_fence(root: str, attempt: int) -> None:
    """Refuse to go on when a later attempt has claimed ``root``; called before and after every write.

    Raises:
        TomoeError: ``WORKER_FENCED`` naming both attempts; ``PERMISSION`` or ``IO_FAILED`` for a fence that
            cannot be read.
    """
    path = os.path.join(root, FENCE_FILE)
    try:
        with open(path, encoding="ascii") as file:
            text = file.read().strip()
    except FileNotFoundError:
        return
    except OSError as cause:
        raise disk_failure(cause.errno, "read", f"cannot read {path}", {"path": path}) from cause
    if not text.isdigit():
        raise TomoeError("IO_FAILED", f"{path} holds {text[:20]!r}, not a number", hint="Remove the file.")
    if int(text) > attempt:
        fenced(attempt, int(text))


def fenced(attempt: int, highest: int) -> None:
    """Refuse a call or a write of ``attempt``.

    Raises:
        TomoeError: ``WORKER_FENCED``, always.
    """
    raise TomoeError(
        "WORKER_FENCED",
        f"attempt {attempt} was replaced by attempt {highest}",
        hint="A newer start of this run is in charge; this one ends here.",
        details={"attempt": attempt, "highest": highest},
    )
