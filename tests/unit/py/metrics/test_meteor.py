"""METEOR against its formula, worked out anew for texts whose alignment is plain to see."""

from __future__ import annotations

import nltk
import pytest
from tomoe_worker.metrics.measure import measure
from tomoe_worker.metrics.meteor import ALPHA, BETA, GAMMA, NoSynonyms, meteor_scorer


def formula(matches: int, said: int, wanted: int, chunks: int) -> float:
    """Lavie and Agarwal 2007, section 2, with the parameters of HF evaluate."""
    precision, recall = matches / said, matches / wanted
    mean = precision * recall / (ALPHA * precision + (1 - ALPHA) * recall)
    return mean * (1 - GAMMA * (chunks / matches) ** BETA)


@pytest.mark.parametrize(
    ("prediction", "target", "counts"),
    [
        ("liver cyst", "liver cyst", (2, 2, 2, 1)),
        ("Liver CYST", "liver cyst", (2, 2, 2, 1)),
        ("cyst liver", "liver cyst", (2, 2, 2, 2)),
        ("big liver cyst", "liver cyst today here", (2, 3, 4, 1)),
        ("cyst in the right liver", "cyst in the left liver", (4, 5, 5, 2)),
        # Porter stems meet: nodules - nodule, enlarging - enlarged.
        ("nodules enlarging", "nodule enlarged", (2, 2, 2, 1)),
        # Sentences are split, so that both full stops are tokens of their own.
        ("liver normal. spleen normal.", "liver normal. spleen normal.", (6, 6, 6, 1)),
    ],
)
def test_equals_the_formula_on_counted_matches(
    prediction: str, target: str, counts: tuple[int, int, int, int]
) -> None:
    _, scores = measure("meteor", [(prediction, target)])
    assert scores == pytest.approx([formula(*counts)], abs=1e-12)


def test_of_texts_that_share_nothing_is_0() -> None:
    assert measure("meteor", [("cyst", "liver")])[1] == [0.0]


def test_never_is_bare_the_signature_says_which_stages_and_tokens() -> None:
    signature, _ = meteor_scorer(nltk, "9.9")
    try:
        nltk.data.find("corpora/wordnet")
        stages = "exact+stem+wordnet"
    except LookupError:
        stages = "exact+stem,no-wordnet"
    assert signature.startswith(f"nltk-meteor@9.9({stages},tokens:")


def test_without_wordnet_no_word_has_a_synonym() -> None:
    assert NoSynonyms().synsets("tumour") == []


def test_uses_installed_language_data_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"tokenizers/punkt_tab/english", "corpora/wordnet"}

    def find(resource: str) -> str:
        if resource in found:
            return resource
        raise LookupError(resource)

    monkeypatch.setattr(nltk.data, "find", find)
    signature, _ = meteor_scorer(nltk, "9.9")
    assert signature == "nltk-meteor@9.9(exact+stem+wordnet,tokens:punkt+treebank,alpha:0.9,beta:3,gamma:0.5)"
