"""Confusion, calibration and gates, by hand; tests/contract/verify-eval.test.ts holds them to ts/eval."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tomoe_worker.verify.beside import gate_figures, picture_figures, printed_figures

CHOICES = ["liver", "spleen"]


def row(target: str, prediction: str, shares: tuple[float | None, ...] | None = None) -> dict[str, Any]:
    """A closed row, with log-probabilities of these shares."""
    logs = shares and [None if share is None else math.log(share) for share in shares]
    return {
        "id": "q",
        "case": "c",
        "task": "closed-vqa",
        "choices": CHOICES,
        "target": target,
        "prediction": prediction,
        **({} if logs is None else {"choiceLogProbs": logs}),
    }


def test_confusion_counts_right_against_chosen_options_and_those_that_name_none() -> None:
    figures = picture_figures([row("A", "A"), row("A", "B"), row("B", "B"), row("B", "neither")])
    assert figures == {
        "closed.confusion.0.0.n": 1,
        "closed.confusion.0.1.n": 1,
        "closed.confusion.0.2.n": 0,
        "closed.confusion.1.0.n": 0,
        "closed.confusion.1.1.n": 1,
        "closed.confusion.1.2.n": 1,
    }


def test_confusion_is_of_what_names_the_options() -> None:
    said = {**row("A", "I would say **B**", (0.6, 0.4)), "choiceTokens": [1, 2]}

    def chosen(by: str) -> list[Any]:
        figures = picture_figures([said], by)
        return [figures[f"closed.confusion.0.{at}.n"] for at in range(3)]

    assert chosen("strict") == [0, 0, 1]
    assert chosen("lenient") == [0, 1, 0]
    assert chosen("loglik-sum") == [1, 0, 0]
    assert chosen("loglik-token") == [0, 1, 0]
    with pytest.raises(KeyError):
        picture_figures([said], "m3d-compat")


def test_calibration_is_of_the_likeliest_option_in_tenths() -> None:
    figures = picture_figures([row("A", "A", (0.85, 0.15)), row("A", "B", (0.35, 0.65))])
    assert figures["closed.calibration.n"] == 2
    assert figures["closed.calibration.bins.8.n"] == 1
    assert figures["closed.calibration.bins.8.confidence"] == pytest.approx(0.85)
    assert figures["closed.calibration.bins.8.accuracy"] == 1.0
    assert figures["closed.calibration.bins.6.accuracy"] == 0.0
    assert figures["closed.calibration.bins.0.confidence"] is None
    assert figures["closed.calibration.ece"] == pytest.approx((0.15 + 0.65) / 2)
    assert figures["closed.calibration.brier"] == pytest.approx((2 * 0.15**2 + 2 * 0.65**2) / 2)


def test_an_option_that_is_missing_has_no_share_and_a_certain_answer_lies_in_the_last_tenth() -> None:
    figures = picture_figures([row("A", "A", (1.0, None))])
    assert figures["closed.calibration.bins.9.n"] == 1
    assert figures["closed.calibration.ece"] == pytest.approx(0.0)


def test_rows_without_an_option_that_is_likelier_have_no_calibration() -> None:
    assert "closed.calibration.n" not in picture_figures([row("A", "A", (None, None)), row("B", "B")])


def test_rows_without_choices_have_four_letters() -> None:
    four = {**row("D", "D"), "choices": None}
    assert picture_figures([four])["closed.confusion.3.3.n"] == 1


def test_figures_are_named_by_where_they_stand_in_the_document() -> None:
    closed = {
        "confusion": {"letters": ["A", "B"], "counts": [[3, 1, 0], [0, 2, 1]]},
        "calibration": {
            "n": 1,
            "ece": 0.1,
            "brier": 0.2,
            "bins": [{"from": 0, "to": 0.1, "n": 1, "confidence": 0.05, "accuracy": 0.0}],
        },
    }
    figures = printed_figures(closed)
    assert figures["closed.confusion.1.2.n"] == 1
    assert figures["closed.calibration.bins.0.confidence"] == 0.05
    assert len(figures) == 6 + 3 + 3
    assert len(printed_figures({**closed, "calibration": None})) == 6


CONTENT: dict[str, Any] = {
    "scorecard": [
        {"task": "closed-vqa", "metric": "accuracy.micro", "value": 0.6, "ciLow": 0.5, "ciHigh": 0.7},
        {"task": "report", "metric": "rouge1", "value": 0.3, "ciLow": 0.2, "ciHigh": 0.4},
    ],
    "adversaries": [
        {
            "task": "closed-vqa",
            "metric": "accuracy.micro",
            "adversary": "blank",
            "difference": 0.2,
            "ciLow": 0.1,
        },
    ],
}


@pytest.mark.parametrize(
    ("gate", "wanted"),
    [
        ("closed-vqa/accuracy.micro>=0.5", (0.6, True)),
        ("closed-vqa/accuracy.micro.ciLow > 0.5", (0.5, False)),
        ("closed-vqa/accuracy.micro.ciLow>=5e-1", (0.5, True)),
        ("report/rouge1<0.3", (0.3, False)),
        ("report/rouge1<=0.3", (0.3, True)),
        ("closed-vqa/accuracy.micro.over.blank>0", (0.2, True)),
        ("closed-vqa/accuracy.micro.over.blank.ciLow>0.15", (0.1, False)),
        ("closed-vqa/accuracy.micro.over.blank.value>0.15", (0.2, True)),
        ("closed-vqa/accuracy.macro>=0.5", None),
        ("closed-vqa/accuracy.micro", None),
    ],
)
def test_a_gate_is_judged_by_the_figures_of_the_document(
    gate: str, wanted: tuple[float, bool] | None
) -> None:
    assert gate_figures(CONTENT, gate) == wanted


def test_a_comparison_beside_a_scorecard_is_no_gates() -> None:
    modes = {
        "task": "closed-vqa",
        "metric": "accuracy.micro",
        "a": "loglik",
        "b": "generate",
        "difference": -1,
    }
    assert gate_figures({**CONTENT, "comparison": [modes]}, "closed-vqa/accuracy.micro>0") == (0.6, True)


def test_a_gate_over_several_pairs_holds_for_all_or_says_the_first_that_misses() -> None:
    pairs = [
        {"task": "report", "metric": "rouge1", "a": "a", "b": b, "difference": by}
        for b, by in (("b", 0.3), ("c", 0.1), ("d", 0.05))
    ]
    assert gate_figures({"comparison": pairs}, "report/rouge1>0") == (0.3, True)
    assert gate_figures({"comparison": pairs}, "report/rouge1>0.2") == (0.1, False)
