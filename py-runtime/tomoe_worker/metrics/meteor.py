"""NLTK's METEOR with the tokeniser and the language data that its signature names."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tomoe_worker.errors import TomoeError

ALPHA: Final = 0.9
BETA: Final = 3.0
GAMMA: Final = 0.5

# A sentence ends at . ! or ? before whitespace; it stands in for punkt where that is not installed.
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")

# What NLTK reads of WordNet 3.0; a folder without one of them passes its look-up and fails later.
_WORDNET: Final = (
    "lexnames",
    "index.sense",
    *(f"{kind}.{part}" for kind in ("index", "data") for part in ("noun", "verb", "adj", "adv")),
    *(f"{part}.exc" for part in ("noun", "verb", "adj", "adv")),
)
_WORDNET_VERSION: Final = "3.0"

Tokens = Callable[[str], Sequence[str]]
Scorer = Callable[[str, str], float]


class NoSynonyms:
    """A WordNet that knows no synonym: METEOR then matches by word and stem alone."""

    def synsets(self, _word: str) -> list[Any]:
        """Return no synonym sets, whatever the word."""
        return []


def _found(nltk: ModuleType, resource: str) -> str | None:
    try:
        return str(nltk.data.find(resource))
    except LookupError:
        return None


def wordnet_problem(nltk: ModuleType) -> str | None:
    """Why NLTK cannot read WordNet 3.0 here; None when it can. The files that it reads are looked at."""
    zipped = _found(nltk, "corpora/wordnet.zip/wordnet/lexnames")
    place = _found(nltk, "corpora/wordnet")
    if place is None and zipped is None:
        return "there is no corpora/wordnet in any folder of NLTK_DATA"
    if place is not None:
        missing = [name for name in _WORDNET if not (Path(place) / name).is_file()]
        if missing:
            return f"{place} lacks {', '.join(missing)}"
    version = importlib.import_module("nltk.corpus").wordnet.get_version()
    return None if version == _WORDNET_VERSION else f"it is WordNet {version}, not {_WORDNET_VERSION}"


def _tokens(nltk: ModuleType, name: str) -> Tokens:
    if name == "ws":
        return str.split
    if name == "punkt+treebank":
        return lambda text: list(importlib.import_module("nltk.tokenize").word_tokenize(text))
    treebank = importlib.import_module("nltk.tokenize.destructive").NLTKWordTokenizer()
    if name == "treebank":
        return lambda text: list(treebank.tokenize(text))
    return lambda text: [
        token for sentence in _SENTENCE_END.split(text) for token in treebank.tokenize(sentence)
    ]


def _scorer(nltk: ModuleType, tokens_name: str, synonyms: Any) -> Scorer:
    single = importlib.import_module("nltk.translate.meteor_score").single_meteor_score
    tokens = _tokens(nltk, tokens_name)

    def score(prediction: str, target: str) -> float:
        return float(
            single(tokens(target), tokens(prediction), wordnet=synonyms, alpha=ALPHA, beta=BETA, gamma=GAMMA)
        )

    return score


def _signature(version: str, stages: str, tokens_name: str) -> str:
    return f"nltk-meteor@{version}({stages},tokens:{tokens_name},alpha:{ALPHA},beta:{BETA:g},gamma:{GAMMA})"


def _synonyms(nltk: ModuleType, *, has_wordnet: bool) -> tuple[str, Any]:
    if not has_wordnet:
        return "exact+stem,no-wordnet", NoSynonyms()
    problem = wordnet_problem(nltk)
    if problem is None:
        return "exact+stem+wn30", importlib.import_module("nltk.corpus").wordnet
    raise TomoeError(
        "ENVIRONMENT",
        f"METEOR needs WordNet {_WORDNET_VERSION}: {problem}",
        hint="Unpack WordNet 3.0 (Debian: wordnet-base and wordnet-sense-index, and the file lexnames of "
        "NLTK's wordnet package) into NLTK_DATA/corpora/wordnet; nothing is downloaded.",
        details={"files": list(_WORDNET)},
    )


def meteor_scorer(nltk: ModuleType, version: str) -> tuple[str, Scorer]:
    """Build METEOR as NLTK has it with whatever language data is installed, and its signature.

    Args:
        nltk: the imported library; nothing is downloaded.
        version: its version.

    Returns:
        The signature, and a function of (prediction, target) that gives a score of 0..1.

    Source: Lavie and Agarwal 2007, https://aclanthology.org/W07-0734; parameters as HF ``evaluate`` sets
    them.
    """
    stages, synonyms = _synonyms(nltk, has_wordnet=wordnet_problem(nltk) is None)
    has_punkt = _found(nltk, "tokenizers/punkt_tab/english") is not None
    name = "punkt+treebank" if has_punkt else "sentence-regex+treebank"
    return _signature(version, stages, name), _scorer(nltk, name, synonyms)


def named_meteor(nltk: ModuleType, version: str, variant: str) -> tuple[str, Scorer]:
    """Build the METEOR of one tokeniser with WordNet 3.0, and no other.

    Args:
        nltk: the imported library.
        version: its version.
        variant: ``"ws+wn30"`` (words between whitespace) or ``"treebank+wn30"``.

    Returns:
        As ``meteor_scorer``.

    Raises:
        TomoeError: ``ENVIRONMENT`` naming the files of WordNet that are missing.
    """
    stages, synonyms = _synonyms(nltk, has_wordnet=True)
    name = variant.removesuffix("+wn30")
    return _signature(version, stages, name), _scorer(nltk, name, synonyms)


def variant_scorer(parameters: str) -> Scorer:
    """The METEOR whose signature holds these parameters, as ``exact+stem+wn30,tokens:ws,alpha:0.9``.

    Raises:
        TomoeError: ``ENVIRONMENT`` where NLTK or the WordNet that it names is not there.
    """
    try:
        nltk = importlib.import_module("nltk")
    except ImportError as error:
        raise TomoeError("ENVIRONMENT", f"METEOR needs nltk: {error}", hint="Run: npm run setup.") from error
    _, synonyms = _synonyms(nltk, has_wordnet="no-wordnet" not in parameters)
    name = next((one[7:] for one in parameters.split(",") if one.startswith("tokens:")), "ws")
    return _scorer(nltk, name, synonyms)
