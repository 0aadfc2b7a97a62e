"""One job: ``python -m tomoe_radeval`` reads a JSON document from stdin and prints one (see ``measure``).

Whatever libraries print goes to stderr: stdout has the document alone.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from tomoe_radeval.measure import measured
from tomoe_radeval.refused import RefusedError


def main() -> int:
    """Answer the request of stdin; returns the exit code."""
    stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as place:
        # Some metrics write beside themselves.
        os.chdir(place)
        try:
            document: dict[str, object] = {"ok": True, **measured(request)}
        except RefusedError as error:
            document = error.document()
        os.chdir("/")
    stdout.write(json.dumps(document, allow_nan=False) + "\n")
    stdout.flush()
    return 0 if document["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
