import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from tomoe_worker.server.tensors.column import DTYPES, TENSOR_LIMITS, ColumnType

COLUMN_TS = (Path(__file__).parents[5] / "ts" / "tensor" / "column.ts").read_text()


@pytest.mark.parametrize(
    ("shape", "elements"), [((4,), 4), ((2, 3), 6), ((1, 1, 1), 1), ((2**40, 2**40), 2**80)]
)
def test_a_row_has_the_product_of_its_shape_in_elements_however_large(
    shape: tuple[int, ...], elements: int
) -> None:
    names = tuple(f"d{axis}" for axis in range(len(shape)))
    assert ColumnType(name="a", dtype="int16", shape=shape, dim_names=names).row_elements == elements


def test_the_element_types_are_those_of_typescript_and_numpy_and_torch_know_each() -> None:
    (listed,) = re.findall(r"tensorDtypes = (\[.*?\]) as const", COLUMN_TS)
    assert list(DTYPES) == json.loads(listed)
    for name in DTYPES:
        assert torch.from_numpy(np.zeros(1, name)).dtype == getattr(torch, name)


def test_the_caps_let_every_column_describe_itself() -> None:
    caps = asdict(TENSOR_LIMITS)
    assert min(caps.values()) > 0
    # 64 columns of the longest names fit; with 8 such dimension names each, the cap on metadata decides.
    assert caps["columns"] * caps["name_bytes"] < caps["metadata_bytes"] < caps["total_bytes"]
