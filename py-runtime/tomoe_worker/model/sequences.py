"""Token sequences of items around image tokens, and which vision rows they need."""

# Shapes: R = vision rows, S = sequences, J = image tokens, T = positions, Q = answer tokens and end, L =
# hidden.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import VisionRow


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
    frame = model.base.codec.frame
    device = image_SJL.device
    tails = [
        frame.after_image + item.prompt + frame.after_prompt + (item.answer if with_answer else ())
        for item in asked
    ]
    widest = max(map(len, tails))
    ids_ST = torch.tensor([[*tail, *(frame.end,) * (widest - len(tail))] for tail in tails], device=device)
    before_T = torch.tensor(frame.before, device=device)
    embedding = model.base.decoder.embed
    before_STL = embedding(before_T).expand(len(asked), -1, -1)
    x_STL = torch.cat([before_STL, image_SJL, embedding(ids_ST)], dim=1)
    front = len(frame.before) + image_SJL.shape[1]
    return Prompted(x_STL=x_STL, lengths_S=torch.tensor([front + len(tail) for tail in tails], device=device))


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
