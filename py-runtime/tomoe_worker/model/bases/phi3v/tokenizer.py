"""A byte-fallback BPE tokenizer with Phi-3's special tokens, and the chat frame around one question.

User text never becomes a special token: the special strings are vocabulary entries that no merge leads to, so
``<|end|>`` typed by a user stays five characters of text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from tokenizers import Regex, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as Backend

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import Frame

UNKNOWN, BOS, EOS = "<unk>", "<s>", "</s>"
ENDOFTEXT, ASSISTANT, END, USER, SYSTEM, IMAGE = (
    "<|endoftext|>",
    "<|assistant|>",
    "<|end|>",
    "<|user|>",
    "<|system|>",
    "<|image|>",
)
LEADING_TOKENS: Final = (UNKNOWN, BOS, EOS)
CHAT_TOKENS: Final = (ENDOFTEXT, ASSISTANT, END, USER, SYSTEM, IMAGE)
BYTE_TOKENS: Final = tuple(f"<0x{byte:02X}>" for byte in range(256))
SPECIAL_TOKENS: Final = LEADING_TOKENS + CHAT_TOKENS

# A piece is a word, a digit, a run of symbols or white space; letters never share a piece with symbols, so no
# merge can spell a special token however often a corpus repeats one.
_PIECE: Final = r" ?[^\W\d_]+| ?\d| ?(?:[^\w\s]|_)+|\s+(?!\S)|\s+"


class Tokenizer:
    """Text to token ids and back, without loss: ``decode(encode(text)) == text`` for every string."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._json: str = backend.to_str()
        self.digest: str = hashlib.sha256(self._json.encode()).hexdigest()
        self.size: int = backend.get_vocab_size(with_added_tokens=True)
        self.frame: Frame = self._chat_frame()

    @staticmethod
    def from_json(text: str) -> Tokenizer:
        """Read what ``to_json`` wrote.

        Raises:
            TomoeError: ``CHECKPOINT_INVALID`` if the text is not a tokenizer of this kind.
        """
        try:
            model = json.loads(text)["model"]
            kind, fallback, vocab = model["type"], model["byte_fallback"], model["vocab"]
            backend = Backend.from_str(text)
        except Exception as cause:
            raise TomoeError(
                "CHECKPOINT_INVALID",
                f"the tokenizer file is not readable: {type(cause).__name__}",
                hint="Use the tokenizer.json that was saved with the weights.",
            ) from cause
        absent = [token for token in SPECIAL_TOKENS + BYTE_TOKENS if token not in vocab]
        if kind != "BPE" or fallback is not True or absent:
            raise TomoeError(
                "CHECKPOINT_INVALID",
                f"the tokenizer is a {kind} model with byte_fallback={fallback} "
                f"and lacks {len(absent)} tokens",
                hint="Use a byte-fallback BPE tokenizer with Phi-3's special tokens.",
                details={"absent": list(absent[:10])},
            )
        return Tokenizer(backend)

    def to_json(self) -> str:
        """The whole tokenizer as JSON text; ``digest`` is its SHA-256."""
        return self._json

    def encode(self, text: str) -> tuple[int, ...]:
        """Ids of ``text`` as plain text; one space goes in front, as Llama tokenizers do, so that a word has
        the same id at the start of a text as inside it.

        Raises:
            TomoeError: ``WIRE_INVALID`` if the text holds a lone surrogate, which UTF-8 cannot carry.
        """
        try:
            text.encode()
        except UnicodeEncodeError as cause:
            raise TomoeError(
                "WIRE_INVALID",
                f"text holds a lone surrogate at character {cause.start}",
                hint="Send text that is valid Unicode.",
            ) from cause
        ids: list[int] = self._backend.encode(f" {text}", add_special_tokens=False).ids
        return tuple(ids)

    def prompt(self, text: str) -> tuple[int, ...]:
        """As ``encode``: the frame has a token of its own between image and prompt."""
        return self.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ``ids``, without the one space that ``encode`` puts in front."""
        text: str = self._backend.decode(list(ids), skip_special_tokens=False)
        return text.removeprefix(" ")

    def id_of(self, token: str) -> int:
        """Id of one vocabulary entry, special or not."""
        found: int | None = self._backend.token_to_id(token)
        if found is None:
            raise TomoeError(
                "INTERNAL", f"token {token!r} is not in the vocabulary", hint="Report this as a bug."
            )
        return found

    def _chat_frame(self) -> Frame:
        newline = self.id_of("<0x0A>")
        end = self.id_of(END)
        return Frame(
            before=(self.id_of(BOS), self.id_of(USER), newline),
            after_image=(newline,),
            after_prompt=(end, newline, self.id_of(ASSISTANT), newline),
            end=end,
            stops=frozenset({end, self.id_of(ENDOFTEXT), self.id_of(ASSISTANT)}),
        )


def fit_tokenizer(lines: Iterable[str], vocab: int) -> Tokenizer:
    """Fit a byte-fallback BPE on ``lines``; the same lines give the same tokenizer.

    Args:
        lines: corpus, one text each.
        vocab: most entries the vocabulary may have, special and byte tokens included.

    Raises:
        TomoeError: ``CONFIG_INVALID`` if ``vocab`` cannot hold the special and byte tokens, ``DATA_EMPTY`` if
        there
            are no lines.

    Source: Sennrich et al., https://arxiv.org/abs/1508.07909; byte fallback as in Llama's and Phi-3's
    tokenizer.
    """
    fixed = len(SPECIAL_TOKENS) + len(BYTE_TOKENS)
    if vocab <= fixed:
        raise TomoeError(
            "CONFIG_INVALID",
            f"a vocabulary of {vocab} cannot hold the {fixed} special and byte tokens and at least one more",
            hint=f"Set the vocabulary to {fixed + 1} or more.",
        )
    texts = [f" {line}" for line in lines]
    if not texts:
        raise TomoeError(
            "DATA_EMPTY", "no lines to fit a tokenizer on", hint="Send the training texts first."
        )
    learner = Backend(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECE), behavior="isolated")
    # A line feed stays a byte token, as in Phi-3: the chat frame needs it whatever the corpus holds.
    learner.train_from_iterator(
        (text.replace("\n", " ") for text in texts),
        trainers.BpeTrainer(
            vocab_size=vocab - fixed, min_frequency=2, special_tokens=[], show_progress=False
        ),
    )
    learned = json.loads(learner.to_str())["model"]
    return Tokenizer(_assemble(learned["vocab"], [(left, right) for left, right in learned["merges"]]))


def _assemble(learned: dict[str, int], merges: list[tuple[str, str]]) -> Any:
    """Phi-3's order of ids: ``<unk> <s> </s>``, 256 bytes, what was learned, then the chat tokens."""
    entries = [
        *LEADING_TOKENS,
        *BYTE_TOKENS,
        *sorted(learned, key=lambda token: learned[token]),
        *CHAT_TOKENS,
    ]
    vocab = {token: index for index, token in enumerate(entries)}
    if len(vocab) != len(entries):
        raise TomoeError("INTERNAL", "a learned token spells a special token", hint="Report this as a bug.")
    backend = Backend(models.BPE(vocab=vocab, merges=merges, byte_fallback=True, fuse_unk=False))
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECE), behavior="isolated")
    backend.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    return backend
