"""ONNX: initializers by name, and the nodes that read them: exporters leave linear maps without a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from tomoe_worker.weights.source import TensorHeader, invalid, refuse_pickle


class OnnxFile:
    """The initializers of one ONNX graph that holds its own data."""

    def __init__(self, path: Path) -> None:
        """Parse the file.

        Raises:
            TomoeError: ``CHECKPOINT_INVALID`` if it is damaged, no ONNX, keeps its tensors in other files, or
                names one twice.
        """
        refuse_pickle(path)
        self.path = path
        try:
            graph = onnx.load(str(path), load_external_data=False).graph
        except Exception as cause:
            raise invalid(path, f"it cannot be read as ONNX ({type(cause).__name__})") from cause
        outside = [one.name for one in graph.initializer if one.data_location == onnx.TensorProto.EXTERNAL]
        if outside:
            raise invalid(path, f"{len(outside)} of its tensors lie in other files, as {outside[0]}")
        self._graph = graph
        self._initializers = {one.name: one for one in graph.initializer}
        if len(self._initializers) != len(graph.initializer):
            raise invalid(path, "an initializer stands twice")

    def readers(self) -> Iterator[tuple[str, str, str, int]]:
        """(initializer, name of a node that reads it, the node's operation, place among its inputs)."""
        for node in self._graph.node:
            for place, name in enumerate(node.input):
                if name in self._initializers:
                    yield name, node.name, node.op_type, place

    def headers(self) -> Iterator[TensorHeader]:
        """Every initializer, in the order of the file."""
        for name, one in self._initializers.items():
            stored = onnx.TensorProto.DataType.Name(one.data_type)
            yield TensorHeader(name=name, shape=tuple(one.dims), stored=stored)

    def read(self, name: str) -> Tensor:
        """The values of one initializer."""
        return torch.from_numpy(numpy_helper.to_array(self._initializers[name]).copy())
