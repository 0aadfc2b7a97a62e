"""Reference numbers for tests/contract/metrics.test.ts: one JSON request on stdin, one JSON answer on
stdout.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer
from sacrebleu.metrics.bleu import BLEU

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "py-runtime"))

from tomoe_worker.metrics.measure import measure


def rouge_scores(pairs: list[tuple[str, str]], *, stemmer: bool) -> dict[str, list[float]]:
    """F-measures of ROUGE-1, 2 and L by rouge-score."""
    orders = ["rouge1", "rouge2", "rougeL"]
    scorer = rouge_scorer.RougeScorer(orders, use_stemmer=stemmer)
    found = [scorer.score(target, prediction) for prediction, target in pairs]
    return {order: [float(one[order].fmeasure) for one in found] for order in orders}


def bleu_scores(pairs: list[tuple[str, str]], order: int) -> list[float]:
    """BLEU of each pair up to an order, smoothed as sacreBLEU does by default; blank texts score 0."""
    bleu = BLEU(max_ngram_order=order, effective_order=True)
    return [
        float(bleu.sentence_score(said.strip(), [wanted.strip()]).score) / 100
        if said.strip() and wanted.strip()
        else 0.0
        for said, wanted in pairs
    ]


def corpus_bleu(pairs: list[tuple[str, str]], *, lowercase: bool) -> float:
    """BLEU-4 of all pairs together, sacreBLEU's default."""
    said, wanted = [one.strip() for one, _ in pairs], [one.strip() for _, one in pairs]
    return float(BLEU(lowercase=lowercase).corpus_score(said, [wanted]).score) / 100


def mean_interval(table: list[list[float]], t: float) -> list[float]:
    """The interval of answers that are right or wrong, derived anew with numpy.

    Args:
        table: (right answers, answers) of each cluster.
        t: quantile .975 of Student's t with clusters - 1 degrees of freedom.
    """
    sums_G, counts_G = np.array(table).T
    items, clusters = counts_G.sum(), len(counts_G)
    value = sums_G.sum() / items
    variance = clusters / (clusters - 1) * ((sums_G - value * counts_G) ** 2).sum() / items**2
    size = (counts_G**2).sum() / items
    n = items
    if size > 1:
        plain = value * (1 - value) / items
        found = 0.0 if variance < 1e-24 else float(np.clip((variance / plain - 1) / (size - 1), 0, 1))
        rarer = min((sums_G < counts_G).sum(), (sums_G > 0).sum())
        weight = t**2 / 2 * (size - 1) / 2
        n = items / (1 + (size - 1) * (weight / 2 + rarer * found) / (weight + rarer))
    z2 = t**2 / n
    centre = (value + z2 / 2) / (1 + z2)
    half = t / (1 + z2) * np.sqrt(value * (1 - value) / n + z2 / (4 * n))
    return [max(0.0, float(centre - half)), min(1.0, float(centre + half))]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Measure every metric asked for, and every interval."""
    pairs = [(prediction, target) for prediction, target in request["pairs"]]
    stemmer = PorterStemmer()
    return {
        "metrics": {metric: measure(metric, pairs) for metric in request["metrics"]},
        "rouge": {
            "plain": rouge_scores(pairs, stemmer=False),
            "stem": rouge_scores(pairs, stemmer=True),
        },
        "bleu": {str(order): bleu_scores(pairs, order) for order in (2, 3, 4)},
        "corpus": [corpus_bleu(pairs, lowercase=lowercase) for lowercase in (False, True)],
        "stems": [stemmer.stem(word) for word in request["words"]],
        "intervals": [mean_interval(**one) for one in request["intervals"]],
    }


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
