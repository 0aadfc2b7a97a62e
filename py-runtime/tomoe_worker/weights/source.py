"""Tensors in files, whatever the format: names and shapes first, values one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from torch import Tensor

from tomoe_worker.errors import TomoeError

PICKLE_SUFFIXES: Final = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


@dataclass(frozen=True, kw_only=True)
class TensorHeader:
    """What a file says of a tensor before its values are read."""

    name: str
    shape: tuple[int, ...]
    stored: str  # as the format calls it: "F32", "BF16", "Q4_1"


class TensorSource(Protocol):
    """One published file, or several that belong together."""

    def headers(self) -> Iterator[TensorHeader]:
        """Every tensor, in the order of the file."""

    def read(self, name: str) -> Tensor:
        """The values of one tensor on the CPU as stored; what is quantised comes as float32."""


def invalid(path: Path, what: str, hint: str = "") -> TomoeError:
    """``CHECKPOINT_INVALID`` of one file."""
    return TomoeError(
        "CHECKPOINT_INVALID",
        f"{path.name}: {what}",
        hint=hint or "Take the file from its publisher again.",
        details={"file": path.name},
    )


def refuse_pickle(path: Path) -> None:
    """Refuse a file that only Python's pickle could read, which runs whatever code the file holds.

    Raises:
        TomoeError: ``CHECKPOINT_PICKLE`` naming the converter.
    """
    if path.suffix in PICKLE_SUFFIXES:
        raise TomoeError(
            "CHECKPOINT_PICKLE",
            f"{path.name} is a pickle: reading it would run code",
            hint="Convert the weights to safetensors with safetensors.torch.save_file on a machine "
            "you trust.",
            details={"file": path.name},
        )
