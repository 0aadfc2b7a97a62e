"""Scores pairs of texts by a reference library, where no worker runs.

``python -m tomoe_worker.metrics`` reads one JSON document from stdin - ``metric``, ``variant`` (which of its
kinds, as ``"ws+wn30"`` of METEOR) and ``pairs``, each ``[prediction, target]`` - and prints one:
``signature`` and ``scores``, one a pair.
"""

from __future__ import annotations

import sys
from typing import Any

from tomoe_worker.machine.answer import answered
from tomoe_worker.metrics.measure import measure


def measured(request: dict[str, Any]) -> dict[str, Any]:
    """The document of one request."""
    pairs = [(str(prediction), str(target)) for prediction, target in request["pairs"]]
    signature, scores = measure(request["metric"], pairs, request["variant"])
    return {"signature": signature, "scores": scores}


if __name__ == "__main__":
    sys.exit(answered(measured))
