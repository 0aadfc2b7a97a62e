"""A program that answers one JSON document, called in the test: a process of its own imports torch anew."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any
from unittest.mock import patch

from tomoe_worker.machine.answer import answered


def answer(
    job: Callable[[dict[str, Any]], dict[str, Any]], request: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Exit code and document of the job, by what it reads and prints."""
    out = io.StringIO()
    with patch.object(sys, "stdin", io.StringIO(json.dumps(request))), redirect_stdout(out):
        code = answered(job)
    return code, json.loads(out.getvalue())
