"""Closed answers as options, by the published rules of the three parsers."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import regex

from tomoe_worker.verify.words import SPACE, normalised

# Either case, without the foldings beyond ASCII that IGNORECASE adds.
_ANSWER: Final = "[Aa][Nn][Ss][Ww][Ee][Rr]"
_INTRODUCERS: Final = f"{_ANSWER}|[Oo][Pp][Tt][Ii][Oo][Nn]|[Cc][Hh][Oo][Ii][Cc][Ee]"
_IS: Final = "[Ii][Ss]"
_LONE: Final = regex.compile(rf"(?:{_ANSWER}{SPACE}*[:=]?{SPACE}*)?[(\[]?(?P<letter>[A-Za-z])[)\].:]?")
_LEADING: Final = regex.compile(
    rf"(?:{_ANSWER}{SPACE}*[:=]?{SPACE}*)?"
    rf"(?:\((?P<letter>[A-Za-z])\)|\[(?P<letter>[A-Za-z])\]|(?P<letter>[A-Za-z])[.):](?={SPACE}))"
)
_AFTER_LETTER: Final = regex.compile(
    rf"(?:{_ANSWER}{SPACE}*(?:{_IS})?{SPACE}*[:=]?{SPACE}*)?"
    rf"[(\[{{*<\"']*[A-Za-z][)\]}}*>\"'.:,]*{SPACE}*[-\u2013\u2014:]?{SPACE}*"
)
_JOINED: Final = regex.compile(r"[\p{L}\p{M}\p{N}'\u2019\u02bc]")
_JOINED_ON: Final = regex.compile(
    rf"{SPACE}*(?:(?:or|and)(?![A-Za-z0-9_])|/){SPACE}*[A-Z](?![\p{{L}}\p{{N}}'\u2019\u02bc])"
)
_INTRODUCED: Final = regex.compile(
    rf"(?:{_INTRODUCERS}){SPACE}*"
    rf"(?:{_IS}(?![A-Za-z0-9_]))?{SPACE}*:?{SPACE}*\Z"
)
_ONLY_SPACE: Final = regex.compile(rf"{SPACE}*")
_NEGATION: Final = regex.compile(
    r"(?<![\p{L}\p{N}])(?:no|not|none|never|neither|nor|without|cannot|absent|absence|negative|denies|"
    r"excluded|unlikely|(?:is|are|was|were|do|does|did|has|have|had|can|could|would|should)n['\u2019]t)"
    r"(?![\p{L}\p{N}])",
    regex.IGNORECASE,
)
_TARGET_LETTER: Final = regex.compile(r"[(\[]?(?P<letter>[A-Za-z])[)\].:]?")
_TARGET_BOTH: Final = regex.compile(
    rf"(?:\((?P<letter>[A-Za-z])\)|\[(?P<letter>[A-Za-z])\]|(?P<letter>[A-Za-z])[.):](?={SPACE}))(?P<rest>.*)",
    regex.DOTALL,
)
_REACH: Final = 40
_LONGEST_LONE: Final = 20


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a question; a text is "" where the option is missing or letters alone are known."""

    texts: tuple[str, ...]
    there: tuple[bool, ...]
    has_texts: bool

    @property
    def chance(self) -> float:
        """1 / number of options that are there."""
        return 1 / max(1, sum(self.there))

    def by_letter(self, letter: str) -> int | None:
        """The option of a letter, where it is there."""
        index = ord(letter.upper()) - 65
        return index if index < len(self.there) and self.there[index] else None

    def by_text(self, said: str) -> int | None:
        """The first option whose whole text this is."""
        return self.texts.index(said) if said and said in self.texts else None

    def same(self, one: int | None, other: int | None) -> bool:
        """True for one option, and for two of one text."""
        if one is None or other is None:
            return False
        return one == other or (self.texts[one] != "" and self.texts[one] == self.texts[other])


@lru_cache
def _options(choices: tuple[str, ...] | None) -> Options:
    if choices is None:
        return Options(texts=("", "", "", ""), there=(True,) * 4, has_texts=False)
    missing = [regex.sub(SPACE, "", choice).lower() in ("", "-", "na", "n/a") for choice in choices]
    texts = tuple("" if gone else normalised(choice) for choice, gone in zip(choices, missing, strict=True))
    return Options(texts=texts, there=tuple(not gone for gone in missing), has_texts=True)


def options_of(row: Mapping[str, Any]) -> Options:
    """A row's options; four letters where it has none."""
    choices = row.get("choices")
    return _options(None if choices is None else tuple(choices))


def target_of(row: Mapping[str, Any]) -> int | None:
    """The option that a row's target names."""
    options, text = options_of(row), str(row["target"]).strip()
    by_text = options.by_text(normalised(text))
    alone = _TARGET_LETTER.fullmatch(text)
    by_letter = None if alone is None else options.by_letter(alone["letter"])
    if by_text is not None or by_letter is not None:
        return by_text if by_text is not None else by_letter
    both = _TARGET_BOTH.fullmatch(text)
    return None if both is None else options.by_letter(both["letter"])


def _names_as_word(text: str, at: int) -> bool:
    after = text[at + 1 : at + 1 + _REACH]
    return (
        (after[:1] != "" and after[0] in ".):]}*>")
        or _ONLY_SPACE.fullmatch(text[at + 1 :]) is not None
        or _JOINED_ON.match(after) is not None
        or _INTRODUCED.search(text[max(0, at - _REACH) : at]) is not None
    )


def named_letters(answer: str, options: Options) -> list[int]:
    """Distinct options whose capital letters stand alone, in the order in which they are first named."""
    text = unicodedata.normalize("NFKC", answer)
    named: list[int] = []
    for found in regex.finditer("[A-Z]", text):
        at, index = found.start(), ord(found[0]) - 65
        if index >= len(options.there) or not options.there[index] or index in named:
            continue
        if any(_JOINED.fullmatch(beside) for beside in (text[at - 1 : at], text[at + 1 : at + 2]) if beside):
            continue
        if found[0] in "AI" and not _names_as_word(text, at):
            continue
        named.append(index)
    return named


def _spaced(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    words = regex.sub(r"[^\p{L}\p{M}\p{N}]+", " ", folded).split()
    return f" {' '.join(words)} "


def _by_words(answer: str, options: Options) -> int | None:
    if not options.has_texts or _NEGATION.search(answer):
        return None
    said = _spaced(answer)
    wanted = {at: _spaced(text) for at, text in enumerate(options.texts) if options.there[at]}
    found = [at for at, text in wanted.items() if text.strip() and text in said]
    longest = [
        at
        for at in found
        if not any(len(wanted[other]) > len(wanted[at]) and wanted[at] in wanted[other] for other in found)
    ]
    one = longest[0] if longest else None
    return one if all(options.same(one, at) for at in longest) else None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """An answer under every parser: the option it names, and what is counted beside."""

    named: Mapping[str, int | None]
    dotted: Sequence[int]
    hedged: bool
    contradicted: bool


def read_answer(answer: str, options: Options) -> Judgement:
    """Read an answer by the rules of ``strict``, ``lenient`` and ``m3d-compat``."""
    text = answer.strip()
    lone = _LONE.fullmatch(text) if len(text.encode("utf-16-le")) // 2 <= _LONGEST_LONE else None
    by_lone = None if lone is None else options.by_letter(lone["letter"])
    by_text = options.by_text(normalised(text))
    lead = _LEADING.match(text)
    leading = None if lead is None else options.by_letter(lead["letter"])
    letters = named_letters(text, options)
    if leading is not None and leading not in letters:
        letters = [leading, *letters]
    hedged = by_text is None and len(letters) > 1
    whole = by_lone if by_lone is not None else by_text
    contradicted = False
    after = _AFTER_LETTER.match(text)
    if by_text is None and len(letters) == 1 and after is not None and after.end() > 0:
        other = options.by_text(normalised(text[after.end() :]))
        contradicted = other is not None and not options.same(other, letters[0])
    strict = whole if whole is not None else (None if hedged else leading)
    if whole is not None:
        lenient: int | None = whole
    elif letters:
        lenient = letters[0] if len(letters) == 1 else None
    else:
        lenient = _by_words(answer, options)
    dotted = [at for at, there in enumerate(options.there) if there and f"{chr(65 + at)}." in answer]
    return Judgement(
        named={"strict": strict, "lenient": lenient},
        dotted=dotted,
        hedged=hedged,
        contradicted=contradicted,
    )


def likeliest(row: Mapping[str, Any], mode: str) -> int | None:
    """The option of the highest log-probability, summed or for each token; missing ones never compete."""
    options, tokens = options_of(row), row.get("choiceTokens")
    found: dict[int, float] = {}
    for at, value in enumerate(row.get("choiceLogProbs") or []):
        size = 1 if mode == "loglik-sum" else (None if tokens is None else tokens[at])
        if value is not None and size is not None and at < len(options.there) and options.there[at]:
            found[at] = value / size
    return max(found, key=lambda at: found[at]) if found else None
