"""One interface to the reference metric libraries: names, versions and parameters are part of the answer."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Final

from tomoe_worker.errors import JsonValue, TomoeError
from tomoe_worker.metrics.meteor import meteor_scorer, named_meteor

# One (prediction, target) pair -> a score of 0..1; neither text is blank.
Scorer = Callable[[str, str], float]
Scored = tuple[str, list[float]]


def _require(metric: str, module: str, package: str) -> tuple[ModuleType, str]:
    """Import a metric's library and name its version."""
    try:
        return importlib.import_module(module), importlib.metadata.version(package)
    except ImportError as error:
        raise TomoeError(
            "ENVIRONMENT",
            f'metric "{metric}" needs the Python package {package}, which is not installed: {error}',
            hint=f"Install it into the worker's environment: pip install {package}",
            details={"metric": metric, "package": package},
        ) from error


def _rouge1() -> tuple[str, Scorer]:
    module, version = _require("rouge1", "rouge_score.rouge_scorer", "rouge-score")
    scorer = module.RougeScorer(["rouge1"], use_stemmer=False)

    def score(prediction: str, target: str) -> float:
        return float(scorer.score(target, prediction)["rouge1"].fmeasure)

    return f"rouge-score@{version}(rouge1,F,stemmer:no)", score


def _bleu1() -> tuple[str, Scorer]:
    module, version = _require("bleu1", "sacrebleu.metrics.bleu", "sacrebleu")
    # With one-grams alone the effective order is always 1; asking for it keeps the library from warning.
    bleu = module.BLEU(
        lowercase=False,
        force=True,
        tokenize="13a",
        smooth_method="none",
        max_ngram_order=1,
        effective_order=True,
    )

    def score(prediction: str, target: str) -> float:
        return float(bleu.sentence_score(prediction, [target]).score) / 100

    signature = f"sacrebleu@{version}(bleu,max-order:1,tokens:13a,brevity:per-sample,smoothing:none)"
    return signature, score


def _meteor() -> tuple[str, Scorer]:
    module, version = _require("meteor", "nltk", "nltk")
    return meteor_scorer(module, version)


def _variant(variant: str) -> Callable[[], tuple[str, Scorer]]:
    def build() -> tuple[str, Scorer]:
        module, version = _require("meteor", "nltk", "nltk")
        return named_meteor(module, version, variant)

    return build


_METRICS: Final[dict[str, Callable[[], tuple[str, Scorer]]]] = {
    "bleu1": _bleu1,
    "meteor": _meteor,
    "rouge1": _rouge1,
}
_VARIANTS: Final[dict[str, tuple[str, ...]]] = {"meteor": ("ws+wn30", "treebank+wn30")}


def measure(metric: str, pairs: Sequence[tuple[str, str]], variant: str | None = None) -> Scored:
    """Score every pair with a reference library.

    Args:
        metric: ``"meteor"``, ``"rouge1"`` or ``"bleu1"``.
        pairs: (prediction, target); whitespace at their ends is left out, and a blank one on either side
        scores 0.
        variant: which kind of it, and no other; whatever the installed data allow when absent.

    Returns:
        The signature (library, version, parameters, what data was there) and one score of 0..1 a pair, in
        order.

    Raises:
        TomoeError: ``CONFIG_INVALID`` for an unknown metric; ``ENVIRONMENT`` naming the package, or the
        file of its data, that is missing;
            ``INTERNAL`` when a library answers with something that is no score.
    """
    build = _METRICS.get(metric)
    if build is not None and variant is not None:
        build = _variant(variant) if variant in _VARIANTS.get(metric, ()) else None
    if build is None:
        details: dict[str, JsonValue] = {"metric": metric, "known": [*sorted(_METRICS)]}
        if variant is not None:
            details["variants"] = [*_VARIANTS.get(metric, ())]
        raise TomoeError(
            "CONFIG_INVALID",
            f'there is no reference metric "{metric}"' + (f' of variant "{variant}"' if variant else ""),
            hint=f"The reference metrics are {', '.join(sorted(_METRICS))}.",
            details=details,
        )
    signature, score = build()
    scores: list[float] = []
    for index, (prediction, target) in enumerate(pairs):
        said, wanted = prediction.strip(), target.strip()
        value = score(said, wanted) if said and wanted else 0.0
        # Libraries divide and exponentiate: a perfect score may come out an ulp above 1.
        if not -1e-9 <= value <= 1 + 1e-9:
            raise TomoeError(
                "INTERNAL",
                f'metric "{metric}" answered {value} for pair {index}, which does not lie within 0..1',
                hint="Report this with the two texts.",
                details={"metric": metric, "pair": index},
            )
        scores.append(min(1.0, max(0.0, value)))
    return f"{signature}|empty:0", scores
