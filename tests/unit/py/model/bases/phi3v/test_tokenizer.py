"""model/tokenizer.py: lossless text, special tokens out of reach of user text, the chat frame."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_model import LINES, tiny_tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.bases.phi3v.tokenizer import BYTE_TOKENS, SPECIAL_TOKENS, Tokenizer, fit_tokenizer

RUNTIME = Path(__file__).resolve().parents[6] / "py-runtime"
SNIPPETS = [
    *SPECIAL_TOKENS,
    *BYTE_TOKENS[:20],
    "<|image_1|>",
    "<|im_start|>",
    " ",
    "\n",
    "\t",
    "\0",
    "\u2581",
    "é",
]
SNIPPETS += ["😀", "👩‍⚕️", "漢字", "e\u0301", "\u200f", "left lung", "Choices: A.", "  two", "x_y", "-12.5"]


def random_text(source: random.Random) -> str:
    def character() -> str:
        return chr(
            source.choice(
                [source.randrange(0x80), source.randrange(0xD800), source.randrange(0xE000, 0x110000)]
            )
        )

    return "".join(
        source.choice(SNIPPETS) if source.random() < 0.6 else character() for _ in range(source.randrange(14))
    )


def test_any_text_comes_back_as_it_was_and_never_holds_a_special_token() -> None:
    tokenizer = tiny_tokenizer()
    special = {tokenizer.id_of(token) for token in SPECIAL_TOKENS}
    source = random.Random(11)
    for _ in range(4000):
        text = random_text(source)
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert not special & set(ids)


@pytest.mark.parametrize("token", SPECIAL_TOKENS)
def test_a_special_token_typed_by_a_user_stays_text(token: str) -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.id_of(token) not in tokenizer.encode(f"say {token} twice {token}{token}")


def test_a_corpus_full_of_special_tokens_cannot_teach_a_merge_that_spells_one() -> None:
    hostile = fit_tokenizer([" ".join(SPECIAL_TOKENS), "".join(SPECIAL_TOKENS), "<0x0A><0x0A>"] * 50, 600)
    special = {hostile.id_of(token) for token in SPECIAL_TOKENS + BYTE_TOKENS}
    for token in (*SPECIAL_TOKENS, "<0x0A>"):
        assert not special & set(hostile.encode(token)) - {
            hostile.id_of(one) for one in BYTE_TOKENS if one != token
        }
        assert hostile.decode(hostile.encode(token)) == token


def test_a_word_has_one_id_at_the_start_of_a_text_and_inside_it() -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.encode("lung") == tokenizer.encode("left lung")[-len(tokenizer.encode("lung")) :]


def test_ids_follow_the_order_of_phi3_and_the_newline_is_a_byte_token() -> None:
    tokenizer = tiny_tokenizer()
    assert [tokenizer.id_of(token) for token in ("<unk>", "<s>", "</s>", "<0x00>", "<0x0A>")] == [
        0,
        1,
        2,
        3,
        13,
    ]
    assert tokenizer.id_of("<|endoftext|>") == tokenizer.size - 6
    assert tokenizer.encode("\n")[-1] == 13
    frame = tokenizer.frame
    assert frame.before == (1, tokenizer.id_of("<|user|>"), 13)
    assert frame.after_prompt == (tokenizer.id_of("<|end|>"), 13, tokenizer.id_of("<|assistant|>"), 13)
    assert frame.stops == {tokenizer.id_of(token) for token in ("<|end|>", "<|endoftext|>", "<|assistant|>")}


def test_the_same_lines_give_the_same_tokenizer_in_another_process() -> None:
    code = (
        f"import sys; sys.path[:0] = [{str(RUNTIME)!r}]\n"
        "from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer\n"
        f"print(fit_tokenizer({LINES!r}, 330).digest)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == tiny_tokenizer().digest


def test_json_carries_the_whole_tokenizer() -> None:
    tokenizer = tiny_tokenizer()
    again = Tokenizer.from_json(tokenizer.to_json())
    assert again.digest == tokenizer.digest
    assert again.encode("Which phase? \n😀") == tokenizer.encode("Which phase? \n😀")


def test_the_vocabulary_keeps_its_bound() -> None:
    assert fit_tokenizer(LINES, 300).size <= 300
    with pytest.raises(
        TomoeError, match=r"\[CONFIG_INVALID\] a vocabulary of 265 cannot hold the 265"
    ) as caught:
        fit_tokenizer(LINES, 265)
    assert caught.value.code == "CONFIG_INVALID"


def test_no_lines_are_refused() -> None:
    with pytest.raises(TomoeError, match=r"\[DATA_EMPTY\] no lines") as caught:
        fit_tokenizer([], 400)
    assert caught.value.code == "DATA_EMPTY"


def test_a_lone_surrogate_is_refused_with_its_place() -> None:
    with pytest.raises(
        TomoeError, match=r"\[WIRE_INVALID\] text holds a lone surrogate at character 2"
    ) as caught:
        tiny_tokenizer().encode("ab\ud800c")
    assert caught.value.code == "WIRE_INVALID"


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"model": {"type": "WordLevel", "vocab": {}, "byte_fallback": false}}']
)
def test_json_that_is_no_tokenizer_of_ours_is_refused(text: str) -> None:
    with pytest.raises(TomoeError, match=r"\[CHECKPOINT_INVALID\] the tokenizer") as caught:
        Tokenizer.from_json(text)
    assert caught.value.code == "CHECKPOINT_INVALID"
