"""model/components.py: every parameter has one home, or stands behind the feature tap."""

from __future__ import annotations

import pytest
from tiny_model import LORA, VISION_LORA, tiny_model
from tomoe_worker.model.components import COMPONENTS, component_of, components_of

CLIP = "base.model.vision_embed_tokens.img_processor.vision_model."


def names(model: object) -> dict[str, list[str]]:
    return {component: [name for name, _ in members] for component, members in model.components().items()}  # type: ignore[attr-defined]


def test_every_parameter_is_in_one_component_or_behind_the_tap() -> None:
    for model in (
        tiny_model(lifted=False),
        tiny_model(),
        tiny_model(per_task=True, lora=LORA),
        tiny_model(per_task=True, lora=VISION_LORA),
    ):
        flat = [name for members in names(model).values() for name in members]
        assert len(set(flat)) == len(flat)
        behind = {name for name, _ in model.named_parameters()} - set(flat)
        tap = (CLIP + "encoder.layers.3.", CLIP + "post_layernorm")
        assert behind == {name for name, _ in model.named_parameters() if name.startswith(tap)}
        assert list(names(model)) == [name for name in COMPONENTS if name in names(model)]


def test_components_come_and_go_with_lifting_and_cloning() -> None:
    flat, lifted, routed = tiny_model(lifted=False), tiny_model(), tiny_model(per_task=True)
    assert {"lowerVision", "upperVision", "projector", "language", "patchHead", "factHeads"} == set(
        names(flat)
    )
    assert {"tokenExperts", "tokenRouter"} <= set(names(lifted)) and "taskExperts" not in names(lifted)
    assert {"taskExperts", "tokenRouter"} <= set(names(routed)) and "tokenExperts" not in names(routed)
    assert "lora" in names(tiny_model(lora=LORA)) and "visionLora" not in names(tiny_model(lora=LORA))
    assert {"lora", "visionLora"} <= set(names(tiny_model(lora=VISION_LORA)))


def test_vision_is_split_at_the_first_block_that_is_lifted() -> None:
    held = names(tiny_model())
    assert CLIP + "encoder.layers.0.mlp.fc1.weight" in held["lowerVision"]
    assert CLIP + "embeddings.class_embedding" in held["lowerVision"]
    assert CLIP + "encoder.layers.1.mlp.fc1.weight" in held["upperVision"]
    assert CLIP + "encoder.layers.2.self_attn.q_proj.weight" in held["upperVision"]
    assert CLIP + "encoder.layers.2.mlp.groups.shared.experts.3.fc2.bias" in held["tokenExperts"]
    assert CLIP + "encoder.layers.2.mlp.groups.shared.router.weight" in held["tokenRouter"]
    assert "prompt_guide.projection.weight" in held["tokenRouter"]
    assert "base.lm_head.weight" in held["language"] and "base.model.embed_tokens.weight" in held["language"]


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("patch_head.out.weight", "patchHead"),
        ("fact_heads.norm.bias", "factHeads"),
        ("word_head.threshold", "wordHead"),
        ("prompt_guide.norm.weight", "tokenRouter"),
        (CLIP + "encoder.layers.2.mlp.groups.report.router.weight", "tokenRouter"),
        (CLIP + "embeddings.patch_embedding.weight", "lowerVision"),
        (CLIP + "pre_layrnorm.weight", "lowerVision"),
        (CLIP + "encoder.layers.0.layer_norm1.weight", "lowerVision"),
        (CLIP + "encoder.layers.10.layer_norm1.weight", "upperVision"),
        (CLIP + "encoder.layers.22.layer_norm1.weight", "upperVision"),
        (CLIP + "encoder.layers.23.layer_norm1.weight", None),
        (CLIP + "post_layernorm.weight", None),
        ("base.model.vision_embed_tokens.sub_GN", "projector"),
        ("base.model.vision_embed_tokens.img_projection.0.bias", "projector"),
        ("base.model.layers.0.self_attn.qkv_proj.lora_A.default.weight", "lora"),
        ("base.model.layers.0.self_attn.qkv_proj.base_layer.weight", "language"),
        (CLIP + "encoder.layers.0.mlp.fc1.lora_B.default.weight", "visionLora"),
        (CLIP + "encoder.layers.11.mlp.groups.report.experts.0.fc1.lora_A.default.weight", "visionLora"),
        (CLIP + "encoder.layers.11.mlp.groups.report.experts.0.fc1.base_layer.weight", "tokenExperts"),
        ("base.model.layers.0.self_attn.qkv_proj.weight", "language"),
        ("base.model.norm.weight", "language"),
    ],
)
def test_the_home_of_a_parameter_follows_from_its_name(name: str, component: str | None) -> None:
    base = tiny_model(lifted=False, vision={"layers": 24, "blocks_read": 23}).base
    assert component_of(name, base, first_upper=10, per_task=False) == component


def test_experts_belong_to_the_stage_that_trains_them() -> None:
    name = CLIP + "encoder.layers.2.mlp.groups.shared.experts.0.fc1.weight"
    base = tiny_model(lifted=False).base
    assert component_of(name, base, first_upper=1, per_task=False) == "tokenExperts"
    assert component_of(name, base, first_upper=1, per_task=True) == "taskExperts"


def test_components_keep_the_order_of_their_names_whatever_the_order_of_the_parameters() -> None:
    model = tiny_model()
    parameters = list(model.named_parameters())
    forward = components_of(parameters, model.base, 1, False)
    backward = components_of(reversed(parameters), model.base, 1, False)
    assert list(forward) == list(backward) == [name for name in COMPONENTS if name in forward]
    assert all(backward[name] == forward[name][::-1] for name in forward)
    assert components_of([], model.base, 1, False) == {}
