"""Arrow files for tests, written by pyarrow: good ones, and ones that the decoder has to refuse."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.arrow import decode_tensors

GOOD = {"shape": [2, 3], "dim_names": ["h", "w"]}


def aligned(data: bytes | pa.Buffer) -> np.ndarray:
    """The bytes in writable memory of their own, at a multiple of 64."""
    view = np.frombuffer(data, np.uint8)
    memory = np.empty(len(view) + 64, np.uint8)
    start = -memory.ctypes.data % 64
    memory[start : start + len(view)] = view
    return memory[start : start + len(view)]


def tensor_array(values: np.ndarray, names: list[str]) -> pa.Array:
    kind = pa.fixed_shape_tensor(pa.from_numpy_dtype(values.dtype), list(values.shape[1:]), dim_names=names)
    storage = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), type=kind.storage_type)
    return pa.ExtensionArray.from_storage(kind, storage)


def write(*batches: pa.RecordBatch, stream: bool = False, schema: Any = None, **options: Any) -> np.ndarray:
    sink = pa.BufferOutputStream()
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(sink, schema or batches[0].schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return aligned(sink.getvalue())


def volume_batch() -> pa.RecordBatch:
    values = np.arange(12, dtype=np.int16).reshape(2, 2, 3)
    return pa.record_batch([tensor_array(values, ["h", "w"])], names=["volume"])


def raw_batch(
    tensor: Any = None, *, item: pa.Field | None = None, values: Any = None, **fields: Any
) -> pa.RecordBatch:
    """A batch of one list column whose extension metadata is written as given, without pyarrow's checks."""
    kind = pa.list_(item or pa.field("item", pa.int16(), nullable=False), 6)
    metadata = {
        "ARROW:extension:name": fields.get("extension", "arrow.fixed_shape_tensor"),
        "ARROW:extension:metadata": tensor if isinstance(tensor, str) else json.dumps(tensor or GOOD),
        **fields.get("more", {}),
    }
    field = pa.field(fields.get("name", "volume"), kind, metadata=metadata)
    rows = values or [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    return pa.record_batch(
        [pa.array(rows, type=kind)], schema=pa.schema([field], metadata=fields.get("schema"))
    )


def refusal(act: Callable[[], Any]) -> TomoeError:
    with pytest.raises(TomoeError) as caught:
        act()
    assert caught.value.hint
    return caught.value


def assert_refused(data: Any, message: str, code: str = "DATA_SHARD_SCHEMA") -> None:
    error = refusal(lambda: decode_tensors(data))
    assert error.code == code
    assert message in str(error)
