"""Derives every figure of a result from its rows.

``python -m tomoe_worker.verify`` reads one JSON document from stdin - ``result``, the path of a document, a
folder or a log - and prints one: figures, how many are equal, what differs and what is missing, the files
that were read with their SHA-256, and the libraries that derived them.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

from tomoe_worker.machine.answer import answered


def verified(request: dict[str, Any]) -> dict[str, Any]:
    """The document of one request."""
    # After the request is read, so that a library that is missing is a typed answer.
    from tomoe_worker.verify.check import Check, Tally
    from tomoe_worker.verify.rows import sha256_of
    from tomoe_worker.verify.sources import documents_of
    from tomoe_worker.verify.texts import library_versions

    libraries = library_versions()
    documents, missing = documents_of(Path(request["result"]))
    tally = Tally()
    for one in missing:
        tally.lost(one["figure"], one["why"])
    read: dict[str, str] = {}
    for document in documents:
        check = Check(document, tally)
        check.scorecard()
        check.comparison()
        check.picture()
        check.gates()
        for path in (document.path, *(source.path for source in document.sources if source.path)):
            read[str(path)] = sha256_of(path)
    return {
        "figures": tally.figures,
        "equal": tally.equal,
        "differing": tally.differing,
        "missing": tally.missing,
        "inputs": [{"path": path, "sha256": digest} for path, digest in read.items()],
        "by": {"python": platform.python_version(), "libraries": libraries},
        "tolerances": tally.tolerances,
    }


if __name__ == "__main__":
    sys.exit(answered(verified))
