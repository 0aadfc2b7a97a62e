"""Requests that are read before they are decoded, or without being decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.wire.specs import parse
from tomoe_worker.server.wire.walk import contract

# PutTensorRequest.chunk: field 2, length-delimited.
_CHUNK_TAG: Final = 0x12


def chunk_of(request: bytes) -> memoryview:
    """The bytes of a PutTensorRequest.chunk, without the copy that decoding the message makes.

    Raises:
        TomoeError: ``WIRE_INVALID`` when the message is anything else.
    """
    view = memoryview(request)
    if len(view) > 1 and view[0] == _CHUNK_TAG:
        length, at, shift = 0, 1, 0
        while at < len(view) and shift <= 28:
            length |= (view[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if view[at - 1] < 0x80:
                break
        if at + length == len(view):
            return view[at:]
    raise TomoeError(
        "WIRE_INVALID", "PutTensor sent something else than a chunk", hint="Send chunks after the header."
    )


def versions_of(request: bytes) -> tuple[int, int]:
    """Protocol version of a hello of any version: fields 1 and 2 never change, the rest may."""
    try:
        message = contract().message("HelloRequest").FromString(request)
    except Exception:
        message = parse("HelloRequest", request)
    return message.protocol_major, message.protocol_minor


def first_of(items: Iterator[Any], name: str) -> Any:
    """The first message of a stream of ``name``.

    Raises:
        TomoeError: ``WIRE_INCOMPLETE`` when there is none.
    """
    for item in items:
        return item
    raise TomoeError(
        "WIRE_INCOMPLETE", f"the stream ended before the first {name}", hint="Send at least one message."
    )
