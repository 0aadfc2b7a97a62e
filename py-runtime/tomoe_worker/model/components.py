"""Which parameter belongs to which trainable component (the names of stage.proto)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from torch import nn

COMPONENTS: Final = (
    "lowerVision",
    "upperVision",
    "tokenExperts",
    "tokenRouter",
    "taskExperts",
    "projector",
    "language",
    "lora",
    "patchHead",
    "factHeads",
)
_VISION = "model.vision_embed_tokens."
_CLIP = _VISION + "img_processor.vision_model."


def components_of(
    parameters: Iterable[tuple[str, nn.Parameter]], first_upper: int, blocks_read: int, per_task: bool
) -> dict[str, list[tuple[str, nn.Parameter]]]:
    """Parameters by component, in state-dict order; a component the model does not have is absent.

    The last vision layer and the final norm stand behind the feature tap (hidden_states[-2]): they are kept
    for export, belong to no component and are never trained.

    Args:
        parameters: of the whole model, by state-dict key; the rest as ``component_of``.
    """
    found: dict[str, list[tuple[str, nn.Parameter]]] = {}
    for name, parameter in parameters:
        component = component_of(name, first_upper, blocks_read, per_task)
        if component is not None:
            found.setdefault(component, []).append((name, parameter))
    return {component: found[component] for component in COMPONENTS if component in found}


def component_of(name: str, first_upper: int, blocks_read: int, per_task: bool) -> str | None:
    """Component of one parameter name, or None for what the features do not read.

    Args:
        name: state-dict key.
        first_upper: first vision block with joint attention after lifting.
        blocks_read: vision blocks in front of the feature tap.
        per_task: whether the expert groups are those of tasks.
    """
    if name.startswith("patch_head."):
        return "patchHead"
    if name.startswith("fact_heads."):
        return "factHeads"
    if name.startswith("prompt_guide.") or (".mlp.groups." in name and ".router." in name):
        return "tokenRouter"
    if ".mlp.groups." in name:
        return "taskExperts" if per_task else "tokenExperts"
    if name.startswith(_CLIP + "encoder.layers."):
        block = int(name.removeprefix(_CLIP + "encoder.layers.").split(".", 1)[0])
        if block >= blocks_read:
            return None
        return "upperVision" if block >= first_upper else "lowerVision"
    if name.startswith(_CLIP):
        return None if "post_layernorm" in name else "lowerVision"
    if name.startswith(_VISION):
        return "projector"
    return "lora" if ".lora_" in name else "language"
