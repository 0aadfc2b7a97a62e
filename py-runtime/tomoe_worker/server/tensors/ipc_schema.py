"""An Arrow schema held against the allow-list; ts/tensor/ipc-schema.ts is the same, check for check.

Field numbers are those of Arrow's Schema.fbs.
"""

from __future__ import annotations

from typing import Final

from tomoe_worker.server.tensors.column import DTYPES, ColumnType, TensorLimits
from tomoe_worker.server.tensors.extension import read_tensor_shape
from tomoe_worker.server.tensors.flatbuffer import FlatTable, refuse_bytes

_INT, _FLOAT, _FIXED_SIZE_LIST = 2, 3, 16
_FLOATS: Final = {0: "float16", 1: "float32"}
_INTS: Final = {(8, False): "uint8", (16, True): "int16", (32, True): "int32", (64, True): "int64"}
_EXTENSION_KEYS: Final = ["ARROW:extension:metadata", "ARROW:extension:name"]


def read_column_types(schema: FlatTable, limits: TensorLimits) -> list[ColumnType]:
    """The columns of a schema table: 1 to 64 ``arrow.fixed_shape_tensor`` over one of six types,
    little-endian, nothing else.

    Raises:
        TomoeError: ``DATA_SHARD_SCHEMA`` naming the column and what was found.
    """
    if schema.i16(0) != 0:
        refuse_bytes("the schema is big-endian", "Write it on a little-endian machine.")
    if schema.vector(2, 4).length != 0:
        refuse_bytes("the schema has metadata of its own")
    if schema.vector(3, 8).length != 0:
        refuse_bytes("the schema asks for features (compression or replaced dictionaries)")
    columns = [_column_type(field, limits) for field in schema.tables(1, limits.columns, "columns")]
    if not columns:
        refuse_bytes("the schema has no columns")
    names = [column.name for column in columns]
    if len(set(names)) != len(names):
        refuse_bytes(f"the schema repeats a column name: {names}")
    return columns


def _column_type(field: FlatTable, limits: TensorLimits) -> ColumnType:
    name = field.text(0)
    name_bytes = len(name.encode())
    if not 1 <= name_bytes <= limits.name_bytes:
        refuse_bytes(f"a column name has {name_bytes} bytes, outside 1..{limits.name_bytes}")
    kind = field.table(3)
    if field.has(4):
        refuse_bytes(f'column "{name}" is dictionary-encoded')
    if field.u8(2) != _FIXED_SIZE_LIST or kind is None:
        only = "Every column is an arrow.fixed_shape_tensor."
        refuse_bytes(f'column "{name}" is no fixed-size list (type {field.u8(2)})', only)
    children = field.tables(5, 1, f'children of column "{name}"')
    if not children:
        refuse_bytes(f'column "{name}" has no item type')
    # The item's name decides nothing, but it has to be text: other readers look at it.
    children[0].text(0)
    shape, dim_names = read_tensor_shape(_extension_text(field, name), name, limits)
    dtype = _item_dtype(children[0], name)
    column = ColumnType(name=name, dtype=dtype, shape=shape, dim_names=dim_names)
    if kind.i32(0) != column.row_elements:
        found = f"{kind.i32(0)} items a row, its shape {list(shape)} has {column.row_elements}"
        refuse_bytes(f'column "{name}" has {found}')
    return column


def _extension_text(field: FlatTable, name: str) -> str:
    """The JSON of a column's tensor metadata: it, and the extension's name, are all the metadata it may
    have.
    """
    entries = field.tables(6, 8, f'metadata entries of column "{name}"')
    pairs = [(pair.text(0), pair.text(1)) for pair in entries]
    keys = sorted(key for key, _ in pairs)
    if keys != _EXTENSION_KEYS:
        only = "Every column is an arrow.fixed_shape_tensor with no other metadata."
        refuse_bytes(f'column "{name}" has metadata keys {keys}', only)
    metadata = dict(pairs)
    extension = metadata["ARROW:extension:name"]
    if extension != "arrow.fixed_shape_tensor":
        only = "Only arrow.fixed_shape_tensor is accepted."
        refuse_bytes(f'column "{name}" has extension type "{extension}"', only)
    return metadata["ARROW:extension:metadata"]


def _item_dtype(item: FlatTable, name: str) -> str:
    kind, described = item.u8(2), item.table(3)
    if described is None:
        refuse_bytes(f'column "{name}" has items without a type')
    dtype, found = None, f"type {kind}"
    if kind == _INT:
        bits, signed = described.i32(0), described.u8(1) != 0
        dtype, found = _INTS.get((bits, signed)), f"{'int' if signed else 'uint'}{bits}"
    elif kind == _FLOAT:
        precision = described.i16(0)
        dtype, found = _FLOATS.get(precision), f"float of precision {precision}"
    if dtype is None:
        refuse_bytes(f'column "{name}" has items of {found}', f"Use one of {', '.join(DTYPES)}.")
    if item.has(4):
        refuse_bytes(f'column "{name}" is dictionary-encoded')
    if item.vector(5, 4).length != 0:
        refuse_bytes(f'column "{name}" has items with children')
    if item.vector(6, 4).length != 0:
        refuse_bytes(f'column "{name}" has metadata on its items')
    return dtype
