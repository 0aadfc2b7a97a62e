"""Arrow IPC bytes -> tensors: checksum first, then full validation, then views without a copy.

One uncompressed record batch of ``arrow.fixed_shape_tensor`` columns is accepted; ts/tensor reads and writes
the same.
Source: https://arrow.apache.org/docs/format/Columnar.html,
https://arrow.apache.org/docs/format/CanonicalExtensions.html
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np
import pyarrow as pa
import torch
from isal import isal_zlib
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.flatbuffer import SHARD_HINT, FlatBlock, FlatTable, refuse_bytes

# Shapes: R... = rows, then the column's own shape.

_MAGIC: Final = b"ARROW1"
_END_OF_STREAM: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_METADATA_V5: Final = 4
_HEADERS: Final = {1: "schema", 2: "dictionary batch", 3: "record batch", 4: "tensor", 5: "sparse tensor"}
_ONE_BATCH: Final = "A tensor file is one schema and one record batch, without dictionaries."
_CUT_OFF: Final = "The file was cut off: write it again."
_DTYPES: Final[dict[Any, str]] = {
    pa.int16(): "int16",
    pa.uint8(): "uint8",
    pa.int32(): "int32",
    pa.int64(): "int64",
    pa.float16(): "float16",
    pa.float32(): "float32",
}


@dataclass(frozen=True, kw_only=True)
class TensorLimits:
    """Caps of the decoder; ts/tensor/column.ts has the same numbers."""

    columns: int
    rank: int
    name_bytes: int
    metadata_bytes: int
    total_bytes: int


TENSOR_LIMITS: Final = TensorLimits(
    columns=64, rank=8, name_bytes=128, metadata_bytes=65_536, total_bytes=2**30
)


@dataclass(frozen=True, kw_only=True)
class TensorColumn:
    """One decoded column. ``tensor`` is rows x shape and shares the memory of the bytes it was decoded
    from.
    """

    name: str
    dtype: str
    rows: int
    shape: tuple[int, ...]
    dim_names: tuple[str, ...]
    tensor: Tensor


@dataclass(frozen=True, kw_only=True)
class _ColumnType:
    name: str
    dtype: str
    shape: tuple[int, ...]
    dim_names: tuple[str, ...]

    @property
    def row_elements(self) -> int:
        return math.prod(self.shape)


def checksum(data: Any) -> int:
    """CRC-32 (IEEE 802.3) of a buffer: the value of ``zlib.crc32``, five times as fast by carry-less
    multiplication.
    """
    return int(isal_zlib.crc32(data))


def check_bytes(data: memoryview, *, length_bytes: int, crc32: int, what: str, code: str) -> None:
    """Compare length and CRC-32 of bytes with what was announced.

    Args:
        what: the bytes' name in the message, e.g. ``upload "a"``.
        code: ``WIRE_CHECKSUM`` for bytes that can be sent again, ``DATA_SHARD_CHECKSUM`` for a file at rest.

    Raises:
        TomoeError: ``WIRE_INVALID`` for another length, ``code`` for other bytes.
    """
    if data.nbytes != length_bytes:
        text = f"{what} has {data.nbytes} bytes, {length_bytes} were announced"
        raise TomoeError("WIRE_INVALID", text, hint="Send exactly the announced bytes.")
    found = checksum(data)
    if found != crc32:
        raise TomoeError(
            code,
            f"CRC-32 of the {length_bytes} bytes of {what} is 0x{found:08x}, announced was 0x{crc32:08x}",
            hint="The bytes differ from what was written: send them again, or build the file anew.",
            details={"found": found, "expected": crc32},
        )


def decode_tensors(data: Any, *, limits: TensorLimits = TENSOR_LIMITS) -> tuple[TensorColumn, ...]:
    """Decode one Arrow IPC file or stream whose checksum was compared before (:func:`check_bytes`).

    Args:
        data: writable contiguous buffer at an address that is a multiple of 8 (a private mapping, or an
        upload).
            Torch has no read-only tensors, so read-only memory is refused rather than copied.
        limits: caps on columns, rank, names, metadata and size.

    Returns:
        The columns in order; their tensors are views of ``data`` and keep it alive.

    Raises:
        TomoeError: ``DATA_SHARD_SCHEMA`` for anything outside the allow-list, ``WIRE_TOO_LARGE`` above a cap,
            ``TENSOR_INVALID`` for read-only or misaligned memory.
    """
    view = memoryview(data).cast("B")
    if view.nbytes > limits.total_bytes:
        _too_large(f"the Arrow bytes are {view.nbytes}, the cap is {limits.total_bytes}")
    if view.readonly:
        text = f"the {view.nbytes} Arrow bytes are read-only memory"
        raise TomoeError("TENSOR_INVALID", text, hint="Map files copy-on-write (mmap.ACCESS_COPY).")
    base = pa.py_buffer(view)
    if base.address % 8 != 0:
        text = f"the Arrow bytes begin at address {base.address}, not at a multiple of 8"
        raise TomoeError("TENSOR_INVALID", text, hint="Join chunks in an aligned buffer.")
    with _typed_refusals():
        stream, footer_start = _split_file(base, limits)
        schema_message, batch_message = _read_messages(stream, limits)
        _check_schema_block(FlatBlock(schema_message.metadata), limits)
        schema = pa.ipc.read_schema(schema_message)
        types = [_column_type(field, limits) for field in schema]
        if not types or len({kind.name for kind in types}) != len(types):
            refuse_bytes(f"the schema has no columns or repeats a name: {[kind.name for kind in types]}")
        rows, spans = _read_spans(batch_message, types)
        pa.ipc.read_record_batch(batch_message, schema).validate(full=True)
        if footer_start is not None:
            _check_footer(base, footer_start, schema, batch_message)
        # A body of no bytes has no address; no column reads from it then.
        body = batch_message.body.address - base.address if batch_message.body.size else 0
        return tuple(_column(view, kind, rows, body + span) for kind, span in zip(types, spans, strict=True))


@contextmanager
def _typed_refusals() -> Iterator[None]:
    """Turn whatever pyarrow and json raise on bad bytes into one typed error."""
    try:
        yield
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        TypeError,
        KeyError,
        struct.error,
        RecursionError,
    ) as error:
        text = " ".join(str(error).split())[:300]
        raise TomoeError(
            "DATA_SHARD_SCHEMA", f"not a valid Arrow tensor file: {text}", hint=SHARD_HINT
        ) from error


def _too_large(what: str) -> NoReturn:
    raise TomoeError("WIRE_TOO_LARGE", what, hint="Send fewer rows or columns in one message.")


def _split_file(base: pa.Buffer, limits: TensorLimits) -> tuple[pa.Buffer, int | None]:
    """The stream inside a file and where its footer begins; a stream is its own whole and has no footer."""
    view, size = memoryview(base), base.size
    if bytes(view[:6]) != _MAGIC:
        return base, None
    end = size - 10
    if end < 8 or bytes(view[-6:]) != _MAGIC:
        refuse_bytes(f"the file of {size} bytes does not end in ARROW1", _CUT_OFF)
    (length,) = struct.unpack_from("<i", view, end)
    if length <= 0 or end - length < 8:
        refuse_bytes(f"the footer announces {length} bytes in a file of {size}")
    if length > limits.metadata_bytes:
        _too_large(f"the footer has {length} bytes, the cap is {limits.metadata_bytes}")
    return base.slice(8, end - length - 8), end - length


def _read_frame(stream: pa.Buffer, at: int, kind: str, limits: TensorLimits) -> tuple[int, int]:
    """Lengths of one message's prefixed metadata and body, compared before pyarrow would allocate for
    them.
    """
    if at + 8 > stream.size:
        refuse_bytes(
            f"the {kind} message should begin at byte {at}, the stream ends at {stream.size}", _CUT_OFF
        )
    marker, length = struct.unpack_from("<Ii", memoryview(stream), at)
    if marker != 0xFFFFFFFF or length <= 0 or length % 8 != 0 or at + 8 + length > stream.size:
        refuse_bytes(f"the {kind} message announces {length} bytes of metadata at byte {at} of {stream.size}")
    if length > limits.metadata_bytes:
        _too_large(f"the {kind} message has {length} bytes of metadata, the cap is {limits.metadata_bytes}")
    message = FlatBlock(stream.slice(at + 8, length)).root()
    version, header, body = message.number(0, "<h"), message.number(1, "<B"), message.number(3, "<q")
    if _HEADERS.get(header) != kind:
        refuse_bytes(f"found a {_HEADERS.get(header, header)} message where the {kind} belongs", _ONE_BATCH)
    if version != _METADATA_V5:
        refuse_bytes(f"the {kind} message has metadata version {version}, not {_METADATA_V5} (V5)")
    if body < 0 or body % 8 != 0 or at + 8 + length + body > stream.size:
        text = f"the {kind} message announces a body of {body} bytes at {at + 8 + length} of {stream.size}"
        refuse_bytes(text, _CUT_OFF)
    return 8 + length, body


def _read_messages(stream: pa.Buffer, limits: TensorLimits) -> tuple[pa.Message, pa.Message]:
    """The schema and the one record batch, once their frames fill the stream exactly."""
    schema_bytes, schema_body = _read_frame(stream, 0, "schema", limits)
    if schema_body != 0:
        refuse_bytes(f"the schema message has a body of {schema_body} bytes")
    batch_bytes, batch_body = _read_frame(stream, schema_bytes, "record batch", limits)
    end = schema_bytes + batch_bytes + batch_body
    if stream.size != end + 8 or bytes(memoryview(stream)[end:]) != _END_OF_STREAM:
        refuse_bytes(
            f"no end of stream at byte {end} of {stream.size}, behind the first record batch", _ONE_BATCH
        )
    reader = pa.ipc.MessageReader.open_stream(stream)
    return reader.read_next_message(), reader.read_next_message()


def _check_schema_block(block: FlatBlock, limits: TensorLimits) -> None:
    """What pyarrow's schema object does not show: features, and each field's metadata as written."""
    schema = block.root().table(2)
    if schema.vector(3)[1] != 0:
        refuse_bytes("the schema asks for features (compression or replaced dictionaries)")
    if schema.number(0, "<h") != 0:
        refuse_bytes("the schema is big-endian", "Write it on a little-endian machine.")
    if schema.vector(2)[1] != 0:
        refuse_bytes("the schema has metadata of its own")
    for field in schema.tables(1, limits.columns, "columns"):
        name = field.text(0)
        pairs = [
            (pair.text(0), pair.text(1))
            for pair in field.tables(6, 8, f'metadata entries of column "{name}"')
        ]
        keys = sorted(key for key, _ in pairs)
        if keys != ["ARROW:extension:metadata", "ARROW:extension:name"]:
            only = "Every column is an arrow.fixed_shape_tensor with no other metadata."
            refuse_bytes(f'column "{name}" has metadata keys {keys}', only)
        extension = dict(pairs)["ARROW:extension:name"]
        if extension != "arrow.fixed_shape_tensor":
            only = "Only arrow.fixed_shape_tensor is accepted."
            refuse_bytes(f'column "{name}" has extension type "{extension}"', only)
        # pyarrow rebuilds the list type from the extension and forgets what its item carried.
        if any(item.vector(6)[1] != 0 for item in field.tables(5, 1, f'children of column "{name}"')):
            refuse_bytes(f'column "{name}" has metadata on its items')
        described = json.loads(dict(pairs)["ARROW:extension:metadata"])
        known = {"shape", "dim_names", "permutation"}
        if not isinstance(described, dict) or not {"shape", "dim_names"} <= set(described) <= known:
            text = f'column "{name}" has tensor metadata {str(described)[:200]}'
            refuse_bytes(text, "Write shape and dim_names, and nothing else.")


def _column_type(field: pa.Field, limits: TensorLimits) -> _ColumnType:
    name, kind = field.name, field.type
    if not 1 <= len(name.encode()) <= limits.name_bytes:
        refuse_bytes(f"a column name has {len(name.encode())} bytes, outside 1..{limits.name_bytes}")
    if not isinstance(kind, pa.FixedShapeTensorType) or not pa.types.is_fixed_size_list(kind.storage_type):
        refuse_bytes(f'column "{name}" is {kind}', "Every column is an arrow.fixed_shape_tensor.")
    item = kind.storage_type.value_field
    dtype = _DTYPES.get(item.type)
    if dtype is None:
        refuse_bytes(
            f'column "{name}" has items of {item.type}', f"Use one of {', '.join(_DTYPES.values())}."
        )
    shape, names = tuple(kind.shape), tuple(kind.dim_names or ())
    if not 1 <= len(shape) <= limits.rank or min(shape) < 1:
        sizes = f"A shape is 1 to {limits.rank} whole numbers, each at least 1."
        refuse_bytes(f'column "{name}" has shape {list(shape)}', sizes)
    distinct = len(set(names)) == len(names) == len(shape)
    if not distinct or not all(1 <= len(each.encode()) <= limits.name_bytes for each in names):
        refuse_bytes(
            f'column "{name}" has dimension names {list(names)}', "Give one distinct name per dimension."
        )
    if kind.permutation is not None and list(kind.permutation) != list(range(len(shape))):
        row_major = "Store tensors row-major, without a permutation."
        refuse_bytes(f'column "{name}" has permutation {kind.permutation}', row_major)
    return _ColumnType(name=name, dtype=dtype, shape=shape, dim_names=names)


def _read_spans(message: pa.Message, types: list[_ColumnType]) -> tuple[int, list[int]]:
    """Rows, and where each column's items begin in the body; compression is refused before pyarrow would
    unpack it.
    """
    block = FlatBlock(message.metadata)
    batch: FlatTable = block.root().table(2)
    if batch.position(3) is not None:
        refuse_bytes(
            "the record batch is compressed", "Write it uncompressed: mapped bytes are used as they lie."
        )
    rows, (nodes_at, nodes), (buffers_at, buffers) = batch.number(0, "<q"), batch.vector(1), batch.vector(2)
    # A fixed-size list of a fixed-width item: two nodes (list, item), three buffers (validity, item validity,
    # items).
    if (nodes, buffers, batch.vector(4)[1]) != (2 * len(types), 3 * len(types), 0):
        text = f"the record batch has {nodes} nodes and {buffers} buffers"
        refuse_bytes(f"{text}, {len(types)} columns need {2 * len(types)} and {3 * len(types)}")
    end, spans = 0, []
    for index, kind in enumerate(types):
        elements = rows * kind.row_elements
        lengths = block.unpack("<qqqq", nodes_at + 32 * index)
        if lengths != (rows, 0, elements, 0) or rows < 0:
            expected = f"the batch needs {[rows, 0, elements, 0]}"
            refuse_bytes(f'column "{kind.name}" has rows, nulls, items, nulls {list(lengths)}, {expected}')
        buffers_of = block.unpack("<qqqqqq", buffers_at + 48 * index)
        starts, (validity, item_validity, size), offset = buffers_of[0::2], buffers_of[1::2], buffers_of[4]
        if not all(0 <= start <= message.body.size for start in starts):
            refuse_bytes(
                f'column "{kind.name}" has buffers at {list(starts)} of a body of {message.body.size} bytes'
            )
        if validity != 0 or item_validity != 0:
            none = "A tensor has no missing values: write none."
            refuse_bytes(f'column "{kind.name}" carries a validity bitmap', none)
        needed = elements * np.dtype(kind.dtype).itemsize
        if not needed <= size <= -(-needed // 64) * 64:
            refuse_bytes(f'column "{kind.name}" has a buffer of {size} bytes, {elements} items need {needed}')
        if offset % 8 != 0 or offset < end or offset + size > message.body.size:
            text = f'column "{kind.name}" has its buffer at {offset}..{offset + size}'
            refuse_bytes(f"{text} of a body of {message.body.size} bytes, the one before ends at {end}")
        end = offset + size
        spans.append(offset)
    return rows, spans


def _check_footer(base: pa.Buffer, start: int, schema: pa.Schema, batch: pa.Message) -> None:
    """The footer has to say what the stream says; other readers believe it alone."""
    root = FlatBlock(base.slice(start, base.size - 10 - start)).root()
    (at, blocks), dictionaries = root.vector(3), root.vector(2)[1]
    if root.number(0, "<h") != _METADATA_V5 or dictionaries != 0 or blocks != 1:
        refuse_bytes(f"the footer lists {dictionaries} dictionaries and {blocks} record batches, not 0 and 1")
    found = root.block.unpack("<qi4xq", at)
    expected = (batch.metadata.address - base.address - 8, batch.metadata.size + 8, batch.body.size)
    if found != expected:
        text = f"the footer puts the record batch at {list(found)}, it lies at {list(expected)}"
        refuse_bytes(f"{text} (byte, metadata bytes, body bytes)")
    if not pa.ipc.open_file(base).schema.equals(schema, check_metadata=True):
        refuse_bytes("the footer's schema differs from the stream's")


def _column(view: memoryview, kind: _ColumnType, rows: int, offset: int) -> TensorColumn:
    elements, dtype = rows * kind.row_elements, np.dtype(kind.dtype)
    # frombuffer refuses a count of 0.
    flat = np.frombuffer(view, dtype, count=elements, offset=offset) if elements else np.empty(0, dtype)
    tensor = torch.from_numpy(flat).reshape(rows, *kind.shape)
    return TensorColumn(
        name=kind.name, dtype=kind.dtype, rows=rows, shape=kind.shape, dim_names=kind.dim_names, tensor=tensor
    )
