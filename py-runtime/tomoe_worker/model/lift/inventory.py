"""What a change of a model's shape kept: every tensor hashed before anything moves, and found again after it.

A comparison with tensors that the change can write to compares each with itself: what stays here is digests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError

_CHUNK_BYTES: Final = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """A model's tensors at one moment: SHA-256 by name, and which pairs of them lie in the same memory."""

    digests: Mapping[str, str]
    tied: frozenset[frozenset[str]]


def take_inventory(state: Mapping[str, Tensor]) -> Inventory:
    """Hash every tensor, one after the other, without a copy of any."""
    digests = {name: tensor_digest(tensor) for name, tensor in state.items()}
    return Inventory(digests=digests, tied=_tied(state))


def tensor_digest(tensor: Tensor) -> str:
    """SHA-256, in hex, over type, shape and bytes; on the meta device over type and shape alone."""
    digest = hashlib.sha256(f"{tensor.dtype} {list(tensor.shape)}\n".encode())
    if tensor.device.type != "meta":
        flat = tensor.detach().contiguous().view(-1).view(torch.uint8)
        for part in torch.split(flat, _CHUNK_BYTES):
            digest.update(part.cpu().numpy().data)
    return digest.hexdigest()


def table_digest(digests: Mapping[str, str]) -> str:
    """SHA-256, in hex, over names and digests in the order of the names."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def places_of(name: str, moved: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Where a tensor is to be found after a change: under its own name, or as each copy of what was moved.

    Args:
        moved: module name -> names of its copies.
    """
    for owner, copies in moved.items():
        if name.startswith(f"{owner}."):
            return tuple(f"{copy}{name.removeprefix(owner)}" for copy in copies)
    return (name,)


def check_kept(before: Inventory, after: Inventory, moved: Mapping[str, Sequence[str]], change: str) -> None:
    """Refuse a change that altered or lost a tensor, left a copy stale, or has two tensors share memory.

    Args:
        moved: as ``places_of``.
        change: what was done, for the message.

    Raises:
        TomoeError: ``INTERNAL`` naming each tensor (the first 10).
    """
    problems = []
    for name, digest in before.digests.items():
        for place in places_of(name, moved):
            found = after.digests.get(place)
            called = name if place == name else f"{place}, a copy of {name},"
            if found is None:
                problems.append(f"{called} is gone")
            elif found != digest:
                problems.append(f"{called} has other values")
    new_ties = sorted(" and ".join(sorted(pair)) for pair in after.tied - before.tied)
    problems += [f"{pair} share memory" for pair in new_ties]
    if problems:
        raise TomoeError(
            "INTERNAL",
            f"{change} did not keep the model: " + "; ".join(problems[:10]),
            hint="Report this as a bug.",
            details={"problems": list(problems[:10]), "count": len(problems)},
        )


def _tied(state: Mapping[str, Tensor]) -> frozenset[frozenset[str]]:
    """Pairs of neighbours in memory that overlap; three in one place are two pairs."""
    spans = sorted(
        (tensor.data_ptr(), tensor.data_ptr() + tensor.nbytes, name)
        for name, tensor in state.items()
        if tensor.device.type != "meta" and tensor.nbytes
    )
    pairs, reach = [], (0, "")
    for start, end, name in spans:
        if start < reach[0]:
            pairs.append(frozenset((reach[1], name)))
        reach = max(reach, (end, name))
    return frozenset(pairs)
