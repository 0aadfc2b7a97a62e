"""ONNX: values and readers of initializers, damaged files to typed refusals."""

from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from published_files import tiny_dinov2, write_onnx
from tomoe_worker.errors import TomoeError
from tomoe_worker.weights.onnx_file import OnnxFile


def test_initializers_come_with_shape_values_and_the_nodes_that_read_them(tmp_path: Path) -> None:
    model = tiny_dinov2()
    write_onnx(model, tmp_path / "vit.onnx")
    file = OnnxFile(tmp_path / "vit.onnx")
    headers = {one.name: one for one in file.headers()}
    assert headers["backbone.layernorm.weight"].shape == (64,)
    assert headers["backbone.layernorm.weight"].stored == "FLOAT"
    assert torch.equal(file.read("backbone.layernorm.weight"), model.layernorm.weight)
    readers = {node: (name, operation, place) for name, node, operation, place in file.readers()}
    name, operation, place = readers["/backbone/encoder/layer.1/mlp/fc1/MatMul"]
    assert (operation, place) == ("MatMul", 1)
    assert torch.equal(file.read(name).T, model.encoder.layer[1].mlp.fc1.weight)


@pytest.mark.parametrize("content", [b"", b"not an ONNX file", b"\x08\x07\x12\xff"])
def test_what_is_no_onnx_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    if not content:
        # An empty message is a message: it holds no tensor, and that is told where one is missed.
        assert list(OnnxFile(path).headers()) == []
        return
    with pytest.raises(TomoeError) as caught:
        OnnxFile(path)
    assert caught.value.code == "CHECKPOINT_INVALID" and "broken.onnx" in caught.value.what


def test_tensors_in_other_files_and_names_that_stand_twice_are_refused(tmp_path: Path) -> None:
    one = numpy_helper.from_array(torch.ones(2).numpy(), "w")
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, None)
    twice = helper.make_model(helper.make_graph([], "g", [value], [value], [one, one]))
    onnx.save(twice, str(tmp_path / "twice.onnx"))
    with pytest.raises(TomoeError) as caught:
        OnnxFile(tmp_path / "twice.onnx")
    assert "an initializer stands twice" in caught.value.what
    outside = helper.make_model(helper.make_graph([], "g", [value], [value], [one]))
    onnx.save(
        outside,
        str(tmp_path / "outside.onnx"),
        save_as_external_data=True,
        location="data.bin",
        size_threshold=0,
    )
    with pytest.raises(TomoeError) as caught:
        OnnxFile(tmp_path / "outside.onnx")
    assert "lie in other files, as w" in caught.value.what
