"""Scores pairs of texts by a reference library, where no worker runs.

``python -m tomoe_worker.metrics`` reads one JSON document from stdin - ``metric``, ``variant`` (which of its
kinds, as ``"ws+wn30"`` of METEOR), ``weights`` (what the user gives for BERTScore: ``folder``, ``layer``,
``idf``, ``baseline``) and ``pairs``, each ``[prediction, target]`` - and prints one: ``signature`` and
``scores``, one a pair, and the user's ``files`` that they follow from.
"""

from __future__ import annotations

import sys
from typing import Any

from tomoe_worker.machine.answer import answered
from tomoe_worker.metrics.measure import measure


def measured(request: dict[str, Any]) -> dict[str, Any]:
    """The document of one request."""
    pairs = [(str(prediction), str(target)) for prediction, target in request["pairs"]]
    if request["metric"] == "bertscore":
        # It imports torch and transformers, which no other metric needs.
        from tomoe_worker.metrics.bertscore import bert_measured

        return bert_measured(pairs, request.get("weights"))
    signature, scores = measure(request["metric"], pairs, request["variant"])
    return {"signature": signature, "scores": scores}


if __name__ == "__main__":
    sys.exit(answered(measured))
