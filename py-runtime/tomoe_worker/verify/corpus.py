"""Numbers over a whole corpus: BLEU of sums, CIDEr-D, and scores of label vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import regex

from tomoe_worker.verify.intervals import Floats
from tomoe_worker.verify.texts import bleu_of
from tomoe_worker.verify.words import words_of

_BLEU: Final = regex.compile(r"tomoe\.bleu(?P<order>[1-4])\.corpus/\d+\((?P<rest>[^)]*)")
_SIGMA: Final = 6.0
_ORDERS: Final = 4

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class CorpusNumber:
    """A number over rows: its statistics (rows x size) and the number of their sum.

    ``left_out`` gives it without some rows, where that changes the statistics of the others.
    """

    statistics: Floats
    value: Callable[[Floats], float]
    left_out: Callable[[Floats], float] | None = None
    blocks: int | None = None


def _bleu(rows: Rows, order: int, rest: str) -> CorpusNumber:
    bleu = bleu_of(order, rest, is_corpus=True)
    said = [str(row["prediction"]).strip() for row in rows]
    wanted = [str(row["target"]).strip() for row in rows]
    statistics = np.array(bleu._extract_corpus_statistics(said, [wanted]), dtype=float)

    def value(sums: Floats) -> float:
        counts = [round(float(one)) for one in sums]
        return float(bleu._compute_score_from_stats(counts).score) / 100

    return CorpusNumber(statistics=statistics, value=value)


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = words_of(text)
    return Counter(
        tuple(words[at : at + order])
        for order in range(1, _ORDERS + 1)
        for at in range(len(words) - order + 1)
    )


class Cider:
    """CIDEr-D of pairs, after Vedantam, Lawrence Zitnick and Parikh 2015: one reference an item.

    Source: https://arxiv.org/abs/1411.5726; with clipping, the length penalty of sigma 6 and the factor 10.
    """

    def __init__(self, rows: Rows) -> None:
        """Count the n-grams of every prediction and target."""
        self.said = [_grams(str(row["prediction"])) for row in rows]
        self.wanted = [_grams(str(row["target"])) for row in rows]

    def scores(self, kept: Sequence[int]) -> list[float]:
        """Scores of some items, with the document frequencies of their targets alone."""
        documents: Counter[tuple[str, ...]] = Counter()
        for at in kept:
            documents.update(self.wanted[at].keys())
        log_items = float(np.log(len(kept)))
        return [self._score(self.said[at], self.wanted[at], documents, log_items) for at in kept]

    @staticmethod
    def _score(
        said: Counter[tuple[str, ...]],
        wanted: Counter[tuple[str, ...]],
        documents: Counter[tuple[str, ...]],
        log_items: float,
    ) -> float:
        def weight(gram: tuple[str, ...], count: int) -> float:
            return count * (log_items - float(np.log(max(1, documents[gram]))))

        total = 0.0
        # pycocoevalcap counts bigrams for the length.
        lengths = [sum(count for gram, count in one.items() if len(gram) == 2) for one in (said, wanted)]
        for order in range(1, _ORDERS + 1):
            mine = {gram: weight(gram, n) for gram, n in said.items() if len(gram) == order}
            theirs = {gram: weight(gram, n) for gram, n in wanted.items() if len(gram) == order}
            norms = [float(np.sqrt(sum(one * one for one in side.values()))) for side in (mine, theirs)]
            product = sum(
                min(one, theirs.get(gram, 0.0)) * theirs.get(gram, 0.0) for gram, one in mine.items()
            )
            if norms[0] > 0 and norms[1] > 0:
                total += product / (norms[0] * norms[1])
        penalty = float(np.exp(-((lengths[0] - lengths[1]) ** 2) / (2 * _SIGMA**2)))
        return 10 * total / _ORDERS * penalty


def _cider(rows: Rows, blocks: int) -> CorpusNumber:
    cider = Cider(rows)
    scores = np.array(cider.scores(range(len(rows))))

    def left_out(kept: Floats) -> float:
        chosen = [at for at, one in enumerate(kept) if one > 0]
        return float(np.mean(cider.scores(chosen))) if chosen else 0.0

    return CorpusNumber(
        statistics=np.stack([scores, np.ones(len(scores))], axis=1),
        value=lambda sums: float(sums[0] / sums[1]) if sums[1] > 0 else 0.0,
        left_out=left_out,
        blocks=blocks,
    )


def _confusion(rows: Rows) -> Floats:
    """True positives, false positives and false negatives of each label, row by row: rows x (3 x labels)."""
    target = np.array([[float(one == 1) for one in row["labels"]["target"]] for row in rows])
    said = np.array([[float(one == 1) for one in row["labels"]["prediction"]] for row in rows])
    return np.concatenate([said * target, said * (1 - target), (1 - said) * target], axis=1)


def _f1(hits: Floats, false: Floats, missed: Floats) -> Floats:
    below = 2 * hits + false + missed
    return np.divide(2 * hits, below, out=np.zeros_like(below), where=below > 0)


def _labels(rows: Rows, name: str) -> CorpusNumber:
    confusion = _confusion(rows)
    size = confusion.shape[1] // 3
    statistics = np.concatenate([confusion, np.full((len(rows), 1), float(size))], axis=1)

    def value(sums: Floats) -> float:
        hits, false, missed = sums[:size], sums[size : 2 * size], sums[2 * size : 3 * size]
        if name == "labels.f1.macro":
            return float(_f1(hits, false, missed).mean())
        tp, fp, fn = (np.array([float(one.sum())]) for one in (hits, false, missed))
        if name == "labels.f1.micro":
            return float(_f1(tp, fp, fn)[0])
        positives, all_values = float(tp[0] + fn[0]), float(sums[-1])
        # The sign of A cancels: with A = 0 there is nothing to find and the limit of the quotient stands.
        weight = (all_values - positives) / (2 * positives) if positives > 0 else 0.0
        most = (all_values - positives) / 2
        score = weight * tp[0] - weight * fn[0] - fp[0]
        return float(most / (2 * most - score)) if most > 0 else 0.0

    return CorpusNumber(statistics=statistics, value=value)


_LABELS: Final = regex.compile(r"tomoe\.(?P<name>labels\.f1\.macro|labels\.f1\.micro|crg)/\d+")
_BLOCKS: Final = regex.compile(r"blocks:(?P<blocks>\d+)")


def corpus_number(identity: str, rows: Rows) -> CorpusNumber | None:
    """The number that a signature names; None for one that is not known here."""
    if found := _BLEU.match(identity):
        return _bleu(rows, int(found["order"]), found["rest"])
    if identity.startswith("tomoe.cider/"):
        blocks = _BLOCKS.search(identity)
        return _cider(rows, int(blocks["blocks"]) if blocks else len(rows))
    if found := _LABELS.match(identity):
        return _labels(rows, found["name"])
    return None
