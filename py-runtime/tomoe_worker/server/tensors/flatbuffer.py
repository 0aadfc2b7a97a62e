"""A bounded reader of the FlatBuffers in Arrow metadata.

The rules are those of the format's own verifier and no others: a value lies inside its block at a multiple of
its size, an offset leads forward, a text ends in a zero byte. ts/tensor/flatbuffer.ts holds the same ones,
check for check, so that both languages refuse the same bytes.

Source: https://flatbuffers.dev/internals/; field numbers are those of Arrow's Schema.fbs, Message.fbs and
File.fbs.
"""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple, NoReturn

from tomoe_worker.errors import TomoeError

SHARD_HINT: Final = (
    "Write the file with encodeTensors, or with pyarrow as one uncompressed batch "
    "of fixed_shape_tensor columns."
)
_MAX_SIZE: Final = 2**53 - 1


def refuse_bytes(what: str, hint: str = SHARD_HINT) -> NoReturn:
    """Raise ``DATA_SHARD_SCHEMA``: the bytes are not an Arrow message this reader accepts."""
    raise TomoeError("DATA_SHARD_SCHEMA", what, hint=hint)


class FlatVector(NamedTuple):
    """A run of elements inside one block: position of the first, and the count."""

    start: int
    length: int


class FlatBlock:
    """One metadata block; every read is checked against its bounds.

    Args:
        kind: what the block is, for messages, e.g. "the schema message".
    """

    def __init__(self, data: Any, kind: str) -> None:
        self._view, self._kind = memoryview(data), kind

    def root(self) -> FlatTable:
        """The table the block's first word points at."""
        return self.table(self.follow(0))

    def table(self, at: int) -> FlatTable:
        """The table at a position, once its field list and every field in it lie inside."""
        vtable = at - self.i32(at)
        vtable_bytes, table_bytes = self.u16(vtable), self.u16(vtable + 2)
        self._inside(vtable, vtable_bytes)
        self._inside(at, table_bytes)
        if vtable_bytes < 4 or vtable_bytes % 2 or table_bytes < 4:
            refuse_bytes(f"{self._kind}: a table of {table_bytes} bytes with a vtable of {vtable_bytes}")
        offsets = struct.unpack_from(f"<{vtable_bytes // 2 - 2}H", self._view, vtable + 4)
        for field, offset in enumerate(offsets):
            if offset != 0 and not 4 <= offset < table_bytes:
                text = f"field {field} lies at {offset}, outside its table of {table_bytes} bytes"
                refuse_bytes(f"{self._kind}: {text}")
        return FlatTable(self, at, offsets)

    def follow(self, at: int) -> int:
        """Where the unsigned offset stored at a position points."""
        offset = self._offset(at)
        if offset == 0:
            refuse_bytes(f"{self._kind}: the offset at {at} leads nowhere")
        return at + offset

    def vector(self, at: int, element_bytes: int) -> FlatVector:
        start = self.follow(at)
        length = self._offset(start)
        self._inside(start + 4, length * element_bytes)
        return FlatVector(start + 4, length)

    def text(self, at: int) -> str:
        start, length = self.vector(at, 1)
        if self.u8(start + length) != 0:
            refuse_bytes(f"{self._kind}: a name of {length} bytes does not end in a zero byte")
        try:
            return str(self._view[start : start + length], "utf-8")
        except UnicodeDecodeError:
            refuse_bytes(f"{self._kind}: a name of {length} bytes is not UTF-8", "Write names as UTF-8 text.")

    def u8(self, at: int) -> int:
        return self._scalar("<B", at, 1)

    def u16(self, at: int) -> int:
        return self._scalar("<H", at, 2)

    def i16(self, at: int) -> int:
        return self._scalar("<h", at, 2)

    def i32(self, at: int) -> int:
        return self._scalar("<i", at, 4)

    def size64(self, at: int) -> int:
        """A 64-bit count or offset: refused when negative or above 2^53 - 1, which is what TypeScript
        holds.
        """
        value = self._scalar("<q", at, 8)
        if not 0 <= value <= _MAX_SIZE:
            refuse_bytes(f"{self._kind}: a count of {value} is outside 0..2^53-1")
        return value

    def _offset(self, at: int) -> int:
        return self._scalar("<I", at, 4)

    def _scalar(self, layout: str, at: int, size: int) -> int:
        self._inside(at, size)
        if at % size != 0:
            refuse_bytes(f"{self._kind}: a value of {size} bytes lies at {at}, no multiple of its size")
        return int(struct.unpack_from(layout, self._view, at)[0])

    def _inside(self, at: int, size: int) -> None:
        # struct takes a negative position as counted from the end.
        if at < 0 or at + size > len(self._view):
            refuse_bytes(f"{self._kind}: {size} bytes at {at} lie outside its {len(self._view)} bytes")


class FlatTable:
    """One table; fields go by their index in Arrow's .fbs files, an absent one reads as None or its
    default.
    """

    def __init__(self, block: FlatBlock, at: int, offsets: tuple[int, ...]) -> None:
        self.block, self._at, self._offsets = block, at, offsets

    def position(self, field: int) -> int | None:
        """Position of a field's inline part."""
        offset = self._offsets[field] if field < len(self._offsets) else 0
        return self._at + offset if offset else None

    def has(self, field: int) -> bool:
        return self.position(field) is not None

    def u8(self, field: int) -> int:
        at = self.position(field)
        return 0 if at is None else self.block.u8(at)

    def i16(self, field: int) -> int:
        at = self.position(field)
        return 0 if at is None else self.block.i16(at)

    def i32(self, field: int) -> int:
        at = self.position(field)
        return 0 if at is None else self.block.i32(at)

    def size64(self, field: int) -> int:
        at = self.position(field)
        return 0 if at is None else self.block.size64(at)

    def table(self, field: int) -> FlatTable | None:
        at = self.position(field)
        return None if at is None else self.block.table(self.block.follow(at))

    def text(self, field: int) -> str:
        at = self.position(field)
        return "" if at is None else self.block.text(at)

    def vector(self, field: int, element_bytes: int) -> FlatVector:
        at = self.position(field)
        return FlatVector(0, 0) if at is None else self.block.vector(at, element_bytes)

    def tables(self, field: int, limit: int, kind: str) -> list[FlatTable]:
        """The tables of a vector of tables; more than ``limit`` are refused before any is read."""
        start, length = self.vector(field, 4)
        if length > limit:
            refuse_bytes(f"{length} {kind}, more than {limit}")
        return [self.block.table(self.block.follow(at)) for at in range(start, start + 4 * length, 4)]
