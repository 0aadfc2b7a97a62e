"""Arrow IPC bytes -> tensors: checksum first, then full validation, then views without a copy.

One uncompressed record batch of ``arrow.fixed_shape_tensor`` columns is accepted; ts/tensor reads and writes
the same. The reader is our own, so that both languages refuse the same bytes: pyarrow refuses and accepts
what its version does. Tests hold it against pyarrow.
Source: https://arrow.apache.org/docs/format/Columnar.html
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from isal import isal_zlib

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.column import TENSOR_LIMITS, ColumnType, TensorColumn, TensorLimits
from tomoe_worker.server.tensors.flatbuffer import refuse_bytes
from tomoe_worker.server.tensors.ipc_frames import IpcFrame, read_layout, too_large
from tomoe_worker.server.tensors.ipc_schema import read_column_types

__all__ = ["TENSOR_LIMITS", "TensorColumn", "TensorLimits", "check_bytes", "checksum", "decode_tensors"]

_NO_NULLS: Final = "A tensor has no missing values: write none."

# Shapes: R... = rows, then the column's own shape.


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
            upload). Torch has no read-only tensors, so read-only memory is refused rather than copied.
        limits: caps on columns, rank, names, metadata and size.

    Returns:
        The columns in order; their tensors are views of ``data`` and keep it alive.

    Raises:
        TomoeError: ``DATA_SHARD_SCHEMA`` for anything outside the allow-list, ``WIRE_TOO_LARGE`` above a cap,
            ``TENSOR_INVALID`` for read-only or misaligned memory.
    """
    view = memoryview(data).cast("B")
    if view.nbytes > limits.total_bytes:
        too_large(f"the Arrow bytes are {view.nbytes}, the cap is {limits.total_bytes}")
    if view.readonly:
        text = f"the {view.nbytes} Arrow bytes are read-only memory"
        raise TomoeError("TENSOR_INVALID", text, hint="Map files copy-on-write (mmap.ACCESS_COPY).")
    address = np.asarray(view).ctypes.data
    if address % 8 != 0:
        text = f"the Arrow bytes begin at address {address}, not at a multiple of 8"
        raise TomoeError("TENSOR_INVALID", text, hint="Join chunks in an aligned buffer.")
    layout = read_layout(view, limits)
    types = read_column_types(layout.schema.header, limits)
    if layout.footer is not None:
        schema = layout.footer.table(1)
        if schema is None:
            refuse_bytes("the footer has no schema")
        if read_column_types(schema, limits) != types:
            refuse_bytes("the footer's schema differs from the stream's")
    rows, spans = _read_spans(layout.batch, types)
    body = layout.batch.start + layout.batch.metadata_bytes
    return tuple(_column(view, kind, rows, body + span) for kind, span in zip(types, spans, strict=True))


def _read_spans(batch: IpcFrame, types: list[ColumnType]) -> tuple[int, list[int]]:
    """Rows, and where each column's items begin in the body, every length and count held against the
    schema.
    """
    header, block = batch.header, batch.header.block
    rows, nodes, buffers = header.size64(0), header.vector(1, 16), header.vector(2, 16)
    if header.has(3):
        text = "the record batch is compressed"
        refuse_bytes(text, "Write it uncompressed: mapped bytes are used as they lie.")
    if header.vector(4, 8).length != 0:
        refuse_bytes("the record batch has variadic buffers")
    # A fixed-size list of a fixed-width item: two nodes (list, item), three buffers (validity, item validity,
    # items).
    if (nodes.length, buffers.length) != (2 * len(types), 3 * len(types)):
        text = f"the record batch has {nodes.length} nodes and {buffers.length} buffers"
        refuse_bytes(f"{text}, {len(types)} columns need {2 * len(types)} and {3 * len(types)}")
    end, spans = 0, []
    for index, kind in enumerate(types):
        elements = rows * kind.row_elements
        found = [block.size64(nodes.start + 32 * index + 8 * word) for word in range(4)]
        if found != [rows, 0, elements, 0]:
            expected = f"the batch needs {[rows, 0, elements, 0]}"
            refuse_bytes(f'column "{kind.name}" has rows, nulls, items, nulls {found}, {expected}')
        words = [block.size64(buffers.start + 48 * index + 8 * word) for word in range(6)]
        starts, (validity, item_validity, size), offset = words[0::2], words[1::2], words[4]
        if max(starts) > batch.body_bytes:
            text = f"buffers at {starts} of a body of {batch.body_bytes} bytes"
            refuse_bytes(f'column "{kind.name}" has {text}')
        if validity != 0 or item_validity != 0:
            refuse_bytes(f'column "{kind.name}" carries a validity bitmap', _NO_NULLS)
        needed = elements * np.dtype(kind.dtype).itemsize
        if not needed <= size <= -(-needed // 64) * 64:
            refuse_bytes(f'column "{kind.name}" has a buffer of {size} bytes, {elements} items need {needed}')
        if offset % 8 != 0 or offset < end or offset + size > batch.body_bytes:
            text = f'column "{kind.name}" has its buffer at {offset}..{offset + size}'
            refuse_bytes(f"{text} of a body of {batch.body_bytes} bytes, the one before ends at {end}")
        end = offset + size
        spans.append(offset)
    return rows, spans


def _column(view: memoryview, kind: ColumnType, rows: int, offset: int) -> TensorColumn:
    elements, dtype = rows * kind.row_elements, np.dtype(kind.dtype)
    # frombuffer refuses a count of 0.
    flat = np.frombuffer(view, dtype, count=elements, offset=offset) if elements else np.empty(0, dtype)
    tensor = torch.from_numpy(flat).reshape(rows, *kind.shape)
    return TensorColumn(
        name=kind.name, dtype=kind.dtype, rows=rows, shape=kind.shape, dim_names=kind.dim_names, tensor=tensor
    )
