"""A published tokenizer as it is, and the frame of its family around one question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer as Backend

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import Frame


@dataclass(frozen=True, kw_only=True)
class FrameText:
    """A family's frame as text with its special tokens.

    ``joint`` is plain text between the image and the prompt: it is encoded together with the prompt, since
    a merge may reach over it. ``reopens`` says that the published processor encodes what stands behind an
    image as a text of its own: what opens a text opens it again.
    """

    before: str
    after_image: str
    reopens: bool
    joint: str
    after_prompt: str
    end: str
    stops: tuple[str, ...]


class PublishedCodec:
    """The tokenizer of a base's own files; user text stays text, whatever it spells."""

    def __init__(self, text: str, frame: FrameText) -> None:
        """Args:
        text: of ``tokenizer.json``.
        frame: stops that the tokenizer lacks are left out; its other tokens must be there.

        Raises:
            TomoeError: ``CHECKPOINT_INVALID`` if the text is no tokenizer, or lacks a token of the frame.
        """
        self._json, self._text, self._joint = text, frame, frame.joint
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        self._plain, framing = _backends(text)
        self.size: int = self._plain.get_vocab_size(with_added_tokens=True)
        self.silent = frozenset(int(key) for key in self._plain.get_added_tokens_decoder())

        def ids(words: str, opening: bool = False) -> tuple[int, ...]:
            return tuple(framing.encode(words, add_special_tokens=opening).ids)

        def id_of(token: str) -> int | None:
            found: int | None = self._plain.token_to_id(token)
            return found

        end = id_of(frame.end)
        if end is None or end not in self.silent:
            raise _not_ours(f"it has no special token {frame.end!r}")
        stops = {found for token in frame.stops if (found := id_of(token)) is not None}
        self.frame = Frame(
            before=ids(frame.before, opening=True),
            after_image=ids(frame.after_image, opening=frame.reopens),
            after_prompt=ids(frame.after_prompt),
            end=end,
            stops=frozenset({end, *stops}),
        )

    def to_json(self) -> str:
        """The whole tokenizer as it was published; ``digest`` is its SHA-256."""
        return self._json

    def encode(self, text: str) -> tuple[int, ...]:
        """As ``TextCodec.encode``."""
        _refuse_surrogates(text)
        return self._ids(text)

    def prompt(self, text: str) -> tuple[int, ...]:
        """As ``TextCodec.prompt``: with what stands between image and prompt."""
        _refuse_surrogates(text)
        return self._ids(self._joint + text)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids; special tokens are not text, and have none."""
        spoken = [one for one in ids if one not in self.silent]
        text: str = self._plain.decode(spoken, skip_special_tokens=False)
        return text

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self._plain.encode(text, add_special_tokens=False).ids)


def _backends(text: str) -> tuple[Any, Any]:
    """The tokenizer twice: one that reads every text as text, one that knows its special tokens."""
    try:
        held = json.loads(text)
        # encode_special_tokens speaks of special tokens alone: an added one that is not would still be found.
        for token in held.get("added_tokens", []):
            token["special"] = True
        plain, framing = Backend.from_str(json.dumps(held)), Backend.from_str(text)
    except Exception as cause:
        raise _not_ours(f"it is not readable ({type(cause).__name__})") from cause
    for backend in (plain, framing):
        backend.no_truncation()
        backend.no_padding()
    # Not stored in the file: set after every load.
    plain.encode_special_tokens = True
    return plain, framing


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as cause:
        raise TomoeError(
            "WIRE_INVALID",
            f"text holds a lone surrogate at character {cause.start}",
            hint="Send text that is valid Unicode.",
        ) from cause


def _not_ours(what: str) -> TomoeError:
    return TomoeError(
        "CHECKPOINT_INVALID",
        f"the tokenizer of the base cannot be used: {what}",
        hint="Use the tokenizer.json that was published with the weights.",
    )


class NoCodec:
    """Stands where a base is opened for its tensors alone; asked for anything, it is a bug of ours."""

    def __getattr__(self, name: str) -> Any:
        raise TomoeError(
            "INTERNAL",
            f"the base was opened without its tokenizer, which was asked for {name}",
            hint="Report this as a bug.",
        )
