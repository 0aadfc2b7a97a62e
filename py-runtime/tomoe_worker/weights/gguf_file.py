"""GGUF, llama.cpp's format: metadata and quantised tensors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from torch import Tensor

from tomoe_worker.weights.source import TensorHeader, invalid, refuse_pickle


class GgufFile:
    """One GGUF file; tensors come as float32 in the order [out, in]."""

    def __init__(self, path: Path) -> None:
        """Read the metadata and the list of tensors; no values yet.

        Raises:
            TomoeError: ``CHECKPOINT_INVALID`` if the file is damaged or no GGUF, or names a tensor twice.
        """
        refuse_pickle(path)
        self.path = path
        try:
            self._reader = GGUFReader(str(path))
            tensors = list(self._reader.tensors)
        except Exception as cause:
            # The library raises what numpy and struct give it: IndexError, ValueError, KeyError among others.
            raise invalid(path, f"it cannot be read as GGUF ({type(cause).__name__}: {cause})") from cause
        self._tensors = {tensor.name: tensor for tensor in tensors}
        if len(self._tensors) != len(tensors):
            raise invalid(path, "a tensor stands twice")

    def value(self, key: str) -> Any:
        """One value of the metadata.

        Raises:
            TomoeError: ``CHECKPOINT_INVALID`` if it is absent.
        """
        field = self._reader.get_field(key)
        if field is None:
            raise invalid(self.path, f"its metadata has no {key}")
        return field.contents()

    def headers(self) -> Iterator[TensorHeader]:
        """Every tensor, in the order of the file; GGUF writes the fastest axis first."""
        for name, tensor in self._tensors.items():
            shape = tuple(int(size) for size in reversed(tensor.shape))
            yield TensorHeader(name=name, shape=shape, stored=tensor.tensor_type.name)

    def read(self, name: str) -> Tensor:
        """The values of one tensor, dequantised to float32."""
        tensor = self._tensors[name]
        shape = [int(size) for size in reversed(tensor.shape)]
        values = dequantize(tensor.data, tensor.tensor_type)
        return torch.from_numpy(values.reshape(shape).copy())
