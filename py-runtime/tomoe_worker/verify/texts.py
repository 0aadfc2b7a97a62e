"""Scores of two texts by rouge-score, sacreBLEU and NLTK, chosen by what a signature says."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import regex

from tomoe_worker.errors import TomoeError
from tomoe_worker.metrics.meteor import variant_scorer
from tomoe_worker.verify.words import normalised, words_of

Scorer = Callable[[str, str], float]

LIBRARIES: Final = ("numpy", "rouge-score", "sacrebleu", "nltk", "regex")

_ROUGE: Final = regex.compile(r"tomoe\.rouge(?P<order>[12L])/\d+\((?P<rest>[^)]*)")
_BLEU: Final = regex.compile(r"tomoe\.bleu(?P<order>[1-4])/\d+\((?P<rest>[^)]*)")
_METEOR: Final = regex.compile(r"nltk-meteor@[^(]*\((?P<rest>[^)]*)")


def library(module: str, package: str) -> Any:
    """Import a reference library.

    Raises:
        TomoeError: ``ENVIRONMENT`` naming the package that is not there.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise TomoeError(
            "ENVIRONMENT",
            f"numbers are derived by the reference library {package}, which is not installed: {error}",
            hint="Run: npm run setup (tomoe setup), which installs the locked packages.",
            details={"package": package},
        ) from error


def library_versions() -> dict[str, str]:
    """Versions of what numbers are derived by; a missing one is refused."""
    versions = {}
    for package in LIBRARIES:
        library(package.replace("-", "_"), package)
        versions[package] = importlib.metadata.version(package)
    return versions


class _Words:
    """rouge-score's tokenizer, cutting words of every script."""

    def tokenize(self, text: str) -> list[str]:
        """The words of a text."""
        return words_of(text)


def _rouge(order: str, rest: str) -> Scorer:
    scoring = library("rouge_score.rouge_scorer", "rouge-score")
    name = f"rouge{order}"
    tokenizer = _Words() if "unicode-words" in rest else None
    scorer = scoring.RougeScorer([name], use_stemmer="porter" in rest, tokenizer=tokenizer)
    return lambda prediction, target: float(scorer.score(target, prediction)[name].fmeasure)


def bleu_of(order: int, rest: str, *, is_corpus: bool = False) -> Any:
    """sacreBLEU with the parameters of a signature."""
    bleu = library("sacrebleu.metrics.bleu", "sacrebleu").BLEU
    return bleu(
        lowercase="case:lower" in rest,
        force=True,
        smooth_method="none" if "smoothing:none" in rest else "exp",
        max_ngram_order=order,
        effective_order=not is_corpus,
    )


def _bleu(order: int, rest: str) -> Scorer:
    bleu = bleu_of(order, rest)

    def score(prediction: str, target: str) -> float:
        said, wanted = prediction.strip(), target.strip()
        return float(bleu.sentence_score(said, [wanted]).score) / 100 if said and wanted else 0.0

    return score


def _exact(prediction: str, target: str) -> float:
    said = normalised(prediction)
    return float(said != "" and said == normalised(target))


def _token_f1(prediction: str, target: str) -> float:
    said, wanted = Counter(words_of(prediction)), Counter(words_of(target))
    shared = (said & wanted).total()
    return 2 * shared / (said.total() + wanted.total()) if shared else 0.0


def _meteor(rest: str) -> Scorer:
    score = variant_scorer(rest)

    def stripped(prediction: str, target: str) -> float:
        said, wanted = prediction.strip(), target.strip()
        return min(1.0, max(0.0, score(said, wanted))) if said and wanted else 0.0

    return stripped


def scorer_of(identity: str) -> Scorer | None:
    """How a metric of a signature scores (prediction, target); None for one that is not known here."""
    if identity.startswith("tomoe.exact/"):
        return _exact
    if identity.startswith("tomoe.token-f1/"):
        return _token_f1
    if found := _ROUGE.match(identity):
        return _rouge(found["order"], found["rest"])
    if found := _BLEU.match(identity):
        return _bleu(int(found["order"]), found["rest"])
    if found := _METEOR.match(identity):
        return _meteor(found["rest"])
    return None


def scores_of(scorer: Scorer, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """One score a pair, each different pair scored once."""
    known: dict[tuple[str, str], float] = {}
    for pair in pairs:
        if pair not in known:
            known[pair] = scorer(*pair)
    return [known[pair] for pair in pairs]
