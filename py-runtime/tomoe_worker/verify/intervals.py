"""Values and 95% intervals over clusters, derived with numpy from the published rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

# Differences of cluster sums that are rounding alone.
ROUNDING: Final = 1e-12


# cos(x)**(df - 1) begins at pi / 2 as a power; in this root of the distance from there it is smooth enough.
_ROOT: Final = 8


@lru_cache
def _legendre() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(64)
    return nodes, weights


def _area(low: float, high: float, df: float) -> float:
    """Integral of cos(x)**(df - 1) over angles, by Gauss-Legendre on 16 pieces."""
    nodes, weights = _legendre()
    edges = np.linspace((np.pi / 2 - high) ** (1 / _ROOT), (np.pi / 2 - low) ** (1 / _ROOT), 17)
    half = np.diff(edges)[:, None] / 2
    z = edges[:-1, None] + half * (1 + nodes[None, :])
    values = np.exp((df - 1) * np.log(np.sin(z**_ROOT))) * _ROOT * z ** (_ROOT - 1)
    return float((half * weights[None, :] * values).sum())


def _end(df: float) -> float:
    # Beyond it cos(x)**(df - 1) adds less than a bit.
    return float(min(np.pi / 2, 10 / np.sqrt(df)))


def tail_of(t: float, df: float) -> float:
    """Chance that Student's t lies above ``t`` >= 0, integrated in the angle arctan(t / sqrt(df))."""
    angle, end = float(np.arctan(t / np.sqrt(df))), _end(df)
    return 0.0 if angle >= end else _area(angle, end, df) / (2 * _area(0.0, end, df))


@lru_cache
def quantile_of(p: float, df: float) -> float:
    """Quantile of Student's t, p at least 0.5, by bisection."""
    low, high = 0.0, 1.0
    while tail_of(high, df) > 1 - p:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if tail_of(middle, df) > 1 - p else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sum and number of items of each cluster, all clusters in one order."""

    sums: Floats
    counts: Floats

    def used(self) -> Totals:
        """The clusters that have items."""
        kept = self.counts > 0
        return Totals(sums=self.sums[kept], counts=self.counts[kept])


def totals_of(values: Floats, clusters: np.ndarray[Any, Any], size: int) -> Totals:
    """Sums of items by cluster."""
    counts = np.bincount(clusters, minlength=size).astype(float)
    return Totals(sums=np.bincount(clusters, weights=values, minlength=size).astype(float), counts=counts)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A value with its interval; ``effect`` is the design effect, where it is known."""

    value: float
    low: float
    high: float
    clusters: int
    effect: float | None


def wilson(value: float, n: float, t: float) -> tuple[float, float]:
    """Wilson's interval of a share."""
    z2 = t * t / n
    centre = (value + z2 / 2) / (1 + z2)
    half = t / (1 + z2) * np.sqrt(max(0.0, value * (1 - value)) / n + z2 / (4 * n))
    low = 0.0 if value <= 0 else max(0.0, float(centre - half))
    return low, 1.0 if value >= 1 else min(1.0, float(centre + half))


def _effective(totals: Totals, value: float, variance: float, t: float) -> float:
    sums, counts = totals.sums, totals.counts
    items = float(counts.sum())
    size = float((counts**2).sum()) / items
    if size == 1:
        return items
    plain = value * (1 - value) / items
    found = 0.0 if variance == 0 else float(np.clip((variance / plain - 1) / (size - 1), 0, 1))
    rarer = min(int((sums < counts).sum()), int((sums > 0).sum()))
    weight = t * t / 2 * (size - 1) / 2
    return items / (1 + (size - 1) * (weight / 2 + rarer * found) / (weight + rarer))


def mean_estimate(totals: Totals, kind: str, floor: float, ceiling: float) -> Estimate:
    """The interval of a mean of items: "binary", "within" bounds, or "unbounded"."""
    used = totals.used()
    sums, counts = used.sums, used.counts
    items, clusters = float(counts.sum()), len(counts)
    value = float(sums.sum()) / items
    if clusters == 1:
        return Estimate(value=value, low=floor, high=ceiling, clusters=1, effect=None)
    residuals = sums - value * counts
    differs = bool((np.abs(residuals) > ROUNDING * counts * max(1.0, abs(value))).any())
    variance = clusters / (clusters - 1) * float((residuals**2).sum()) / items**2 if differs else 0.0
    t = quantile_of(0.975, clusters - 1)
    if kind == "unbounded":
        half = t * float(np.sqrt(variance))
        low, high = max(floor, value - half), min(ceiling, value + half)
        return Estimate(value=value, low=low, high=high, clusters=clusters, effect=None)
    width = ceiling - floor if kind == "within" else 1.0
    start = floor if kind == "within" else 0.0
    share = (value - start) / width
    if kind == "binary":
        n = _effective(used, value, variance, t)
    else:
        n = clusters if variance == 0 else share * (1 - share) / (variance / width**2)
    low, high = wilson(share, n, t)
    return Estimate(
        value=value,
        low=min(value, start + width * low),
        high=max(value, start + width * high),
        clusters=clusters,
        effect=items / n,
    )


def macro_estimate(parts: Sequence[tuple[Totals, Estimate]]) -> tuple[float, float, float]:
    """The unweighted mean of types with its interval by square-and-add."""
    size = len(parts)
    has = np.array([totals.counts > 0 for totals, _ in parts], dtype=float)
    residuals = np.array([totals.sums - one.value * totals.counts for totals, one in parts]) * has
    products, shared = residuals @ residuals.T, has @ has.T
    weights = np.eye(size)
    for one in range(size):
        for other in range(size):
            spread = float(np.sqrt(products[one, one] * products[other, other]))
            if one != other and spread > 0:
                both = float(shared[one, other])
                weights[one, other] = np.clip(products[one, other] / spread, 0, 1) * both / (both + 5)
    values = np.array([one.value for _, one in parts])
    below = values - np.array([one.low for _, one in parts])
    above = np.array([one.high for _, one in parts]) - values
    reach = [float(np.sqrt(max(0.0, float(away @ weights @ away)))) / size for away in (below, above)]
    mean = float(values.mean())
    return mean, max(0.0, mean - reach[0]), min(1.0, mean + reach[1])


def jackknife(without: Floats) -> float:
    """Variance of a number from its values with one cluster left out at a time."""
    size = len(without)
    return float((size - 1) / size * ((without - without.mean()) ** 2).sum())


def corpus_estimate(value: float, without: Floats, floor: float, ceiling: float) -> Estimate:
    """The interval of a number that is no mean of items, from leaving clusters out."""
    clusters = len(without)
    if clusters < 2:
        return Estimate(value=value, low=floor, high=ceiling, clusters=clusters, effect=None)
    t, variance = quantile_of(0.975, clusters - 1), jackknife(without)
    width = ceiling - floor
    share = (value - floor) / width
    n = share * (1 - share) * width**2 / variance if variance > 0 else clusters
    low, high = wilson(share, n if n > 0 else clusters, t)
    return Estimate(
        value=value,
        low=min(value, floor + width * low),
        high=max(value, floor + width * high),
        clusters=clusters,
        effect=None,
    )
