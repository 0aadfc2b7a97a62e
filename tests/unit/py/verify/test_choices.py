"""Closed answers by the three parsers, by hand; tests/contract/verify.test.ts holds them to ts/eval."""

from __future__ import annotations

import pytest
from tomoe_worker.verify.choices import likeliest, named_letters, options_of, read_answer, target_of

ORGANS = ["liver", "left kidney", "right kidney", "C. difficile"]


def row(**more: object) -> dict[str, object]:
    return {"id": "q", "task": "closed-vqa", "choices": ORGANS, "target": "liver", "prediction": "", **more}


@pytest.mark.parametrize(
    ("answer", "strict", "lenient", "dotted"),
    [
        ("B", 1, 1, []),
        ("b.", 1, 1, []),
        ("(B)", 1, 1, []),
        ("Answer: B", 1, 1, []),
        ("Left kidney.", 1, 1, []),
        ("C. difficile", 3, 3, [2]),
        ("B. left kidney", 1, 1, [1]),
        ("B. liver or C. right", None, None, [1, 2]),
        ("The answer is B.", None, 1, [1]),
        ("**B**", None, 1, []),
        ("A lesion of the right kidney", None, 2, []),
        ("There is no right kidney", None, None, []),
        ("It isn't A", None, 0, []),
        ("", None, None, []),
        ("B\n", 1, 1, []),
    ],
)
def test_an_answer_names_an_option(
    answer: str, strict: int | None, lenient: int | None, dotted: list[int]
) -> None:
    read = read_answer(answer, options_of(row()))
    assert (read.named["strict"], read.named["lenient"], list(read.dotted)) == (strict, lenient, dotted)


def test_hedged_names_several_and_contradicted_one_with_the_text_of_another() -> None:
    options = options_of(row())
    assert read_answer("A or B", options).hedged
    assert not read_answer("C. difficile", options).hedged
    assert read_answer("B. liver", options).contradicted
    assert not read_answer("B. left kidney", options).contradicted
    assert not read_answer("B. something", options).contradicted


def test_letters_that_are_words_name_only_where_they_stand_as_letters() -> None:
    options = options_of({"choices": None})
    assert named_letters("A cyst", options) == []
    assert named_letters("A or B", options) == [0, 1]
    assert named_letters("option A then", options) == [0]
    assert named_letters("B's", options) == []
    assert named_letters("it is A", options) == [0]


@pytest.mark.parametrize(
    ("target", "index"),
    [("B", 1), ("right kidney", 2), ("(A) liver", 0), ("C. difficile", 3), ("lung", None)],
)
def test_a_target_names_its_option_by_letter_or_text(target: str, index: int | None) -> None:
    assert target_of(row(target=target)) == index


def test_options_that_are_missing_have_no_text_no_letter_and_no_share_of_chance() -> None:
    options = options_of({"choices": ["liver", "N / A", "-", "Liver"]})
    assert options.there == (True, False, False, True)
    assert options.chance == 0.5
    assert options.by_letter("B") is None
    assert options.same(0, 3)
    assert not options.same(None, None)
    assert options_of({}).chance == 0.25


def test_the_likeliest_option_is_that_of_the_sum_or_of_each_token() -> None:
    asked = row(choiceLogProbs=[-4.0, -3.0, -8.0, None], choiceTokens=[2, 1, 8, None])
    assert likeliest(asked, "loglik-sum") == 1
    assert likeliest(asked, "loglik-token") == 2
    assert likeliest(row(), "loglik-sum") is None
    assert likeliest(row(choices=["a", "NA"], choiceLogProbs=[-9.0, -1.0]), "loglik-sum") == 0
