"""Figures of single entries, derived from rows by their metric and signature."""

from __future__ import annotations

import numpy as np
import pytest
from tomoe_worker.verify.corpus import CorpusNumber
from tomoe_worker.verify.derive import (
    Macro,
    Mean,
    TaskNumbers,
    Underivable,
    bounds_of,
    figures_of,
    left_out,
    part_of,
    totals,
)
from tomoe_worker.verify.rows import TaskRows

STRICT = "tomoe-eval/2|profile:strict|tomoe.accuracy/2|parser:first-letter-or-exact-text/4|unparsed:wrong"
LOGLIK = "tomoe-eval/2|profile:strict|tomoe.accuracy/2|parser:none(loglik-sum)|unparsed:wrong"
EXACT = "tomoe-eval/2|profile:strict|tomoe.exact/2(nfkc)|empty:0"


def row(at: int, prediction: str, **more: object) -> dict[str, object]:
    return {
        "id": str(at),
        "case": f"c{at}",
        "subject": f"p{at // 2}",
        "task": "closed-vqa",
        "choices": ["liver", "spleen", "NA", "heart"],
        "target": "liver",
        "prediction": prediction,
        **more,
    }


ROWS = [
    row(0, "A", type="organ", choiceLogProbs=[-2, -1, None, -3]),
    row(1, "B", type="organ", choiceLogProbs=[-1, -2, None, -3]),
    row(2, "heart", type="side", target="D", choiceLogProbs=[-9, -9, None, -3]),
    row(3, "A or B", type="side", choiceLogProbs=[-1, -2, None, -3]),
]


def figures(metric: str, signature: str, rows: list[dict[str, object]] = ROWS) -> dict[str, object]:
    numbers = TaskNumbers(TaskRows(rows=rows), {"radiologist": {"0": 0.5, "1": 1.0, "2": 0.0, "3": 0.5}})
    return dict(figures_of(numbers.number(metric, signature), numbers.table, (0.0, 1.0)))


@pytest.mark.parametrize(
    ("metric", "signature", "value", "n"),
    [
        ("accuracy.micro", STRICT, 0.5, 4),
        ("accuracy.macro", STRICT, 0.5, 4),
        ("type.organ", STRICT, 0.5, 2),
        ("unparsed", STRICT.replace("accuracy", "unparsed"), 0.25, 4),
        ("hedged", STRICT.replace("accuracy", "hedged"), 0.25, 4),
        ("accuracy.micro", LOGLIK, 0.75, 4),
        ("exact", EXACT, 0.0, 4),
        ("exact.type.side", EXACT, 0.0, 2),
        ("judge.radiologist", "tomoe-eval/2|profile:strict|judge:radiologist(v1)", 0.5, 4),
        ("judges.share.radiologist", "tomoe-eval/2|profile:strict|judges:share(>=0.5,radiologist)", 0.75, 4),
        ("judges.share", "tomoe-eval/2|profile:strict|judges:share(>=0.75,radiologist,radiologist)", 0.25, 4),
    ],
)
def test_an_entry_is_derived_from_what_its_signature_says(
    metric: str, signature: str, value: float, n: int
) -> None:
    found = figures(metric, signature)
    assert (found["value"], found["n"], found["clusters"]) == (pytest.approx(value), n, 1 if n == 2 else 2)
    assert found["ciLow"] <= value <= found["ciHigh"]  # type: ignore[operator]


def test_chance_and_majority_stand_beside_closed_answers() -> None:
    found = figures("accuracy.micro", STRICT)
    # Organ: liver twice; side: heart once and liver once.
    assert (found["chance"], found["majority"]) == (pytest.approx(1 / 3), pytest.approx(3 / 4))
    assert figures("type.side", STRICT)["majority"] == 0.5
    assert figures("exact", EXACT)["chance"] is None


@pytest.mark.parametrize(
    ("metric", "signature", "why"),
    [
        ("accuracy.micro", STRICT.replace("first-letter", "last-letter"), "no parser"),
        ("type.lobe", STRICT, "no row"),
        ("green", "tomoe-eval/2|profile:strict|tomoe.green/1(x)", "no library here"),
        ("judge.x", "tomoe-eval/2|profile:strict|judge:x(v1)", 'judge "x"'),
    ],
)
def test_what_cannot_be_derived_says_why(metric: str, signature: str, why: str) -> None:
    with pytest.raises(Underivable, match=why):
        figures(metric, signature)


def test_a_target_that_names_no_option_is_told() -> None:
    with pytest.raises(Underivable, match="names no option"):
        figures("accuracy.micro", STRICT, [row(0, "A", target="lung")])


def test_a_corpus_number_leaves_clusters_or_blocks_out() -> None:
    table = TaskRows(rows=[row(at, "") for at in range(8)])
    statistics = np.array([[at, 1.0] for at in range(8)])
    plain = CorpusNumber(statistics=statistics, value=lambda sums: float(sums[0] / sums[1]))
    value, without = left_out(plain, table)
    assert value == 3.5
    assert without.tolist() == [27 / 6, 23 / 6, 19 / 6, 15 / 6]
    blocks = CorpusNumber(
        statistics=statistics, value=plain.value, left_out=lambda kept: float(kept.sum()), blocks=2
    )
    assert left_out(blocks, table)[1].tolist() == [4, 4]


def test_sums_of_a_part_are_over_all_clusters() -> None:
    table = TaskRows(rows=ROWS)
    part = Mean(values=np.array([1.0, 0.0]), members=np.array([2, 3]), kind="binary")
    assert totals(part, table).counts.tolist() == [0, 2]
    macro = Macro(parts=[part])
    assert macro.parts[0] is part


def test_parts_and_bounds_are_read_from_a_signature() -> None:
    assert part_of("a|profile:strict|b", "profile:") == "strict"
    assert part_of("a|b", "profile:") is None
    assert bounds_of("cider", "a") == (0.0, 10.0)
    assert bounds_of("judge.x", "a|bounds:1..5") == (1.0, 5.0)
    assert bounds_of("rouge1.type.cider", "a") == (0.0, 1.0)
