"""model/components.py: every parameter has one home, or stands behind the feature tap."""

from __future__ import annotations

from tiny_model import LORA, tiny_model
from tomoe_worker.model.components import COMPONENTS

CLIP = "model.vision_embed_tokens.img_processor.vision_model."


def names(model: object) -> dict[str, list[str]]:
    return {component: [name for name, _ in members] for component, members in model.components().items()}  # type: ignore[attr-defined]


def test_every_parameter_is_in_one_component_or_behind_the_tap() -> None:
    for model in (
        tiny_model(lifted=False),
        tiny_model(),
        tiny_model(per_task=True, language=LORA),
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
    assert "lora" in names(tiny_model(language=LORA))


def test_vision_is_split_at_the_first_block_that_is_lifted() -> None:
    held = names(tiny_model())
    assert CLIP + "encoder.layers.0.mlp.fc1.weight" in held["lowerVision"]
    assert CLIP + "embeddings.class_embedding" in held["lowerVision"]
    assert CLIP + "encoder.layers.1.mlp.fc1.weight" in held["upperVision"]
    assert CLIP + "encoder.layers.2.self_attn.q_proj.weight" in held["upperVision"]
    assert CLIP + "encoder.layers.2.mlp.groups.shared.experts.3.fc2.bias" in held["tokenExperts"]
    assert CLIP + "encoder.layers.2.mlp.groups.shared.router.weight" in held["tokenRouter"]
    assert "prompt_guide.projection.weight" in held["tokenRouter"]
    assert "lm_head.weight" in held["language"] and "model.embed_tokens.weight" in held["language"]
