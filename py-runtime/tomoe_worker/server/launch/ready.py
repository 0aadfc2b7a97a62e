"""The ready message: one JSON line to where TOMOE_READY says. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Mapping
from typing import Any

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.settings import Settings


def announce_ready(settings: Settings, *, address: str, protocol: tuple[int, int]) -> None:
    """Say where this rank listens.

    Args:
        address: "unix:/path" or "127.0.0.1:PORT".
        protocol: major and minor version of the contract.

    Raises:
        TomoeError: ``WORKER_START`` when the channel cannot be written.
    """
    # A listener on TCP must know that this is its own worker; the token itself stays here.
    proof = hashlib.sha256(f"{settings.token}:{settings.rank}:{address}".encode()).hexdigest()
    _send(
        settings.ready,
        settings.rank,
        {
            "ok": True,
            "protocolMajor": protocol[0],
            "protocolMinor": protocol[1],
            "pid": os.getpid(),
            "worldSize": settings.world_size,
            "node": socket.gethostname(),
            "address": address,
            "proof": proof,
        },
    )


def announce_failure(error: TomoeError, environment: Mapping[str, str] | None = None) -> None:
    """Say why this rank will not become ready. Works from the bare environment, since settings may be what is
    wrong.
    """
    given = os.environ if environment is None else environment
    ready = given.get("TOMOE_READY")
    if ready is None:
        return
    rank = given.get("RANK", "0")
    document = {"code": error.code, "what": error.what, "hint": error.hint, "details": error.details}
    _send(ready, int(rank) if rank.isdigit() else 0, {"ok": False, "error": document})


def _send(ready: str, rank: int, document: dict[str, Any]) -> None:
    kind, _, where = ready.partition(":")
    line = (json.dumps({**document, "rank": rank}) + "\n").encode()
    try:
        if kind == "fd":
            with os.fdopen(int(where), "wb") as channel:
                channel.write(line)
        elif kind == "file":
            _to_file(where, rank, line)
        else:
            _to_address(where, line)
    except (OSError, ValueError) as cause:
        raise TomoeError(
            "WORKER_START",
            f"cannot write the ready message to {ready}: {cause}",
            hint="TOMOE_READY is fd:3, file:PATH or tcp:HOST:PORT, and must be open to this process.",
        ) from cause


def _to_file(path: str, rank: int, line: bytes) -> None:
    target = os.path.join(path, f"ready-{rank}.json") if os.path.isdir(path) else path
    partial = f"{target}.{os.getpid()}.tmp"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(line)
    os.replace(partial, target)


def _to_address(where: str, line: bytes) -> None:
    host, _, port = where.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as channel:
        channel.sendall(line)
