"""A bounded reader of the FlatBuffers in Arrow metadata, for what pyarrow's objects do not show.

Source: https://flatbuffers.dev/internals/; field numbers are those of Arrow's Schema.fbs, Message.fbs and
File.fbs.
"""

from __future__ import annotations

import struct
from typing import Any, Final, NoReturn

from tomoe_worker.errors import TomoeError

SHARD_HINT: Final = (
    "Write the file with encodeTensors, or with pyarrow as one uncompressed batch "
    "of fixed_shape_tensor columns."
)


def refuse_bytes(what: str, hint: str = SHARD_HINT) -> NoReturn:
    """Raise ``DATA_SHARD_SCHEMA``: the bytes are not an Arrow message this reader accepts."""
    raise TomoeError("DATA_SHARD_SCHEMA", what, hint=hint)


class FlatBlock:
    """One metadata block; every read is checked against its bounds."""

    def __init__(self, data: Any) -> None:
        self.view = memoryview(data)

    def unpack(self, layout: str, at: int) -> tuple[Any, ...]:
        # struct takes a negative position as counted from the end.
        self.inside(at, struct.calcsize(layout))
        return struct.unpack_from(layout, self.view, at)

    def inside(self, at: int, size: int) -> None:
        """Refuse a span that leaves the block."""
        if at < 0 or at + size > len(self.view):
            refuse_bytes(f"metadata of {len(self.view)} bytes points at bytes {at}..{at + size}")

    def root(self) -> FlatTable:
        return FlatTable(self, int(self.unpack("<I", 0)[0]))


class FlatTable:
    """One table; an absent field reads as None, 0, or an empty vector."""

    def __init__(self, block: FlatBlock, at: int) -> None:
        self.block, self.at = block, at
        self.vtable = at - int(block.unpack("<i", at)[0])
        self.vtable_bytes, self.table_bytes = block.unpack("<HH", self.vtable)
        block.inside(self.vtable, self.vtable_bytes)
        block.inside(at, self.table_bytes)
        if self.vtable_bytes < 4 or self.vtable_bytes % 2 or self.table_bytes < 4:
            refuse_bytes(
                f"metadata has a table of {self.table_bytes} bytes with a vtable of {self.vtable_bytes}"
            )

    def position(self, field: int) -> int | None:
        entry = 4 + 2 * field
        offset = int(self.block.unpack("<H", self.vtable + entry)[0]) if entry < self.vtable_bytes else 0
        if offset >= self.table_bytes:
            refuse_bytes(f"field {field} lies at {offset}, outside its table of {self.table_bytes} bytes")
        return self.at + offset if offset else None

    def number(self, field: int, layout: str) -> int:
        at = self.position(field)
        return 0 if at is None else int(self.block.unpack(layout, at)[0])

    def table(self, field: int) -> FlatTable:
        at = self.position(field)
        if at is None:
            refuse_bytes(f"metadata lacks field {field}")
        return FlatTable(self.block, at + int(self.block.unpack("<I", at)[0]))

    def vector(self, field: int) -> tuple[int, int]:
        """Position of the first element, and the count."""
        at = self.position(field)
        if at is None:
            return 0, 0
        start = at + int(self.block.unpack("<I", at)[0])
        return start + 4, int(self.block.unpack("<I", start)[0])

    def tables(self, field: int, limit: int, kind: str) -> list[FlatTable]:
        """The tables of a vector of tables; more than ``limit`` are refused before any is read."""
        start, count = self.vector(field)
        if count > limit:
            refuse_bytes(f"{count} {kind}, more than {limit}")
        spots = range(start, start + 4 * count, 4)
        return [FlatTable(self.block, spot + int(self.block.unpack("<I", spot)[0])) for spot in spots]

    def text(self, field: int) -> str:
        start, count = self.vector(field)
        try:
            return str(self.block.unpack(f"<{count}s", start)[0], "utf-8")
        except UnicodeDecodeError:
            refuse_bytes(f"a name of {count} bytes is not UTF-8", "Write names as UTF-8 text.")
