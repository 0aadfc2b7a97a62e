"""model/bases/codec.py: what is no tokenizer of a base is refused; test_ids.py compares the ids."""

from __future__ import annotations

import json
from typing import Any

import pytest
from published_text import chatml_tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.bases.codec import PublishedCodec
from tomoe_worker.model.bases.internvl import base as internvl


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
