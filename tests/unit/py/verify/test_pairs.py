"""Tests and intervals of a difference, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tomoe_worker.verify.corpus import CorpusNumber
from tomoe_worker.verify.derive import Mean
from tomoe_worker.verify.intervals import quantile_of
from tomoe_worker.verify.pairs import compared, holm, inverted, patterns, verdict_of
from tomoe_worker.verify.rows import TaskRows


def rows_of(clusters: int) -> TaskRows:
    return TaskRows(rows=[{"id": str(at), "case": f"c{at:03d}", "task": "t"} for at in range(clusters)])


def mean(values: list[float]) -> Mean:
    return Mean(values=np.array(values, dtype=float), members=np.arange(len(values)), kind="within")


def test_few_clusters_have_every_pattern_and_many_have_seeded_draws() -> None:
    every = np.concatenate(list(patterns(3)))
    assert len({tuple(one) for one in every}) == 8
    assert every[0].tolist() == [0, 0, 0]
    drawn = np.concatenate(list(patterns(40)))
    assert drawn.shape == (10_000, 40)
    assert drawn[0].sum() == 0
    assert abs(drawn.mean() - 0.5) < 0.005
    assert np.array_equal(drawn, np.concatenate(list(patterns(40))))


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        ([0, 0, 0], [1, 1, 1], 2 / 8),
        ([0] * 12, [1] * 12, 2 / 4096),
        ([0, 0, 0, 0, 1, 0.5], [0.5, 0.5, 0.5, 1, 2, 0], 10 / 64),
    ],
)
def test_signs_of_whole_clusters_are_turned(first: list[float], second: list[float], p: float) -> None:
    found = compared([mean(first)], [mean(second)], rows_of(len(first)), (0, 1))
    assert found["p"] == pytest.approx(p, abs=1e-15)
    assert found["difference"] == pytest.approx(np.mean(second) - np.mean(first))


def test_the_interval_holds_0_exactly_where_the_test_does_not_reject_it() -> None:
    draw = np.random.default_rng(3)
    for size in (8, 20):
        first, second = draw.random(size).tolist(), (draw.random(size) * 1.2).tolist()
        found = compared([mean(first)], [mean(second)], rows_of(size), (0, 2))
        assert (found["ciLow"] <= 0 <= found["ciHigh"]) == (found["p"] >= 0.05)  # type: ignore[operator]


def test_five_clusters_or_fewer_have_the_whole_range() -> None:
    found = compared([mean([0] * 5)], [mean([1] * 5)], rows_of(5), (0, 1))
    assert (found["ciLow"], found["ciHigh"]) == (-1, 1)
    assert inverted(np.array([0.3, -0.3]), np.array([1.0, -1.0]), 1.0) == (-1.0, 1.0)


def test_seeds_are_a_level_of_their_own() -> None:
    first, second = (
        [mean([0.1, 0.5, 0.3])] * 3,
        [mean([0.2, 0.9, 0.4]), mean([0.3, 0.8, 0.4]), mean([0.2, 0.7, 0.6])],
    )
    found = compared(first, second, rows_of(3), (0, 1))
    per_seed = [found[f"perSeed.{at}"] for at in range(3)]
    assert per_seed == pytest.approx([0.2, 0.2, 0.2], abs=1e-12)
    change = np.mean([one.values for one in second], axis=0) - first[0].values
    spread = 3 / 2 * float(((change - change.mean()) ** 2).sum()) / 9
    assert found["ciHigh"] == pytest.approx(0.2 + quantile_of(0.975, 2) * np.sqrt(spread))


def test_numbers_of_a_corpus_are_exchanged_cluster_by_cluster() -> None:
    def number(values: list[float]) -> CorpusNumber:
        statistics = np.array([[one, 1.0] for one in values])
        return CorpusNumber(statistics=statistics, value=lambda sums: float(sums[0] / sums[1]))

    found = compared([number([0] * 8)], [number([1] * 7 + [0.5])], rows_of(8), (0, 1))
    assert found["p"] == 2 / 256
    assert found["ciLow"] > 0  # type: ignore[operator]
    same = compared([number([0.5] * 8)], [number([0.5] * 8)], rows_of(8), (0, 1))
    assert (same["p"], same["difference"]) == (1, 0)


def test_holm_steps_down_in_the_order_of_the_values() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("p", "difference", "per_seed", "verdict"),
    [
        (None, 1.0, [], "not tested"),
        (0.05, 1.0, [], "not separable"),
        (0.04, 1.0, [], "second is higher"),
        (0.04, -1.0, [], "second is lower"),
        (0.04, 0.0, [], "not separable"),
        (0.04, 0.1, [0.3, -0.1], "not separable"),
    ],
)
def test_a_verdict_is_holms_p_alone_and_seeds_that_agree(
    p: float | None, difference: float, per_seed: list[float], verdict: str
) -> None:
    assert verdict_of(p, difference, per_seed) == verdict
