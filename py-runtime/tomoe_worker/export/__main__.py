"""Writes an export of a checkpoint into an empty folder.

``python -m tomoe_worker.export`` reads one JSON document from stdin - ``checkpoint`` and ``base`` (folders),
``out`` (an empty folder), ``probe`` (a file to be made beside it), ``merge`` and ``run`` (``runId``,
``checkpoint``, ``configDigest``, ``plan``) - and prints one: ``{"ok": true, "files": [...]}``, or the
failure as ``{"ok": false, "error": {...}}`` with exit code 1.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tomoe_worker.export.write import Wanted, write_export
from tomoe_worker.machine.answer import answered


def export(request: dict[str, Any]) -> dict[str, Any]:
    """The document of one request."""
    places = {name: Path(request[name]) for name in ("checkpoint", "base", "out", "probe")}
    return {"files": write_export(Wanted(**places, merge=request["merge"], run=request["run"]))}


if __name__ == "__main__":
    sys.exit(answered(export))
