"""Texts as answers and metrics compare them: written anew after the published rules, not after ts/eval."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

# Whitespace as ECMAScript's \s sees it; Python's differs in seven characters.
SPACE: Final = r"[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"

_OPENING: Final = frozenset("\"'([{\u2018\u201c ")
_CLOSING: Final = frozenset("\"')]}\u2019\u201d.,;:!? ")

# Scripts that are written without spaces: each of their characters is a word.
_UNSPACED: Final = (
    r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}"
)
_RUN: Final = rf"(?:(?![{_UNSPACED}])[\p{{L}}\p{{N}}\p{{M}}])+"
_WORD: Final = regex.compile(
    rf"[{_UNSPACED}]\p{{M}}*|{_RUN}(?:(?:(?<=\p{{L}}\p{{M}}*)['\u2019](?=\p{{L}})"
    rf"|(?<=\p{{N}})[.,](?=\p{{N}})){_RUN})*"
)


def normalised(text: str) -> str:
    """An answer as it is compared: NFKC, lower case, one space, without the marks around it."""
    folded = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    start, end = 0, len(folded)
    while start < end and folded[start] in _OPENING:
        start += 1
    while end > start and folded[end - 1] in _CLOSING:
        end -= 1
    return folded[start:end]


def words_of(text: str) -> list[str]:
    """Words of every script: runs of letters, marks and digits; each character of a script without spaces."""
    return [str(word) for word in _WORD.findall(unicodedata.normalize("NFKC", text).lower())]
