"""Intervals against values worked out elsewhere, and Student's t against its closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tomoe_worker.verify.intervals import (
    Totals,
    corpus_estimate,
    jackknife,
    macro_estimate,
    mean_estimate,
    quantile_of,
    tail_of,
    totals_of,
    wilson,
)


def table(*rows: tuple[float, float]) -> Totals:
    sums, counts = np.array(rows, dtype=float).T
    return Totals(sums=sums, counts=counts)


@pytest.mark.parametrize("t", [0.1, 1.0, 2.5, 12.706])
def test_the_tail_of_students_t_equals_its_closed_forms(t: float) -> None:
    # Abramowitz and Stegun 26.7.3 and 26.7.4 for 1, 2 and 3 degrees of freedom.
    assert tail_of(t, 1) == pytest.approx(0.5 - math.atan(t) / math.pi, abs=1e-14)
    assert tail_of(t, 2) == pytest.approx((1 - t / math.sqrt(2 + t * t)) / 2, abs=1e-14)
    angle = math.atan(t / math.sqrt(3))
    area = 2 / math.pi * (angle + math.sin(angle) * math.cos(angle))
    assert tail_of(t, 3) == pytest.approx((1 - area) / 2, abs=1e-14)


@pytest.mark.parametrize("df", [1.02, 1.5, 2.7])
def test_degrees_of_freedom_need_not_be_whole(df: float) -> None:
    # The series of the incomplete beta function I_x(df / 2, 1 / 2), for t = 1, summed until nothing changes.
    x, a, b = df / (df + 1), df / 2, 0.5
    term = total = 1 / a
    for at in range(1, 2000):
        term *= (at - b) / at * x * (a + at - 1) / (a + at)
        total += term
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    assert tail_of(1, df) == pytest.approx(x**a * total / math.exp(log_beta) / 2, abs=1e-12)


@pytest.mark.parametrize(
    ("df", "quantile"),
    [(1, 12.706204736174705), (9, 2.2621571627982053), (19, 2.093024054408263), (1e6, 1.959966)],
)
def test_quantiles_are_those_of_the_tables(df: float, quantile: float) -> None:
    assert quantile_of(0.975, df) == pytest.approx(quantile, abs=1e-12 if df < 1e5 else 1e-6)


@pytest.mark.parametrize(
    ("rows", "low", "high"),
    [
        ([(1, 1)] * 68, 0.944654, 1.0),
        ([(1, 1)] * 67 + [(0, 1)], 0.919405, 0.997465),
        ([(5, 5)] * 20, 0.883843, 1.0),
        ([(5, 5)] * 19 + [(4, 5)], 0.879493, 0.999256),
        ([(3, 5), (4, 5)] * 5, 0.492875, 0.848527),
        ([(3, 3), (3, 4), (2, 2), (0, 1), (5, 7), (1, 3)], 0.321128, 0.920062),
    ],
)
def test_answers_that_are_right_or_wrong_have_the_worked_intervals(
    rows: list[tuple[float, float]], low: float, high: float
) -> None:
    found = mean_estimate(table(*rows, (0, 0)), "binary", 0, 1)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))
    assert found.clusters == len(rows)


def test_scores_within_bounds_and_without_have_theirs() -> None:
    found = mean_estimate(table(*[(0.4, 1), (0.6, 1)] * 5), "within", 0, 1)
    assert (found.low, found.high) == (pytest.approx(0.425438, abs=1e-6), pytest.approx(0.574562, abs=1e-6))
    free = mean_estimate(table((1, 1), (3, 1), (5, 1)), "unbounded", -math.inf, math.inf)
    half = quantile_of(0.975, 2) * math.sqrt(3 / 2 * 8 / 9)
    assert (free.low, free.high) == (pytest.approx(3 - half), pytest.approx(3 + half))


def test_one_cluster_has_the_whole_range() -> None:
    found = mean_estimate(table((3, 4)), "binary", 0, 1)
    assert (found.value, found.low, found.high, found.effect) == (0.75, 0, 1, None)
    assert corpus_estimate(0.3, np.array([0.3]), 0, 1).high == 1


def test_a_mean_over_types_has_the_worked_interval() -> None:
    one, other = table((2, 2), (1, 2), (2, 2), (0, 1)), table((1, 1), (0, 1), (0, 0), (1, 2))
    parts = [(part, mean_estimate(part, "binary", 0, 1)) for part in (one, other)]
    value, low, high = macro_estimate(parts)
    assert (value, low, high) == (
        pytest.approx(0.607143, abs=1e-6),
        pytest.approx(0.217121, abs=1e-6),
        pytest.approx(0.892735, abs=1e-6),
    )


def test_leaving_clusters_out_gives_wilsons_interval_of_what_the_variance_is_worth() -> None:
    without = np.array([0.4, 0.5, 0.6])
    variance = 2 / 3 * 0.02
    assert jackknife(without) == pytest.approx(variance)
    found = corpus_estimate(0.5, without, 0, 1)
    assert (found.low, found.high) == wilson(0.5, 0.25 / jackknife(without), quantile_of(0.975, 2))


def test_sums_are_by_cluster() -> None:
    found = totals_of(np.array([1.0, 2.0, 4.0]), np.array([2, 0, 2]), 4)
    assert found.sums.tolist() == [2, 0, 5, 0]
    assert found.counts.tolist() == [1, 0, 2, 0]
    assert found.used().sums.tolist() == [2, 5]
