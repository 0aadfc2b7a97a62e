from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from arrow_files import GOOD, assert_refused, raw_batch, tensor_array, write
from tomoe_worker.server.tensors.arrow import decode_tensors
from tomoe_worker.server.tensors.column import TENSOR_LIMITS, ColumnType
from tomoe_worker.server.tensors.ipc_frames import read_layout
from tomoe_worker.server.tensors.ipc_schema import read_column_types


def types_of(data: np.ndarray) -> list[ColumnType]:
    return read_column_types(read_layout(memoryview(data), TENSOR_LIMITS).schema.header, TENSOR_LIMITS)


@pytest.mark.parametrize("dtype", ["int16", "uint8", "int32", "int64", "float16", "float32"])
def test_a_schema_says_name_type_shape_and_dimension_names(dtype: str) -> None:
    batch = pa.record_batch([tensor_array(np.zeros((1, 2, 3), dtype), ["h", "w"])], names=["volume"])
    expected = ColumnType(name="volume", dtype=dtype, shape=(2, 3), dim_names=("h", "w"))
    for stream in (False, True):
        assert types_of(write(batch, stream=stream)) == [expected]


def test_columns_come_in_their_order() -> None:
    columns = [tensor_array(np.zeros((1, size), np.int16), ["x"]) for size in (3, 1, 2)]
    names = ["c", "a", "b"]
    found = types_of(write(pa.RecordBatch.from_arrays(columns, names=names)))
    assert [(column.name, column.shape) for column in found] == [("c", (3,)), ("a", (1,)), ("b", (2,))]


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (lambda: pa.record_batch({"volume": [1, 2]}), 'column "volume" is no fixed-size list (type 2)'),
        (lambda: pa.record_batch({"prompt": ["a", "b"]}), 'column "prompt" is no fixed-size list (type 5)'),
        (lambda: raw_batch(extension="arrow.uuid"), 'column "volume" has extension type "arrow.uuid"'),
        (lambda: raw_batch(more={"note": "x"}), "has metadata keys"),
        (lambda: raw_batch("{shape"), 'column "volume" has tensor metadata {shape'),
        (lambda: raw_batch({**GOOD, "unit": "HU"}), "has tensor metadata"),
        (
            lambda: raw_batch({"shape": [2, 4], "dim_names": ["h", "w"]}),
            "has 6 items a row, its shape [2, 4] has 8",
        ),
        (lambda: raw_batch({"shape": [2, 3], "dim_names": ["h", "h"]}), 'has dimension names ["h", "h"]'),
        (lambda: raw_batch({**GOOD, "permutation": [1, 0]}), "has permutation [1, 0]"),
        (lambda: raw_batch(item=pa.field("item", pa.float64())), "has items of float of precision 2"),
        (lambda: raw_batch(item=pa.field("item", pa.int8())), "has items of int8"),
        (lambda: raw_batch(item=pa.field("item", pa.uint16())), "has items of uint16"),
        (lambda: raw_batch(item=pa.field("item", pa.bool_()), values=[[True] * 6]), "has items of type 6"),
        (
            lambda: raw_batch(item=pa.field("item", pa.int16(), metadata={"a": "b"})),
            "has metadata on its items",
        ),
        (lambda: raw_batch(name=""), "a column name has 0 bytes, outside 1..128"),
        (lambda: raw_batch(name="n" * 129), "a column name has 129 bytes, outside 1..128"),
        (lambda: raw_batch(name="\u00e9" * 65), "a column name has 130 bytes, outside 1..128"),
        (lambda: raw_batch(schema={"patient": "x"}), "the schema has metadata of its own"),
    ],
)
def test_a_schema_outside_the_allow_list_is_refused(
    batch: Callable[[], pa.RecordBatch], message: str
) -> None:
    assert_refused(write(batch()), message)


@pytest.mark.parametrize(
    "tensor", [GOOD, {**GOOD, "permutation": [0, 1]}, '{ "dim_names": ["h", "w"], "shape": [2, 3] }']
)
def test_the_extension_may_be_written_in_every_plain_way(tensor: Any) -> None:
    (column,) = types_of(write(raw_batch(tensor)))
    assert (column.shape, column.dim_names) == ((2, 3), ("h", "w"))


@pytest.mark.parametrize("name", ["n" * 128, "\u00e9" * 64, "a b", "\u2603"])
def test_a_name_is_any_text_of_1_to_128_bytes(name: str) -> None:
    assert [column.name for column in types_of(write(raw_batch(name=name)))] == [name]


def test_repeated_names_and_no_columns_are_refused() -> None:
    column = tensor_array(np.zeros((1, 2), np.int16), ["x"])
    assert_refused(
        write(pa.RecordBatch.from_arrays([column, column], names=["a", "a"])),
        "repeats a column name: ['a', 'a']",
    )
    assert_refused(write(pa.RecordBatch.from_arrays([], names=[]), stream=True), "the schema has no columns")


@pytest.mark.parametrize("count", [63, 64, 65])
def test_a_file_has_at_most_64_columns(count: int) -> None:
    column = tensor_array(np.zeros((1, 2), np.int16), ["x"])
    data = write(pa.RecordBatch.from_arrays([column] * count, names=[f"c{index}" for index in range(count)]))
    if count <= 64:
        assert len(decode_tensors(data)) == count
    else:
        assert_refused(data, "65 columns, more than 64")
