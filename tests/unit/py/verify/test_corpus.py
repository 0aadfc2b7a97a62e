"""Corpus numbers against sacreBLEU, pycocoevalcap's figures, and arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from tomoe_worker.verify.corpus import Cider, corpus_number

SAID = ["a cyst in the liver", "no effusion", "the spleen is normal", ""]
WANTED = ["there is a cyst in the liver", "no pleural effusion", "normal spleen", "nodule"]
ROWS = [{"prediction": said, "target": wanted} for said, wanted in zip(SAID, WANTED, strict=True)]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_bleu_of_the_sums_is_bleu_of_the_corpus(order: int) -> None:
    number = corpus_number(f"tomoe.bleu{order}.corpus/1(max-order:{order},smoothing:exp,case:kept)", ROWS)
    assert number is not None
    wanted = BLEU(max_ngram_order=order).corpus_score(SAID, [WANTED]).score / 100
    assert number.value(number.statistics.sum(axis=0)) == pytest.approx(wanted, abs=1e-15)


def test_cider_of_one_item_alone_is_0_and_of_a_corpus_its_mean() -> None:
    assert Cider(ROWS[:1]).scores([0]) == [0.0]
    number = corpus_number("tomoe.cider/1(cider-d,n:4,sigma:6,blocks:100)", ROWS)
    assert number is not None
    assert number.left_out is not None
    assert number.value(number.statistics.sum(axis=0)) == pytest.approx(np.mean(Cider(ROWS).scores(range(4))))
    kept = number.left_out(np.array([1.0, 1.0, 0.0, 1.0]))
    assert kept == pytest.approx(np.mean(Cider([ROWS[0], ROWS[1], ROWS[3]]).scores(range(3))))


def labelled(target: list[int], prediction: list[int]) -> dict[str, object]:
    return {"labels": {"target": target, "prediction": prediction}}


def value(name: str, rows: list[dict[str, object]]) -> float:
    number = corpus_number(f"tomoe.{name}/1(labels:x)", rows)
    assert number is not None
    return number.value(number.statistics.sum(axis=0))


def test_f1_of_labels_is_that_of_their_confusion() -> None:
    rows = [labelled([1, 0], [1, 1]), labelled([1, 1], [0, 1]), labelled([0, -1], [1, 0])]
    # Label 1: 1 hit, 1 false, 1 missed. Label 2: 1 hit, 1 false, 0 missed; uncertain counts as 0.
    assert value("labels.f1.macro", rows) == pytest.approx((2 / 4 + 2 / 3) / 2)
    assert value("labels.f1.micro", rows) == pytest.approx(4 / 7)
    assert value("labels.f1.macro", [labelled([0, 1], [0, 1])]) == 0.5


def test_crg_is_1_when_perfect_and_a_third_for_all_or_none() -> None:
    target = [[1, 0, 0, 1], [0, 0, 1, 0]]
    assert value("crg", [labelled(one, one) for one in target]) == pytest.approx(1)
    assert value("crg", [labelled(one, [0] * 4) for one in target]) == pytest.approx(1 / 3)
    assert value("crg", [labelled(one, [1] * 4) for one in target]) == pytest.approx(1 / 3)


def test_what_is_no_corpus_number_is_none() -> None:
    assert corpus_number("tomoe.rouge1/2(F)", ROWS) is None
