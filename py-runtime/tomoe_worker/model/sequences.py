"""Token sequences of items around image tokens, and which vision rows they need."""

# Shapes: R = vision rows, S = sequences, U = packs, J = image tokens, T = positions, Q = answer tokens and
# end, L = hidden.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import Apart
from tomoe_worker.model.lift.features import VisionRow

# Tokens behind one prefix: their attention grows with the square, and each sees the mask of all of them.
PACK_TOKENS: Final = 2048
# Shortest of the packs that pass together, in shares of the longest: what is padded is computed as well.
_ALIKE: Final = 0.75


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One prompt on one volume, tokenised; ``answer`` is empty when text is to be generated."""

    volume: int
    task: str
    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    ends: bool = True  # False: the answer was cut, so no end token follows it

    @property
    def predicted(self) -> int:
        """Tokens that training predicts: those of the answer, and its end."""
        return len(self.answer) + self.ends


@dataclass(frozen=True, kw_only=True)
class VisionRows:
    """Distinct vision rows, sorted by group then volume, and the row of each asked item."""

    rows: tuple[VisionRow, ...]
    row_of: tuple[int, ...]


def tokenise(model: TomoeModel, name: str, text: str, what: str) -> tuple[int, ...]:
    """Ids of a prompt or target as plain text.

    Raises:
        TomoeError: ``WIRE_INVALID`` if it is empty or not valid Unicode.
    """
    if not text.strip():
        raise TomoeError(
            "WIRE_INVALID", f"item {name} has an empty {what}", hint=f"Send a {what} with text in it."
        )
    codec = model.base.codec
    return codec.prompt(text) if what == "prompt" else codec.encode(text)


def vision_rows(model: TomoeModel, asked: Sequence[Asked], bare_volumes: Sequence[int]) -> VisionRows:
    """Which distinct rows the asked items need; ``bare_volumes`` get a row of the first group without prompt.

    Two items share a row when nothing that the vision tower sees differs: the volume, the expert group
    where there are experts, and the text that the gates read: the prompt, or the task by its name. The
    answer is no part of it (leak test).
    """
    guidance = "off" if model.prompt_guide is None else model.spec.moe.text_guidance
    routed = bool(model.sites)
    named = {task: model.base.codec.encode(task) for task in {item.task for item in asked}}

    def read(item: Asked) -> tuple[int, ...] | None:
        """The text that the gates read of an item."""
        if guidance == "off":
            return None
        return item.prompt if guidance == "question" else named[item.task]

    def row(item: Asked) -> VisionRow:
        """The row of one item; an unknown task is refused even where nothing is routed."""
        group = model.group_of(item.task)
        return VisionRow(volume=item.volume, group=group if routed else 0, prompt=read(item))

    wanted = [row(item) for item in asked]
    bare = [VisionRow(volume=volume, group=0, prompt=None) for volume in bare_volumes]
    rows = tuple(sorted({*wanted, *bare}, key=lambda one: (one.group, one.volume, one.prompt or ())))
    place = {one: index for index, one in enumerate(rows)}
    return VisionRows(rows=rows, row_of=tuple(place[one] for one in wanted))


def chat_tokens(model: TomoeModel) -> int:
    """Tokens of the chat frame around image and prompt; the end token of an answer is not among them."""
    frame = model.base.codec.frame
    return len(frame.before) + len(frame.after_image) + len(frame.after_prompt)


def positions_needed(
    model: TomoeModel, prompt: tuple[int, ...], answer: tuple[int, ...], image_tokens: int, reserve: int
) -> int:
    """Positions of an item's whole sequence, its end token included.

    Args:
        reserve: tokens to be generated after the prompt, 0 in training.
    """
    return chat_tokens(model) + image_tokens + len(prompt) + len(answer) + 1 + reserve


def cut_to_fit(model: TomoeModel, item: Asked, image_tokens: int) -> Asked:
    """An item with its answer cut at its end where it does not fit the positions. Image and prompt are never
    cut: an item that they leave no room stays as it is, for ``check_length`` to refuse.
    """
    room = model.base.decoder.max_positions - chat_tokens(model) - image_tokens - len(item.prompt)
    if len(item.answer) + 1 <= room or room < 1:
        return item
    return replace(item, answer=item.answer[:room], ends=False)


def check_length(model: TomoeModel, name: str, item: Asked, image_tokens: int, reserve: int) -> None:
    """Refuse an item that does not fit the language model's positions.

    Args:
        reserve: tokens to be generated after the prompt, 0 in training.

    Raises:
        TomoeError: ``WIRE_TOO_LARGE`` with the counts.
    """
    chat = chat_tokens(model)
    # A cut answer ends where the positions do.
    total = positions_needed(model, item.prompt, item.answer, image_tokens, reserve) - (not item.ends)
    limit = model.base.decoder.max_positions
    if total > limit:
        raise TomoeError(
            "WIRE_TOO_LARGE",
            f"item {name} needs {total} positions ({image_tokens} image, {len(item.prompt)} prompt, "
            f"{len(item.answer) + 1 + reserve} answer, {chat} chat), the model has {limit}",
            hint="Shorten the prompt or the answer, or pool the depth harder.",
            details={"needed": total, "limit": limit},
        )


@dataclass(frozen=True, kw_only=True)
class Prompted:
    """Embedded, right-padded sequences up to where the answer begins, or to its end in training."""

    x_STL: Tensor
    lengths_S: Tensor


def embed(model: TomoeModel, asked: Sequence[Asked], image_SJL: Tensor, with_answer: bool) -> Prompted:
    """The frame of the codec around image, prompt and [answer] as embeddings, S, T, L.

    The end token of an answer is predicted, never read, so it is not among the inputs.
    """
    tails = [tail_of(model, item, with_answer) for item in asked]
    x_STL = _joined(model, tails, image_SJL)
    front = len(model.base.codec.frame.before) + image_SJL.shape[1]
    lengths = [front + len(tail) for tail in tails]
    return Prompted(x_STL=x_STL, lengths_S=torch.tensor(lengths, device=image_SJL.device))


def tail_of(model: TomoeModel, item: Asked, with_answer: bool) -> tuple[int, ...]:
    """What stands behind the image: the frame around the prompt, and the answer."""
    frame = model.base.codec.frame
    return frame.after_image + item.prompt + frame.after_prompt + (item.answer if with_answer else ())


def _joined(model: TomoeModel, tails: Sequence[tuple[int, ...]], image_SJL: Tensor) -> Tensor:
    """The frame before the image, image and tails as embeddings, right-padded, STL."""
    frame = model.base.codec.frame
    device = image_SJL.device
    widest = max(map(len, tails))
    ids_ST = torch.tensor([[*tail, *(frame.end,) * (widest - len(tail))] for tail in tails], device=device)
    before_T = torch.tensor(frame.before, device=device)
    embedding = model.base.decoder.embed
    before_STL = embedding(before_T).expand(len(tails), -1, -1)
    return torch.cat([before_STL, image_SJL, embedding(ids_ST)], dim=1)


def answer_positions(model: TomoeModel, asked: Sequence[Asked], image_tokens: int) -> tuple[Tensor, Tensor]:
    """Where each answer token (and the end token) is predicted, SQ, and what it is, SQ with -100 as
    padding.
    """
    frame = model.base.codec.frame
    widest = max(item.predicted for item in asked)
    front = chat_tokens(model) + image_tokens
    positions, targets = [], []
    for item in asked:
        first = front + len(item.prompt) - 1
        length = item.predicted
        positions.append([first + min(step, length - 1) for step in range(widest)])
        targets.append([*(*item.answer, frame.end)[:length], *(-100,) * (widest - length)])
    return torch.tensor(positions, device=model.device), torch.tensor(targets, device=model.device)


def packs_of(row_of: Sequence[int], lengths: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Places of items behind one image, each once, in their order: those of a row, at most so many that their
    tails are ``PACK_TOKENS`` long; one that is longer stands alone.

    Args:
        row_of: the vision row of each item, which says whose image tokens are equal.
        lengths: tokens behind the image, of each item.
    """
    packs: list[list[int]] = []
    open_at: dict[int, tuple[int, int]] = {}  # by row: its last pack, and the tokens in it
    for place, (row, length) in enumerate(zip(row_of, lengths, strict=True)):
        at, held = open_at.get(row, (-1, PACK_TOKENS))
        if held + length > PACK_TOKENS:
            packs.append([])
            at, held = len(packs) - 1, 0
        packs[at].append(place)
        open_at[row] = at, held + length
    return tuple(map(tuple, packs))


def alike(lengths: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Places of rows that pass together, the longest first: little of what they compute is padding."""
    batches: list[list[int]] = []
    longest = 0
    for place in sorted(range(len(lengths)), key=lambda one: -lengths[one]):
        if not batches or lengths[place] < _ALIKE * longest:
            batches.append([])
            longest = lengths[place]
        batches[-1].append(place)
    return tuple(map(tuple, batches))


@dataclass(frozen=True, kw_only=True)
class Packed:
    """Embedded rows of several items each, in training, and what is read of them."""

    x_UTL: Tensor
    apart: Apart
    read_UQ: Tensor  # places in the rows, those of a row's items one after another
    at_SQ: Tensor  # of each item's answer tokens and end among all that are read, row after row
    targets_SQ: Tensor  # what they are; -100 as padding


def embed_packs(model: TomoeModel, packs: Sequence[Sequence[Asked]], image_UJL: Tensor) -> Packed:
    """Every pack as one row: the frame before the image and the image once, then each item's tail with its
    answer. An item's tokens have the positions that it has by itself (``embed``, ``answer_positions``).

    Args:
        packs: items, S in all; each pack's have one image.
        image_UJL: the image tokens of each pack.
    """
    front = len(model.base.codec.frame.before) + image_UJL.shape[1]
    tails = [[tail_of(model, item, with_answer=True) for item in pack] for pack in packs]
    x_UTL = _joined(model, [tuple(chain(*of)) for of in tails], image_UJL)
    device, width = image_UJL.device, x_UTL.shape[1]
    most = max(sum(item.predicted for item in pack) for pack in packs)
    positions: list[list[int]] = []
    sequences: list[list[int]] = []
    read: list[list[int]] = []
    at: list[list[int]] = []
    for row, (pack, of) in enumerate(zip(packs, tails, strict=True)):
        positions.append(list(range(front)))
        sequences.append([0] * front)
        read.append([])
        for number, (item, tail) in enumerate(zip(pack, of, strict=True), 1):
            # A token is predicted one place before it; the last one of a tail predicts the end.
            first = len(sequences[-1]) + len(tail) - len(item.answer) - 1
            at.append([row * most + len(read[-1]) + step for step in range(item.predicted)])
            read[-1] += range(first, first + item.predicted)
            positions[-1] += range(front, front + len(tail))
            sequences[-1] += [number] * len(tail)
        positions[-1] += [0] * (width - len(positions[-1]))
        sequences[-1] += [-1] * (width - len(sequences[-1]))
        read[-1] += [read[-1][-1]] * (most - len(read[-1]))
    widest = max(map(len, at))
    every = [item for pack in packs for item in pack]
    _, targets_SQ = answer_positions(model, every, image_UJL.shape[1])
    return Packed(
        x_UTL=x_UTL,
        apart=Apart(
            front=front,
            positions_RT=torch.tensor(positions, device=device),
            of_RT=torch.tensor(sequences, device=device),
        ),
        read_UQ=torch.tensor(read, device=device),
        at_SQ=torch.tensor([[*one, *(one[-1],) * (widest - len(one))] for one in at], device=device),
        targets_SQ=targets_SQ,
    )
