"""Metrics of two texts are the libraries', chosen by a signature."""

from __future__ import annotations

import importlib.metadata
import math

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.verify.texts import bleu_of, library, library_versions, scorer_of, scores_of


@pytest.mark.parametrize(
    ("identity", "prediction", "target", "score"),
    [
        ("tomoe.exact/2(nfkc)", "Liver.", "liver", 1.0),
        ("tomoe.exact/2(nfkc)", "", ".", 0.0),
        ("tomoe.token-f1/1(tokens:unicode-words)", "a cyst", "the cyst", 0.5),
        ("tomoe.token-f1/1(tokens:unicode-words)", "", "", 0.0),
        ("tomoe.rouge1/2(F,tokens:a-z0-9-lower,stemmer:no)", "big liver cyst", "a cyst of liver", 4 / 7),
        ("tomoe.rouge1/2(F,tokens:a-z0-9-lower,stemmer:porter-nltk)", "nodules", "nodule", 1.0),
        ("tomoe.rouge1/2(F,tokens:a-z0-9-lower,stemmer:no)", "nodules", "nodule", 0.0),
        ("tomoe.rouge2/2(F,tokens:unicode-words(nfkc),stemmer:no)", "肝臓に", "肝臓に", 1.0),
        ("tomoe.rougeL/2(F,tokens:a-z0-9-lower,stemmer:no)", "a b c", "c a b", 2 / 3),
        (
            "tomoe.bleu1/1(max-order:1,smoothing:none,case:kept)",
            "liver cyst",
            "a liver cyst there",
            math.exp(-1),
        ),
        ("tomoe.bleu4/1(max-order:4,smoothing:exp,case:kept)", "", "liver", 0.0),
        ("nltk-meteor@3(exact+stem,no-wordnet,tokens:ws,alpha:0.9)", "liver cyst", "liver cyst", 1 - 0.5 / 8),
        ("nltk-meteor@3(exact+stem,no-wordnet,tokens:ws,alpha:0.9)", " ", "liver cyst", 0.0),
    ],
)
def test_a_signature_says_how_two_texts_are_scored(
    identity: str, prediction: str, target: str, score: float
) -> None:
    scorer = scorer_of(identity)
    assert scorer is not None
    assert scorer(prediction, target) == pytest.approx(score, abs=1e-12)


def test_a_signature_that_is_not_known_has_no_scorer() -> None:
    assert scorer_of("tomoe.green/1(model:x)") is None
    assert scorer_of("") is None


def test_each_different_pair_is_scored_once_in_order() -> None:
    seen: list[tuple[str, str]] = []

    def scorer(prediction: str, target: str) -> float:
        seen.append((prediction, target))
        return float(len(prediction))

    assert scores_of(scorer, [("ab", "x"), ("c", "x"), ("ab", "x")]) == [2.0, 1.0, 2.0]
    assert len(seen) == 2


def test_corpus_bleu_takes_case_and_smoothing_from_the_signature() -> None:
    lower = bleu_of(4, "max-order:4,smoothing:exp,case:lower", is_corpus=True)
    kept = bleu_of(4, "max-order:4,smoothing:exp,case:kept", is_corpus=True)
    said, wanted = ["A Cyst In The Liver"], [["a cyst in the liver"]]
    assert lower.corpus_score(said, wanted).score == pytest.approx(100)
    assert kept.corpus_score(said, wanted).score < 50


def test_every_library_is_named_with_its_version() -> None:
    versions = library_versions()
    assert versions["rouge-score"] == importlib.metadata.version("rouge-score")
    assert {"numpy", "sacrebleu", "nltk"} <= set(versions)


def test_a_library_that_is_missing_is_an_environment_to_mend() -> None:
    with pytest.raises(TomoeError, match="no-such") as caught:
        library("no_such_library_of_tomoe", "no-such")
    assert caught.value.code == "ENVIRONMENT"
    assert "setup" in caught.value.hint
