"""DINOv2 as a torch export left it in an ONNX graph -> the vision tower of an InternVL checkpoint.

The tower of InternVL is DINOv2's with other names, so the pair of wheels becomes one published layout
(tests hold it to ``transformers``' own modules). Linear maps have no name of their own in the graph: each is
named by the node that multiplies with it, and stored the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from tomoe_worker.weights.onnx_file import OnnxFile
from tomoe_worker.weights.source import invalid

_BACKBONE: Final = "backbone."
# What the wheel put behind the tower: left out.
_BEHIND: Final = "decoder."
_MATMUL: Final = re.compile(r"^/backbone/encoder/layer\.(\d+)/(.+)/MatMul$")
# DINOv2's name -> InternVL's, inside one encoder layer.
_LAYER: Final[Mapping[str, str]] = {
    "norm1": "layernorm_before",
    "norm2": "layernorm_after",
    "attention.attention.query": "attention.q_proj",
    "attention.attention.key": "attention.k_proj",
    "attention.attention.value": "attention.v_proj",
    "attention.output.dense": "attention.projection_layer",
    "layer_scale1.lambda1": "lambda_1",
    "layer_scale2.lambda1": "lambda_2",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
}


def vision_tower(file: OnnxFile) -> dict[str, Tensor]:
    """Tensors of the tower by their names in an InternVL checkpoint, ``vision_tower.`` in front.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` if an initializer of the backbone fits no name, two fit one, or the
            positions are absent. That none is missing, ``tomoe import`` shows.
    """
    named: dict[str, Tensor] = {}
    joined: dict[str, str] = {}

    def take(name: str, value: Tensor) -> None:
        if name in named:
            raise invalid(file.path, f"two tensors are called {name}")
        named[name] = value

    used = set()
    for header in file.headers():
        if header.name.startswith(_BACKBONE):
            take(_renamed(header.name.removeprefix(_BACKBONE), file), file.read(header.name))
            used.add(header.name)
    for initializer, node, operation, place in file.readers():
        found = _MATMUL.match(node)
        if found is not None and operation == "MatMul" and place == 1:
            name = f"encoder.layer.{found[1]}.{found[2].replace('/', '.')}.weight"
            take(_renamed(name, file), file.read(initializer).T.contiguous())
            used.add(initializer)
        elif node.startswith("/backbone/embeddings/Concat") and len(file.read(initializer).shape) == 3:
            joined["class"] = initializer
        elif node.startswith("/backbone/embeddings/Reshape") and len(file.read(initializer).shape) == 3:
            joined["patches"] = initializer
    if set(joined) != {"class", "patches"}:
        raise invalid(file.path, "the position embeddings were not found in its graph")
    take(
        "vision_tower.embeddings.position_embeddings",
        torch.cat([file.read(joined["class"]), file.read(joined["patches"])], dim=1),
    )
    used.update(joined.values())
    left = [
        header.name
        for header in file.headers()
        if header.name not in used and not header.name.startswith(_BEHIND)
    ]
    if left:
        raise invalid(file.path, f"{len(left)} tensors fit no name, as {left[0]}")
    return named


def _renamed(name: str, file: OnnxFile) -> str:
    layer = re.match(r"^encoder\.layer\.(\d+)\.(.+?)(\.weight|\.bias)?$", name)
    if layer is None:
        return f"vision_tower.{name}"
    inner = _LAYER.get(layer[2])
    if inner is None:
        raise invalid(file.path, f"{name} is no part of a DINOv2 layer")
    return f"vision_tower.encoder.layer.{layer[1]}.{inner}{layer[3] or ''}"
