"""Which parameter belongs to which trainable component (the names of stage.proto), and to which part of the
model by its dotted name: "vision.blocks.16", or what stands above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from torch import nn

from tomoe_worker.model.base import Base

COMPONENTS: Final = (
    "lowerVision",
    "upperVision",
    "tokenExperts",
    "tokenRouter",
    "taskExperts",
    "projector",
    "language",
    "lora",
    "visionLora",
    "patchHead",
    "factHeads",
    "wordHead",
)
BASE: Final = "base."
# Components by the part that is the same; taskExperts are the parts vision.experts.TASK together.
_PARTS: Final[Mapping[str, str]] = {
    "lowerVision": "vision.lower",
    "upperVision": "vision.upper",
    "tokenExperts": "vision.experts.shared",
    "tokenRouter": "vision.gates",
    "taskExperts": "vision.experts",
    "projector": "projector",
    "language": "language",
    "lora": "language.lora",
    "visionLora": "vision.lora",
    "patchHead": "heads.patch",
    "factHeads": "heads.facts",
    "wordHead": "heads.words",
}
Members = Sequence[tuple[str, nn.Parameter]]


def components_of(
    parameters: Iterable[tuple[str, nn.Parameter]], base: Base, first_upper: int, per_task: bool
) -> dict[str, list[tuple[str, nn.Parameter]]]:
    """Parameters by component, in state-dict order; a component the model does not have is absent.

    What the base itself does not read (behind its feature tap) is kept for export, belongs to no component
    and is never trained.

    Args:
        parameters: of the whole model, by state-dict key; the rest as ``component_of``.
    """
    found: dict[str, list[tuple[str, nn.Parameter]]] = {}
    for name, parameter in parameters:
        component = component_of(name, base, first_upper, per_task)
        if component is not None:
            found.setdefault(component, []).append((name, parameter))
    return {component: found[component] for component in COMPONENTS if component in found}


def is_of_base(name: str) -> bool:
    """Whether a tensor comes with the base: heads and gates do not, and neither do adapters inside it."""
    return name.startswith(BASE) and ".lora_" not in name


def component_of(name: str, base: Base, first_upper: int, per_task: bool) -> str | None:
    """Component of one parameter name, or None for what the features do not read.

    Args:
        name: state-dict key; those of the base stand under ``base.``.
        first_upper: first vision block with joint attention after lifting.
        per_task: whether the expert groups are those of tasks.
    """
    if name.startswith("patch_head."):
        return "patchHead"
    if name.startswith("fact_heads."):
        return "factHeads"
    if name.startswith("word_head."):
        return "wordHead"
    if ".lora_" in name:
        # Those inside an expert too: a stage can train them and leave the expert as the base has it.
        return "lora" if base.part_of(name.removeprefix(BASE)) == "language" else "visionLora"
    if name.startswith("prompt_guide.") or (".mlp.groups." in name and ".router." in name):
        return "tokenRouter"
    if ".mlp.groups." in name:
        return "taskExperts" if per_task else "tokenExperts"
    part = base.part_of(name.removeprefix(BASE))
    if part is None or not part.startswith("vision."):
        return part
    of, _, block = part.rpartition(".")
    return "upperVision" if of == "vision.blocks" and int(block) >= first_upper else "lowerVision"


def parts_of(name: str, component: str, base: Base) -> tuple[str, ...]:
    """Every dotted name that a parameter goes by: its place, what stands above it, and the half of the tower.

    Adapters go by their own name alone, so that what they stand beside can be named without them.

    Args:
        name: state-dict key, and its component.
    """
    if ".lora_" in name:
        return (_PARTS[component],)
    if ".mlp.groups." in name and component != "tokenRouter":
        group = name.split(".mlp.groups.")[1].split(".")[0]
        places = [f"vision.experts.{group}"]
    elif component in ("lowerVision", "upperVision"):
        places = [str(base.part_of(name.removeprefix(BASE))), _PARTS[component]]
    else:
        places = [_PARTS[component]]
    found = []
    for place in places:
        steps = place.split(".")
        found += [".".join(steps[:end]) for end in range(len(steps), 0, -1)]
    return tuple(dict.fromkeys(found))


def named_members(components: Mapping[str, Members], base: Base) -> dict[str, Members]:
    """What a stage may train, by every name it has: components first, then parts, a parent behind its own."""
    found: dict[str, list[tuple[str, nn.Parameter]]] = {}
    for component, members in components.items():
        for name, parameter in members:
            for part in parts_of(name, component, base):
                found.setdefault(part, []).append((name, parameter))
    return {**components, **{part: found[part] for part in sorted(found) if part not in components}}
