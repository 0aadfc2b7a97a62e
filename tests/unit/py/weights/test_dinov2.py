"""The tower of a graph, held to transformers' own two modules."""

from pathlib import Path

import pytest
import torch
from published_files import tiny_dinov2, write_onnx
from tomoe_worker.errors import TomoeError
from tomoe_worker.weights.dinov2 import vision_tower
from tomoe_worker.weights.onnx_file import OnnxFile
from transformers import Dinov2Model
from transformers.models.internvl.configuration_internvl import InternVLVisionConfig
from transformers.models.internvl.modeling_internvl import InternVLVisionModel


def internvl(tensors: dict[str, torch.Tensor], like: Dinov2Model) -> InternVLVisionModel:
    """An InternVL tower of the same size with these tensors under their published names."""
    of = like.config
    model = InternVLVisionModel(
        InternVLVisionConfig(
            hidden_size=of.hidden_size,
            num_hidden_layers=of.num_hidden_layers,
            num_attention_heads=of.num_attention_heads,
            intermediate_size=of.hidden_size * of.mlp_ratio,
            image_size=[of.image_size] * 2,
            patch_size=[of.patch_size] * 2,
            attention_bias=True,
            hidden_act="gelu",
            layer_norm_eps=of.layer_norm_eps,
            use_mean_pooling=False,
        )
    )
    own = {name.removeprefix("vision_tower."): value for name, value in tensors.items()}
    model.load_state_dict(own, strict=True)
    return model.eval()


def test_a_graph_gives_a_tower_whose_output_equals_dinov2_to_the_last_bit(tmp_path: Path) -> None:
    model = tiny_dinov2()
    write_onnx(model, tmp_path / "vit.onnx")
    tower = internvl(vision_tower(OnnxFile(tmp_path / "vit.onnx")), model)
    pixels = torch.randn(2, 3, 28, 28, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        expected = model(pixels).last_hidden_state
        found = tower(pixels).last_hidden_state
    assert torch.equal(found, expected)


def test_every_tensor_of_a_layer_has_a_name_of_its_own(tmp_path: Path) -> None:
    write_onnx(tiny_dinov2(layers=3), tmp_path / "vit.onnx")
    named = vision_tower(OnnxFile(tmp_path / "vit.onnx"))
    assert len(named) == 3 * 18 + 6
    assert sum(name.startswith("vision_tower.encoder.layer.2.") for name in named) == 18


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("backbone.encoder.layer.0.attention.register", "is no part of a DINOv2 layer"),
        ("onnx::Mul_77", "1 tensors fit no name, as onnx::Mul_77"),
    ],
)
def test_a_tensor_that_fits_no_name_is_refused_by_name(tmp_path: Path, extra: str, said: str) -> None:
    write_onnx(tiny_dinov2(), tmp_path / "vit.onnx", extra=extra)
    with pytest.raises(TomoeError) as caught:
        vision_tower(OnnxFile(tmp_path / "vit.onnx"))
    assert caught.value.code == "CHECKPOINT_INVALID" and said in caught.value.what


def test_a_graph_without_positions_is_refused(tmp_path: Path) -> None:
    write_onnx(tiny_dinov2(), tmp_path / "vit.onnx", leave_out="embeddings.position_embeddings")
    with pytest.raises(TomoeError) as caught:
        vision_tower(OnnxFile(tmp_path / "vit.onnx"))
    assert caught.value.code == "CHECKPOINT_INVALID" and "position embeddings" in caught.value.what
