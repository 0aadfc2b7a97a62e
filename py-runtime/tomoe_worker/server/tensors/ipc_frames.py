"""Arrow IPC encapsulated messages: where the schema and the one record batch lie in a file or stream.

ts/tensor/ipc-frames.ts is the same, check for check.
Source: https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NoReturn

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.column import TensorLimits
from tomoe_worker.server.tensors.flatbuffer import FlatBlock, FlatTable, refuse_bytes

_MAGIC: Final = b"ARROW1"
_END_OF_STREAM: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_METADATA_V5: Final = 4
_SCHEMA, _RECORD_BATCH = 1, 3
_HEADERS: Final = {1: "schema", 2: "dictionary batch", 3: "record batch", 4: "tensor", 5: "sparse tensor"}
_CUT_OFF: Final = "The file was cut off: write it again."
_ONE_BATCH: Final = "A tensor file holds exactly one record batch."
_NO_DICTIONARIES: Final = "A tensor file is one schema and one record batch, without dictionaries."


@dataclass(frozen=True, kw_only=True)
class IpcFrame:
    """One message: its header table, and where it and its body lie. The body begins at ``start +
    metadata_bytes``.
    """

    header: FlatTable
    start: int
    metadata_bytes: int
    body_bytes: int


@dataclass(frozen=True, kw_only=True)
class IpcLayout:
    """A file or stream of one schema and one record batch; ``footer`` is there for a file."""

    schema: IpcFrame
    batch: IpcFrame
    footer: FlatTable | None


def read_layout(view: memoryview, limits: TensorLimits) -> IpcLayout:
    """Find the messages of a file or stream of one record batch.

    A file is read as the stream inside it, and its footer has to say the same: other readers believe the
    footer alone.

    Raises:
        TomoeError: ``DATA_SHARD_SCHEMA`` for anything else; ``WIRE_TOO_LARGE`` above a cap.
    """
    is_file = bytes(view[: len(_MAGIC)]) == _MAGIC
    footer, end = _read_footer(view, limits) if is_file else (None, len(view))
    schema = _read_frame(view, 8 if is_file else 0, end, _SCHEMA, limits)
    if schema.body_bytes != 0:
        refuse_bytes(f"the schema message has a body of {schema.body_bytes} bytes")
    batch = _read_frame(view, schema.start + schema.metadata_bytes, end, _RECORD_BATCH, limits)
    after = batch.start + batch.metadata_bytes + batch.body_bytes
    if after + 8 > end or bytes(view[after : after + 8]) != _END_OF_STREAM:
        refuse_bytes(f"no end of stream at byte {after}, behind the first record batch", _ONE_BATCH)
    if after + 8 != end:
        tail = f"the end of the stream at byte {after + 8} and {'the footer' if is_file else 'the end'}"
        refuse_bytes(f"{end - after - 8} bytes lie between {tail}")
    if footer is not None:
        _check_footer_blocks(footer, batch)
    return IpcLayout(schema=schema, batch=batch, footer=footer)


def _read_frame(view: memoryview, start: int, end: int, expected: int, limits: TensorLimits) -> IpcFrame:
    kind = f"the {_HEADERS[expected]} message"
    if start + 8 > end:
        refuse_bytes(f"{kind} should begin at byte {start}, the bytes end at {end}", _CUT_OFF)
    marker, length = struct.unpack_from("<Ii", view, start)
    if marker != 0xFFFFFFFF:
        refuse_bytes(f"no message begins at byte {start}")
    if length == 0:
        refuse_bytes(f"the stream ends at byte {start} before {kind}", _ONE_BATCH)
    if length < 0 or length % 8 != 0 or start + 8 + length > end:
        refuse_bytes(f"{kind} announces {length} bytes of metadata at byte {start} of {end}")
    if length > limits.metadata_bytes:
        too_large(f"{kind} has {length} bytes of metadata, the cap is {limits.metadata_bytes}")
    message = FlatBlock(view[start + 8 : start + 8 + length], kind).root()
    version, header_type, header, body = message.i16(0), message.u8(1), message.table(2), message.size64(3)
    if version != _METADATA_V5:
        refuse_bytes(f"{kind} has metadata version {version}, not {_METADATA_V5} (V5)")
    if header_type != expected:
        found = _HEADERS.get(header_type, f"message of type {header_type}")
        refuse_bytes(f"found a {found} where {kind} belongs", _NO_DICTIONARIES)
    if header is None:
        refuse_bytes(f"{kind} has no header")
    if message.vector(4, 4).length != 0:
        refuse_bytes(f"{kind} has metadata of its own")
    if body % 8 != 0 or start + 8 + length + body > end:
        text = f"{kind} announces a body of {body} bytes at byte {start + 8 + length} of {end}"
        refuse_bytes(text, _CUT_OFF)
    return IpcFrame(header=header, start=start, metadata_bytes=8 + length, body_bytes=body)


def _read_footer(view: memoryview, limits: TensorLimits) -> tuple[FlatTable, int]:
    """The footer of a file, and where it begins."""
    size = len(view)
    end = size - len(_MAGIC) - 4
    if end < 8 or bytes(view[end + 4 :]) != _MAGIC:
        refuse_bytes(f"the file of {size} bytes does not end in ARROW1", _CUT_OFF)
    (length,) = struct.unpack_from("<i", view, end)
    if length <= 0 or end - length < 8:
        refuse_bytes(f"the footer announces {length} bytes in a file of {size}")
    if length > limits.metadata_bytes:
        too_large(f"the footer has {length} bytes, the cap is {limits.metadata_bytes}")
    return FlatBlock(view[end - length : end], "the footer").root(), end - length


def _check_footer_blocks(footer: FlatTable, batch: IpcFrame) -> None:
    version, dictionaries, (at, blocks) = footer.i16(0), footer.vector(2, 24).length, footer.vector(3, 24)
    if version != _METADATA_V5:
        refuse_bytes(f"the footer has metadata version {version}, not {_METADATA_V5} (V5)")
    if footer.vector(4, 4).length != 0:
        refuse_bytes("the footer has metadata of its own")
    if dictionaries != 0 or blocks != 1:
        refuse_bytes(f"the footer lists {dictionaries} dictionaries and {blocks} record batches, not 0 and 1")
    block = footer.block
    found = [block.size64(at), block.i32(at + 8), block.size64(at + 16)]
    expected = [batch.start, batch.metadata_bytes, batch.body_bytes]
    if found != expected:
        text = f"the footer puts the record batch at {found}, it lies at {expected}"
        refuse_bytes(f"{text} (byte, metadata bytes, body bytes)")


def too_large(what: str) -> NoReturn:
    """Raise ``WIRE_TOO_LARGE``: the message is above a cap."""
    raise TomoeError("WIRE_TOO_LARGE", what, hint="Send fewer rows or columns in one message.")
