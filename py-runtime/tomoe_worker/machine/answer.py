"""One JSON document in, one out: how a process that is called for one job speaks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from tomoe_worker.errors import TomoeError


def answered(job: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Do the job of the request on stdin and print its document; returns the exit code."""
    try:
        document = {"ok": True, **job(json.load(sys.stdin))}
    except TomoeError as error:
        failure = {"code": error.code, "what": error.what, "hint": error.hint, "details": error.details}
        document = {"ok": False, "error": failure}
    sys.stdout.write(json.dumps(document) + "\n")
    return 0 if document["ok"] else 1
