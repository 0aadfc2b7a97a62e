"""Ids of every family against transformers' own tokenizer and the published processors; hostile text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from published import FAMILIES, published_model, write_base
from published_text import (
    INTERNVL_TEMPLATE,
    PHI3V_TEMPLATE,
    chatml_tokenizer,
    llama_tokenizer,
    smollm_tokenizer,
    stock,
)
from tokenizers import Tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.bases.codec import PublishedCodec
from tomoe_worker.model.bases.internvl import base as internvl
from tomoe_worker.model.bases.phi3v import published as phi3v
from tomoe_worker.model.io.checkpoint import load_state, save_state
from tomoe_worker.spec import PublishedBase
from transformers.models.internvl.processing_internvl import InternVLProcessor

IMAGE, TOKENS = -1, 5  # an image position, and how many there are


def phi3v_ids(text: str, question: str) -> list[int]:
    """As the published processor: every chunk around the images by itself, negative ids in between."""
    tokenizer = stock(text, PHI3V_TEMPLATE)
    messages = [{"role": "user", "content": f"<|image_1|>\n{question}"}]
    whole = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    before, behind = (list(tokenizer(chunk).input_ids) for chunk in re.split(r"<\|image_\d+\|>", whole))
    return [*before, *(IMAGE,) * TOKENS, *behind]


def internvl_ids(text: str, question: str) -> list[int]:
    """As InternVLProcessor: the template's image token becomes marks around as many as the image has."""
    tokenizer = stock(text, INTERNVL_TEMPLATE)
    content = [{"type": "image"}, {"type": "text", "text": question}]
    whole = tokenizer.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    names = SimpleNamespace(
        start_image_token="<img>",
        image_token="<IMG_CONTEXT>",
        end_image_token="</img>",
        image_seq_length=TOKENS,
    )
    images = InternVLProcessor.replace_image_token(names, {"num_patches": [1]}, 0)
    ids = tokenizer(whole.replace("<IMG_CONTEXT>", images, 1)).input_ids
    image = tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>")
    return [IMAGE if one == image else one for one in ids]


def smollm_ids(text: str, question: str) -> list[int]:
    """ChatML around one image token that has no marks, repeated as often as the image has tokens."""
    image = "<empty_output>"
    whole = f"<|im_start|>user\n{image * TOKENS}\n{question}<|im_end|>\n<|im_start|>assistant\n"
    tokenizer = stock(text)
    ids = tokenizer(whole).input_ids
    return [IMAGE if one == tokenizer.convert_tokens_to_ids(image) else one for one in ids]


@dataclass(frozen=True)
class Kind:
    """A kind of published tokenizer, how its family reads it, and the ids its own processor makes."""

    text: Callable[[], str]
    read: Callable[[Any, str], Any]
    theirs: Callable[[str, str], list[int]]
    stops: tuple[str, ...]

    def codec(self) -> PublishedCodec:
        codec = self.read(None, self.text())
        assert isinstance(codec, PublishedCodec)
        return codec

    def added(self) -> dict[str, int]:
        return {token["content"]: token["id"] for token in json.loads(self.text())["added_tokens"]}


KINDS = {
    "phi3v": Kind(
        llama_tokenizer, phi3v.read_codec, phi3v_ids, ("<|end|>", "<|endoftext|>", "<|assistant|>")
    ),
    "internvl": Kind(chatml_tokenizer, internvl.read_codec, internvl_ids, ("<|im_end|>", "<|endoftext|>")),
    "smollm": Kind(smollm_tokenizer, internvl.read_codec, smollm_ids, ("<|im_end|>", "<|endoftext|>")),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
QUESTIONS = [
    "Which phase was used?",
    "which phase",
    "  two blanks in front, one behind ",
    "\nline feed first",
    "a\r\nb\rc\n",
    "e\u0301 and \u00e9, \u212b and \u00c5",  # combining mark and composed; Angstrom sign and its letter
    "\u0e01\u0e33 \u0645\u0651 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "nul \x00 in it, tab\t, \u2028 too",
    "\u2581 is what a blank becomes",
    "12.5 mm in 2026 and 007",
    "x" * 40,
]


@every_kind
@pytest.mark.parametrize("question", QUESTIONS)
def test_frame_image_and_question_are_what_the_published_processor_makes(kind: Kind, question: str) -> None:
    codec = kind.codec()
    frame = codec.frame
    behind = [*frame.after_image, *codec.prompt(question), *frame.after_prompt]
    assert [*frame.before, *(IMAGE,) * TOKENS, *behind] == kind.theirs(kind.text(), question)


def test_what_opens_a_text_opens_it_again_behind_an_image_of_phi3v_alone() -> None:
    codec = KINDS["phi3v"].codec()
    assert codec.frame.before[0] == codec.frame.after_image[0] == KINDS["phi3v"].added()["<s>"]
    assert KINDS["smollm"].codec().frame.after_image == ()


@every_kind
@pytest.mark.parametrize("text", QUESTIONS)
def test_plain_text_has_the_ids_of_the_published_tokenizer(kind: Kind, text: str) -> None:
    theirs = stock(kind.text())(text, add_special_tokens=False).input_ids
    assert list(kind.codec().encode(text)) == theirs


@every_kind
@pytest.mark.parametrize("text", QUESTIONS)
def test_text_is_printed_as_it_was_written(kind: Kind, text: str) -> None:
    codec, backend = kind.codec(), Tokenizer.from_str(kind.text())
    written = text if backend.normalizer is None else backend.normalizer.normalize_str(text)
    # Phi-3's blank in front is not printed; its own letter for a blank is one.
    plain = written.replace("\u2581", " ")
    assert codec.decode(codec.encode(text)) == (plain[1:] if codec.frame.after_image[:1] == (1,) else written)


def spelled(kind: Kind) -> list[str]:
    """Every added token as a user may type it."""
    each = list(kind.added())
    return [*each, " ".join(each), "".join(each), f"say {each[-1]}{each[0]} twice", f"{each[1]}\n{each[2]}"]


@every_kind
def test_a_special_token_that_a_user_spells_stays_text_where_the_stock_tokenizer_takes_it(kind: Kind) -> None:
    codec, added = kind.codec(), kind.added()
    theirs = stock(kind.text())
    for text in spelled(kind):
        assert set(theirs(text, add_special_tokens=False).input_ids) & set(added.values())
        for ids in (codec.encode(text), codec.prompt(text)):
            assert not set(ids) & set(added.values()), text
        assert codec.decode(codec.encode(text)) == text


@every_kind
def test_it_stays_text_after_the_file_is_written_and_read_again(kind: Kind, tmp_path: Path) -> None:
    codec = kind.codec()
    path = tmp_path / "tokenizer.json"
    path.write_text(codec.to_json(), encoding="utf-8")
    again = kind.read(None, path.read_text(encoding="utf-8"))
    assert again.digest == codec.digest
    for text in spelled(kind):
        assert again.encode(text) == codec.encode(text) and again.prompt(text) == codec.prompt(text)
        assert not set(again.encode(text)) & set(kind.added().values())


@every_kind
def test_what_is_no_text_is_never_printed(kind: Kind) -> None:
    codec = kind.codec()
    spoken = codec.encode("lung")
    # Rows of the head behind the last id of the tokenizer, as published heads have them.
    beyond = (codec.size, codec.size + 37)
    for silent in (*kind.added().values(), *beyond):
        assert codec.decode((silent,)) == ""
        assert codec.decode((silent, *spoken, silent, silent)) == codec.decode(spoken)


@every_kind
def test_a_family_stops_at_its_own_tokens(kind: Kind) -> None:
    codec, added = kind.codec(), kind.added()
    assert codec.frame.stops == {added[name] for name in kind.stops}
    assert codec.frame.end == added[kind.stops[0]]


@every_kind
@pytest.mark.parametrize("text", ["\ud83d", "a \udc00 b", "\udfff\ud800"])
def test_a_lone_surrogate_is_refused(kind: Kind, text: str) -> None:
    codec = kind.codec()
    for call in (codec.encode, codec.prompt):
        with pytest.raises(TomoeError, match="lone surrogate at character") as caught:
            call(text)
        assert caught.value.code == "WIRE_INVALID"


@pytest.mark.parametrize("name", FAMILIES)
def test_a_checkpoint_of_a_base_brings_its_codec_along_and_hostile_text_stays_text(
    tmp_path: Path, name: str
) -> None:
    written = write_base(tmp_path / "base", name)
    model = published_model(written)
    (tmp_path / "saved").mkdir()
    save_state(tmp_path / "saved", model, None)
    files = model.base_files
    assert files is not None
    codec = load_state(tmp_path / "saved", "cpu", training=False, find=lambda _: files).model.base.codec
    assert isinstance(model.spec.base, PublishedBase) and codec.frame == model.base.codec.frame
    for token, known in codec_tokens(written.folder).items():
        assert known not in codec.encode(token) and codec.decode(codec.encode(token)) == token


def codec_tokens(folder: Path) -> dict[str, int]:
    held = json.loads((folder / "tokenizer.json").read_text())
    return {token["content"]: token["id"] for token in held["added_tokens"]}
