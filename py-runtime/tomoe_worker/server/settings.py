"""What the launcher tells a rank through its environment; there are no defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tomoe_worker.errors import TomoeError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where to say that it is ready, where to listen, and who it is among its ranks."""

    ready: str  # "fd:3", "file:PATH" (a folder: ready-RANK.json in it) or "tcp:HOST:PORT"
    listen: str  # "unix:FOLDER" (worker-RANK.sock in it) or "tcp:127.0.0.1"
    token: str
    device: str  # "auto", "cpu" or "cuda"
    parent_pid: int | None  # the conductor (or launcher), when it runs on this host
    parent_space: str  # where that pid is one of ours, see machine/proc.py; "" when nobody said
    rank: int
    local_rank: int
    world_size: int
    memory_share: float  # of the device's or the machine's memory, 1: all of it


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read TOMOE_READY, TOMOE_LISTEN, TOMOE_TOKEN, TOMOE_DEVICE, TOMOE_WORLD_SIZE, TOMOE_PARENT_PID,
    TOMOE_PARENT_SPACE and TOMOE_MEMORY_SHARE (the last three optional), and torchrun's RANK, LOCAL_RANK,
    WORLD_SIZE when there are several ranks.

    Raises:
        TomoeError: ``USAGE_INVALID`` naming the variable; ``WORKER_START`` when torchrun made another number
        of ranks
            than planned: a smaller world never trains silently.
    """
    given = os.environ if environment is None else environment
    planned = _number(given, "TOMOE_WORLD_SIZE")
    rank, local_rank, world = 0, 0, 1
    if planned > 1:
        rank, local_rank, world = (_number(given, name) for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"))
    if world != planned:
        raise TomoeError(
            "WORKER_START",
            f"WORLD_SIZE is {world}, {planned} ranks were planned",
            hint="Start exactly the planned number of ranks.",
            details={"found": world, "planned": planned},
        )
    return Settings(
        ready=_word(given, "TOMOE_READY", ("fd:", "file:", "tcp:")),
        listen=_word(given, "TOMOE_LISTEN", ("unix:", "tcp:")),
        token=checked_token(_required(given, "TOMOE_TOKEN"), "TOMOE_TOKEN"),
        device=_word(given, "TOMOE_DEVICE", ("auto", "cpu", "cuda")),
        parent_pid=_number(given, "TOMOE_PARENT_PID") if "TOMOE_PARENT_PID" in given else None,
        parent_space=given.get("TOMOE_PARENT_SPACE", ""),
        rank=rank,
        local_rank=local_rank,
        world_size=world,
        memory_share=_share(given, "TOMOE_MEMORY_SHARE") if "TOMOE_MEMORY_SHARE" in given else 1.0,
    )


def _required(given: Mapping[str, str], name: str) -> str:
    value = given.get(name)
    if value is None:
        raise TomoeError(
            "USAGE_INVALID", f"{name} is not set", hint="Workers are started by `tomoe run`, which sets it."
        )
    return value


def _number(given: Mapping[str, str], name: str) -> int:
    value = _required(given, name)
    if not value.isascii() or not value.isdigit():
        raise TomoeError(
            "USAGE_INVALID", f"{name} is {value!r}, not a whole number", hint=f"Set {name} to a number."
        )
    return int(value)


def _share(given: Mapping[str, str], name: str) -> float:
    value = _required(given, name)
    try:
        share = float(value)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise TomoeError(
            "USAGE_INVALID", f"{name} is {value!r}, not a share", hint=f"Set {name} above 0, at most 1."
        )
    return share


def _word(given: Mapping[str, str], name: str, starts: tuple[str, ...]) -> str:
    value = _required(given, name)
    if not value.startswith(starts):
        raise TomoeError(
            "USAGE_INVALID", f"{name} is {value!r}", hint=f"It begins with one of: {', '.join(starts)}."
        )
    return value


def checked_token(token: str, name: str = "the next token") -> str:
    """A token that nobody guesses.

    Raises:
        TomoeError: ``USAGE_INVALID`` naming it.
    """
    if len(token) < 32:
        what = f"{name} is shorter than 32 characters"
        raise TomoeError("USAGE_INVALID", what, hint="Use 32 random hex digits.")
    return token
