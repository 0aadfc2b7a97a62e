"""METEOR against its formula, worked out anew for texts whose alignment is plain to see."""

from __future__ import annotations

from pathlib import Path

import nltk
import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.metrics.measure import measure
from tomoe_worker.metrics.meteor import (
    ALPHA,
    BETA,
    GAMMA,
    NoSynonyms,
    meteor_scorer,
    named_meteor,
    variant_scorer,
    wordnet_problem,
)


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
    stages = "exact+stem+wn30" if wordnet_problem(nltk) is None else "exact+stem,no-wordnet"
    assert signature.startswith(f"nltk-meteor@9.9({stages},tokens:")


def test_without_wordnet_no_word_has_a_synonym() -> None:
    assert NoSynonyms().synsets("tumour") == []


def wordnet_folder(root: Path, *, version: str = "3.0", without: str = "") -> Path:
    """A folder with the files that NLTK reads of WordNet, as short as they may be."""
    folder = root / "corpora" / "wordnet"
    folder.mkdir(parents=True)
    names = [f"{kind}.{part}" for kind in ("index", "data") for part in ("noun", "verb", "adj", "adv")]
    for name in [
        *names,
        *(f"{part}.exc" for part in ("noun", "verb", "adj", "adv")),
        "lexnames",
        "index.sense",
    ]:
        if name != without:
            (folder / name).write_text(f"  1 WordNet {version} Copyright\n")
    return folder


def test_wordnet_is_there_only_with_every_file_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    assert "no corpora/wordnet" in str(wordnet_problem(nltk))
    folder = wordnet_folder(tmp_path, without="lexnames")
    assert wordnet_problem(nltk) == f"{folder} lacks lexnames"
    # For a run it is as good as none, and the signature says so; where it is asked for, it is refused.
    assert meteor_scorer(nltk, "9.9")[0].startswith("nltk-meteor@9.9(exact+stem,no-wordnet,tokens:")
    for build in (
        lambda: named_meteor(nltk, "9.9", "ws+wn30"),
        lambda: variant_scorer("exact+stem+wn30,tokens:ws"),
    ):
        with pytest.raises(TomoeError, match="lexnames") as caught:
            build()
        assert caught.value.code == "ENVIRONMENT"
        assert "nothing is downloaded" in caught.value.hint


def test_a_variant_is_scored_by_the_tokens_that_it_names() -> None:
    whitespace = variant_scorer("exact+stem,no-wordnet,tokens:ws,alpha:0.9")
    treebank = variant_scorer("exact+stem,no-wordnet,tokens:treebank,alpha:0.9")
    assert whitespace("liver cyst", "liver cyst.") == pytest.approx(formula(1, 2, 2, 1), abs=1e-12)
    assert treebank("liver cyst", "liver cyst.") == pytest.approx(formula(2, 2, 3, 1), abs=1e-12)
