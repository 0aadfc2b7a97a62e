"""NLTK's METEOR with whatever language data is installed, and a signature that says what that was."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Final

ALPHA: Final = 0.9
BETA: Final = 3.0
GAMMA: Final = 0.5

# A sentence ends at . ! or ? before whitespace; it stands in for punkt where that is not installed.
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")


class NoSynonyms:
    """A WordNet that knows no synonym: METEOR then matches by word and stem alone."""

    def synsets(self, _word: str) -> list[Any]:
        """Return no synonym sets, whatever the word."""
        return []


def _is_installed(nltk: ModuleType, resource: str) -> bool:
    try:
        nltk.data.find(resource)
    except LookupError:
        return False
    return True


def _word_tokenizer(nltk: ModuleType) -> tuple[str, Callable[[str], Sequence[str]]]:
    tokenize = importlib.import_module("nltk.tokenize")
    if _is_installed(nltk, "tokenizers/punkt_tab/english"):
        return "tokens:punkt+treebank", lambda text: list(tokenize.word_tokenize(text))
    treebank = importlib.import_module("nltk.tokenize.destructive").NLTKWordTokenizer()
    return "tokens:sentence-regex+treebank", lambda text: [
        token for sentence in _SENTENCE_END.split(text) for token in treebank.tokenize(sentence)
    ]


def meteor_scorer(nltk: ModuleType, version: str) -> tuple[str, Callable[[str, str], float]]:
    """Build METEOR as NLTK has it, and its signature.

    Args:
        nltk: the imported library; nothing is downloaded.
        version: its version.

    Returns:
        The signature, and a function of (prediction, target) that gives a score of 0..1.

    Source: Lavie and Agarwal 2007, https://aclanthology.org/W07-0734; parameters as HF ``evaluate`` sets
    them.
    """
    single = importlib.import_module("nltk.translate.meteor_score").single_meteor_score
    has_wordnet = _is_installed(nltk, "corpora/wordnet") or _is_installed(nltk, "corpora/wordnet.zip")
    synonyms = importlib.import_module("nltk.corpus").wordnet if has_wordnet else NoSynonyms()
    stages = "exact+stem+wordnet" if has_wordnet else "exact+stem,no-wordnet"
    token_id, tokens = _word_tokenizer(nltk)
    signature = f"nltk-meteor@{version}({stages},{token_id},alpha:{ALPHA},beta:{BETA:g},gamma:{GAMMA})"

    def score(prediction: str, target: str) -> float:
        return float(
            single(tokens(target), tokens(prediction), wordnet=synonyms, alpha=ALPHA, beta=BETA, gamma=GAMMA)
        )

    return signature, score
