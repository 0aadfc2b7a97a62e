"""The figures of a comparison of two systems, derived from their rows by the published tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tomoe_worker.verify.corpus import CorpusNumber
from tomoe_worker.verify.derive import Figures, Macro, Mean, Number, figures_of, left_out, totals
from tomoe_worker.verify.intervals import Floats, jackknife, quantile_of, tail_of
from tomoe_worker.verify.rows import TaskRows

ALPHA: Final = 0.05
_EXACT_CLUSTERS: Final = 12
_DRAWN: Final = 9999
_ROUNDING: Final = 1e-12
_AT_ONCE: Final = 2**24


def _splitmix32(count: int) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """The first numbers of splitmix32 from the seed 0."""
    mask = np.uint64(0xFFFFFFFF)
    state = (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B9)) & mask
    for factor in (0x21F0AAAD, 0x735A2D97):
        state ^= state >> np.uint64(16 if factor == 0x21F0AAAD else 15)
        state = (state * np.uint64(factor)) & mask
    state ^= state >> np.uint64(15)
    return state.astype(np.uint32)


def patterns(clusters: int) -> Iterator[Floats]:
    """Patterns of signs in pieces (patterns x clusters), 1 where a sign is turned; the first turns none."""
    if clusters <= _EXACT_CLUSTERS:
        numbers = np.arange(2**clusters)[:, None]
        yield ((numbers >> np.arange(clusters)[None, :]) & 1).astype(float)
        return
    yield np.zeros((1, clusters))
    words = -(-clusters // 32)
    drawn = _splitmix32(_DRAWN * words).reshape(_DRAWN, words)
    step = max(1, _AT_ONCE // clusters)
    for start in range(0, _DRAWN, step):
        piece = drawn[start : start + step]
        bits = (piece[:, :, None] >> np.arange(32, dtype=np.uint32)) & np.uint32(1)
        yield bits.reshape(len(piece), -1)[:, :clusters].astype(float)


def _p_of_shift(differences: Floats, weights: Floats, shift: float) -> float:
    away = np.abs(differences - shift * weights)
    return float((away >= away[0] - _ROUNDING).mean())


def inverted(differences: Floats, weights: Floats, reach: float) -> tuple[float, float]:
    """The shifts that the sign-flip test does not reject, by bisection."""
    value = float(differences[0])
    keeps_zero = _p_of_shift(differences, weights, 0.0) >= ALPHA

    def edge(kept: float, rejected: float) -> float:
        for _ in range(60):
            middle = (kept + rejected) / 2
            if _p_of_shift(differences, weights, middle) >= ALPHA:
                kept = middle
            else:
                rejected = middle
        return kept

    def towards(end: float) -> float:
        passes_zero = (end < 0 < value) or (end > 0 > value)
        if passes_zero and not keeps_zero:
            return edge(value, 0.0)
        if _p_of_shift(differences, weights, end) >= ALPHA:
            return end
        return edge(0.0 if passes_zero else value, end)

    return min(value, towards(-reach)), max(value, towards(reach))


@dataclass(frozen=True, kw_only=True)
class _Tested:
    p: float
    low: float
    high: float


def _parts(number: Number) -> list[Mean]:
    return list(number.parts) if isinstance(number, Macro) else [number]  # type: ignore[list-item]


def _differences(first: Sequence[Number], second: Sequence[Number], table: TaskRows) -> tuple[Floats, Floats]:
    """Differences of each cluster and its weight, over all types, means over seeds."""
    size = len(_parts(first[0]))
    sums, weights = np.zeros(len(table.names)), np.zeros(len(table.names))
    for at in range(size):
        one, other = (
            np.mean([_parts(number)[at].values for number in numbers], axis=0) for numbers in (first, second)
        )
        members = _parts(first[0])[at].members
        change = totals(Mean(values=other - one, members=members, kind="within"), table)
        items = float(change.counts.sum())
        sums += change.sums / items / size
        weights += change.counts / items / size
    kept = weights > 0
    return sums[kept], weights[kept]


def _tested_mean(differences: Floats, weights: Floats, reach: float) -> _Tested:
    signs = [1 - 2 * piece for piece in patterns(len(weights))]
    turned = np.concatenate([piece @ differences for piece in signs])
    weighed = np.concatenate([piece @ weights for piece in signs])
    low, high = inverted(turned, weighed, reach)
    return _Tested(p=_p_of_shift(turned, weighed, 0.0), low=low, high=high)


def _exchange_p(first: CorpusNumber, second: CorpusNumber, table: TaskRows) -> float:
    sums = []
    for number in (first, second):
        one = np.zeros((len(table.names), number.statistics.shape[1]))
        np.add.at(one, table.clusters, number.statistics)
        sums.append(one)
    mine, theirs = sums
    total = mine.sum(axis=0) + theirs.sum(axis=0)
    distances = []
    for piece in patterns(len(table.names)):
        for one in (1 - piece) @ mine + piece @ theirs:
            distances.append(abs(second.value(total - one) - first.value(one)))
    away = np.array(distances)
    return float((away >= away[0] - _ROUNDING).mean())


def _tested_corpus(
    first: CorpusNumber, second: CorpusNumber, table: TaskRows, spread: tuple[float | None, int], reach: float
) -> _Tested:
    p = _exchange_p(first, second, table)
    value = left_out(second, table)[0] - left_out(first, table)[0]
    size, variance = len(table.names), spread[0]
    half = reach
    if variance is not None and size > 5:
        half = quantile_of(0.975, spread[1] - 1) * float(np.sqrt(variance))
    low, high = max(-reach, value - half), min(reach, value + half)
    if p >= ALPHA:
        return _Tested(p=p, low=min(low, 0.0), high=max(high, 0.0))
    tiny = 5e-324
    return _Tested(
        p=p, low=max(low, tiny) if value > 0 else low, high=min(high, -tiny) if value < 0 else high
    )


def _tested_seeds(per_seed: Sequence[float], spread: tuple[float | None, int], reach: float) -> _Tested:
    seeds, value = len(per_seed), float(np.mean(per_seed))
    of_seeds = float(np.var(per_seed, ddof=1)) / seeds
    of_patients, clusters = spread
    if of_patients is None:
        return _Tested(p=1.0, low=-reach, high=reach)
    squared = of_patients + of_seeds
    if squared == 0:
        return _Tested(p=1.0 if value == 0 else 0.0, low=value, high=value)
    df = max(1.0, squared**2 / (of_patients**2 / (clusters - 1) + of_seeds**2 / (seeds - 1)))
    error = float(np.sqrt(squared))
    half = quantile_of(0.975, df) * error
    p = min(1.0, 2 * tail_of(abs(value / error), df))
    return _Tested(p=p, low=max(-reach, value - half), high=min(reach, value + half))


def _spread(first: Sequence[Number], second: Sequence[Number], table: TaskRows) -> tuple[float | None, int]:
    """Variance over patients of the difference, and how many values it is made of."""
    if isinstance(first[0], CorpusNumber):
        one, other = (
            np.mean([left_out(number, table)[1] for number in numbers], axis=0)  # type: ignore[arg-type]
            for numbers in (first, second)
        )
        change = other - one
        return (None if len(change) < 2 else jackknife(change)), len(change)
    differences, weights = _differences(first, second, table)
    clusters = len(weights)
    if clusters < 2:
        return None, clusters
    value = float(differences.sum())
    return clusters / (clusters - 1) * float(((differences - value * weights) ** 2).sum()), clusters


def compared(
    first: Sequence[Number], second: Sequence[Number], table: TaskRows, bounds: tuple[float, float]
) -> Figures:
    """Every figure of a comparison but those of the family, one number a seed of each system."""
    firsts, seconds = (
        [float(figures_of(one, table, bounds)["value"] or 0.0) for one in numbers]
        for numbers in (first, second)
    )
    seeds = max(len(firsts), len(seconds))
    per_seed = [seconds[at % len(seconds)] - firsts[at % len(firsts)] for at in range(seeds)]
    reach, spread = bounds[1] - bounds[0], _spread(first, second, table)
    if seeds > 1:
        tested = _tested_seeds(per_seed, spread, reach)
    elif isinstance(first[0], CorpusNumber) and isinstance(second[0], CorpusNumber):
        tested = _tested_corpus(first[0], second[0], table, spread, reach)
    else:
        tested = _tested_mean(*_differences(first, second, table), reach)
    df = max(1, spread[1] - 1)
    mde = reach
    if spread[0] is not None:
        mde = min(reach, (quantile_of(0.975, df) + quantile_of(0.8, df)) * float(np.sqrt(spread[0])))
    return {
        "first": float(np.mean(firsts)),
        "second": float(np.mean(seconds)),
        "difference": float(np.mean(per_seed)),
        "ciLow": tested.low,
        "ciHigh": tested.high,
        "p": tested.p,
        "mde": mde,
        "clusters": spread[1],
        "n": figures_of(second[0], table, bounds)["n"],
        **{f"perSeed.{at}": one for at, one in enumerate(per_seed) if seeds > 1},
    }


def holm(values: Sequence[float]) -> list[float]:
    """Holm's step-down correction, in the order of the values."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    corrected, highest = [1.0] * len(values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, values[at] * (len(values) - rank)))
        corrected[at] = highest
    return corrected


def verdict_of(p: float | None, difference: float, per_seed: Sequence[float]) -> str:
    """The verdict that Holm's p gives."""
    if p is None:
        return "not tested"
    agree = all(np.sign(one) == np.sign(difference) for one in per_seed)
    if p >= ALPHA or difference == 0 or not agree:
        return "not separable"
    return "second is higher" if difference > 0 else "second is lower"
