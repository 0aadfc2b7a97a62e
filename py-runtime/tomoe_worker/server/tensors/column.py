"""What crosses the wire as a tensor: a column's type, the decoded column, and the caps of the decoder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from torch import Tensor

DTYPES: Final = ("int16", "uint8", "int32", "int64", "float16", "float32")


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
class ColumnType:
    """What a schema says of one column."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    dim_names: tuple[str, ...]

    @property
    def row_elements(self) -> int:
        """Elements of one row: the product of ``shape``."""
        return math.prod(self.shape)


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
