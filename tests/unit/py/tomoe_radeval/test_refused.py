"""Refusals as the other side reads them."""

from __future__ import annotations

from tomoe_radeval.refused import RefusedError


def test_a_refusal_is_code_words_hint_and_details() -> None:
    refused = RefusedError("ENVIRONMENT", "no weights", "Give some.", {"metric": "radgraph"})
    assert str(refused) == "no weights"
    assert refused.document() == {
        "ok": False,
        "error": {
            "code": "ENVIRONMENT",
            "what": "no weights",
            "hint": "Give some.",
            "details": {"metric": "radgraph"},
        },
    }
    assert RefusedError("INTERNAL", "x", "y").details == {}
