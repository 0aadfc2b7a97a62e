"""The tensor contract, Python's half: golden files of both languages read as listed. The other half:
tensor.test.ts.
"""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from tomoe_worker.server.tensors.arrow import checksum, decode_tensors

FOLDER = Path(__file__).parents[1] / "fixtures" / "wire"
GOLDEN = json.loads((FOLDER / "golden.json").read_text())


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_golden_file_reads_as_the_columns_listed_bit_for_bit(name: str) -> None:
    data = np.fromfile(FOLDER / name, np.uint8)
    assert checksum(data) == zlib.crc32(data) == GOLDEN[name]["crc32"]
    found = [
        {
            "name": column.name,
            "dtype": column.dtype,
            "rows": column.rows,
            "shape": list(column.shape),
            "dimNames": list(column.dim_names),
            "hex": column.tensor.numpy().tobytes().hex(),
        }
        for column in decode_tensors(data)
    ]
    assert found == GOLDEN[name]["columns"]


def test_torch_has_the_dtype_and_shape_that_the_file_names() -> None:
    columns = decode_tensors(np.fromfile(FOLDER / "six-dtypes.arrow", np.uint8))
    for column in columns:
        assert str(column.tensor.dtype) == f"torch.{column.dtype}"
        assert tuple(column.tensor.shape) == (column.rows, *column.shape)
