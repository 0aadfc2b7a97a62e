"""model/bases/codec.py: the published tokenizer as it is, and its frame."""

from __future__ import annotations

import json
from typing import Any

import pytest
from published import chatml_tokenizer, llama_tokenizer
from tokenizers import Tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.bases.codec import PublishedCodec
from tomoe_worker.model.bases.internvl import base as internvl
from tomoe_worker.model.bases.phi3v import published as phi3v

TEXTS = ["Which phase?", "  two", "\n\nnext line", "e\u0301 \U0001f600", "a\tb", "x" * 40]


def stock_ids(text: str, whole: str) -> list[int]:
    """What the published tokenizer makes of the whole sequence, its special tokens in force."""
    found: list[int] = Tokenizer.from_str(text).encode(whole, add_special_tokens=False).ids
    return found


@pytest.mark.parametrize("prompt", TEXTS)
def test_frame_and_prompt_are_the_whole_chatml_sequence(prompt: str) -> None:
    text = chatml_tokenizer()
    codec = internvl.read_codec(None, text)  # type: ignore[arg-type]
    image = Tokenizer.from_str(text).token_to_id("<IMG_CONTEXT>")
    frame = codec.frame
    ours = [*frame.before, image, *frame.after_image, *codec.prompt(prompt), *frame.after_prompt]
    whole = f"<|im_start|>user\n<img><IMG_CONTEXT></img>\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
    assert ours == stock_ids(text, whole)


@pytest.mark.parametrize("prompt", ["which phase", "a", "\nb", "a b"])
def test_frame_and_prompt_are_phi3s_chunks_around_the_image(prompt: str) -> None:
    # The published processor encodes what stands before the image and what stands behind it by themselves.
    text = llama_tokenizer()
    codec = phi3v.read_codec(None, text)  # type: ignore[arg-type]
    frame = codec.frame
    assert list(frame.before) == [1, *stock_ids(text, "<|user|>\n")]
    behind = [*frame.after_image, *codec.prompt(prompt), *frame.after_prompt]
    assert behind == stock_ids(text, f"\n{prompt}<|end|>\n<|assistant|>\n")


@pytest.mark.parametrize("text", TEXTS)
def test_text_comes_back_as_it_was(text: str) -> None:
    codec = internvl.read_codec(None, chatml_tokenizer())  # type: ignore[arg-type]
    assert codec.decode(codec.encode(text)) == text


def test_stops_are_those_that_the_tokenizer_has() -> None:
    codec = phi3v.read_codec(None, llama_tokenizer())  # type: ignore[arg-type]
    backend = Tokenizer.from_str(llama_tokenizer())
    names = ("<|end|>", "<|endoftext|>", "<|assistant|>")
    assert codec.frame.stops == {backend.token_to_id(name) for name in names}
    assert codec.frame.end == backend.token_to_id("<|end|>")


def changed(change: Any) -> str:
    held = json.loads(chatml_tokenizer())
    change(held)
    return json.dumps(held)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not readable"),
        ("{}", "not readable"),
        (changed(lambda held: held["added_tokens"].clear()), "no special token '<|im_end|>'"),
    ],
)
def test_a_tokenizer_that_cannot_be_used_is_refused(text: str, what: str) -> None:
    with pytest.raises(TomoeError, match="the tokenizer of the base cannot be used") as caught:
        internvl.read_codec(None, text)  # type: ignore[arg-type]
    assert caught.value.code == "CHECKPOINT_INVALID" and what in caught.value.what


def test_a_lone_surrogate_is_refused_with_its_place() -> None:
    codec = internvl.read_codec(None, chatml_tokenizer())  # type: ignore[arg-type]
    for call in (codec.encode, codec.prompt):
        with pytest.raises(TomoeError, match=r"\[WIRE_INVALID\] text holds a lone surrogate at character 2"):
            call("ab\ud800c")


def test_the_file_is_kept_as_it_was_published() -> None:
    text = chatml_tokenizer()
    codec = internvl.read_codec(None, text)  # type: ignore[arg-type]
    assert codec.to_json() == text and isinstance(codec, PublishedCodec)
