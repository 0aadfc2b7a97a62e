"""One question on stdin, one document on stdout: how the conductor asks without starting a worker."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from tomoe_worker.errors import TomoeError


def answer_stdin(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Answer the JSON document on stdin, or print the failure as ``{"ok": false, "error": {...}}``.

    Args:
        answer: from request to document; what it raises that is no TomoeError is a bug and ends with its
            traceback.

    Returns:
        The exit code: 0, or 1 for a failure.
    """
    try:
        document = answer(json.load(sys.stdin))
    except TomoeError as error:
        failure = {"code": error.code, "what": error.what, "hint": error.hint, "details": error.details}
        document = {"ok": False, "error": failure}
    sys.stdout.write(json.dumps(document) + "\n")
    return 1 if document.get("ok") is False else 0
