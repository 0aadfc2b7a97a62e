"""Words and answers of every script, as the metrics compare them."""

from __future__ import annotations

import pytest
import regex
from tomoe_worker.verify.words import SPACE, normalised, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A cyst, 3.5 cm!", ["a", "cyst", "3.5", "cm"]),
        ("don't, the patient's 'own' 2,000 HU.", ["don't", "the", "patient's", "own", "2,000", "hu"]),
        ("Größe der Läsion", ["größe", "der", "läsion"]),
        ("CTで3.5cmの嚢胞", ["ct", "で", "3.5cm", "の", "嚢", "胞"]),
        ("\ufb01brosis \uff23\uff34", ["fibrosis", "ct"]),
        ("'' 'a' a'", ["a", "a"]),
        ("", []),
    ],
)
def test_words_are_runs_of_letters_marks_and_digits(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("text", ["肝臓に嚢胞があります", "肝内有囊肿", "ตับมีถุง"])
def test_each_character_of_a_script_without_spaces_is_a_word(text: str) -> None:
    assert "".join(words_of(text)) == text
    assert len(words_of(text)) > 3


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ("  Liver.\n", "liver"),
        ('"The\u00a0 liver" ', "the liver"),
        ("-5 HU", "-5 hu"),
        ("50%", "50%"),
        ("...", ""),
        ("\uff2c\uff29\uff36\uff25\uff32", "liver"),
    ],
)
def test_an_answer_is_compared_without_case_spaces_and_the_marks_around_it(answer: str, same: str) -> None:
    assert normalised(answer) == same


def test_space_is_that_of_the_other_language() -> None:
    assert regex.fullmatch(SPACE, "\ufeff")
    assert regex.fullmatch(SPACE, "\x1c") is None
