"""Checks of a ModelSpec before anything is built from it: every problem is named at once."""

from __future__ import annotations

import math

from torch import nn

from tomoe_worker.errors import TomoeError
from tomoe_worker.ranges import range_problems
from tomoe_worker.spec import (
    LanguageSpec,
    LiftSpec,
    ModelSpec,
    MoeSpec,
    PreprocessSpec,
    ProjectorSpec,
    VisionSpec,
)

SHARED_GROUP = "shared"
ACTIVATIONS = ("quick_gelu",)


def check_spec(spec: ModelSpec) -> None:
    """Refuse a model that cannot be built.

    Raises:
        TomoeError: ``CONFIG_INVALID`` naming every problem.
    """
    # What is out of range would only be misjudged by the rules over several fields.
    problems = range_problems("model", spec) or [
        *_vision(spec.vision),
        *_projector(spec.projector, spec.vision),
        *_language(spec.language),
        *_lift(spec.lift, spec.vision, spec.projector),
        *_moe(spec.moe, spec.vision),
        *_preprocess(spec.preprocess),
        *_heads(spec),
    ]
    if problems:
        raise TomoeError(
            "CONFIG_INVALID",
            "the model cannot be built: " + "; ".join(problems),
            hint="Change the named values of the model.",
            details={"problems": list(problems)},
        )


def _above_zero(name: str, value: float) -> list[str]:
    return [] if math.isfinite(value) and value > 0 else [f"{name} is {value}, it must be above 0"]


def _is_module_name(name: str) -> bool:
    """Whether torch's ModuleDict takes ``name`` as a key: no dot, not empty, none of its own attributes."""
    return bool(name) and "." not in name and not hasattr(nn.ModuleDict(), name)


def _vision(vision: VisionSpec) -> list[str]:
    problems = _above_zero("vision.normEpsilon", vision.norm_epsilon)
    if not 1 <= vision.blocks_read < vision.layers:
        problems.append(
            f"vision.blocksRead is {vision.blocks_read}, it must be at least 1 and below the "
            f"{vision.layers} layers: features are read before the last"
        )
    if vision.activation not in ACTIVATIONS:
        problems.append(
            f"vision.activation is {vision.activation!r}, it must be one of {', '.join(ACTIVATIONS)}"
        )
    if vision.image_size % vision.patch_size:
        problems.append(
            f"vision.imageSize {vision.image_size} is not a multiple of patchSize {vision.patch_size}"
        )
    if vision.hidden % vision.heads or (vision.hidden // vision.heads) % 2:
        problems.append(f"vision.hidden {vision.hidden} over {vision.heads} heads is not an even number")
    return problems


def _projector(projector: ProjectorSpec, vision: VisionSpec) -> list[str]:
    grid = vision.image_size // vision.patch_size
    if grid % projector.merge_size:
        return [f"projector.mergeSize {projector.merge_size} does not divide the grid of {grid} patches"]
    return []


def _language(language: LanguageSpec) -> list[str]:
    problems = _above_zero("language.normEpsilon", language.norm_epsilon)
    if language.vocab < 1:
        problems.append(f"language.vocab is {language.vocab}, it must be at least 1")
    if language.hidden % language.heads or (language.hidden // language.heads) % 2:
        problems.append(
            f"language.hidden {language.hidden} over {language.heads} heads is not an even number"
        )
    if language.heads % language.key_value_heads:
        problems.append(f"language.heads {language.heads} is not a multiple of keyValueHeads")
    if language.lora_rank > 0 and language.lora_alpha == 0:
        problems.append(f"language.loraAlpha is 0 beside a loraRank of {language.lora_rank}")
    if len(set(language.lora_targets)) != len(language.lora_targets):
        problems.append(f"language.loraTargets {list(language.lora_targets)} are not distinct")
    if (language.lora_rank > 0) != bool(language.lora_targets):
        problems.append(
            f"language.loraRank {language.lora_rank} goes with {len(language.lora_targets)} loraTargets"
        )
    return problems


def _lift(lift: LiftSpec, vision: VisionSpec, projector: ProjectorSpec) -> list[str]:
    problems = []
    if lift.depth < 1:
        problems.append(f"lift.depth is {lift.depth}, it must be at least 1")
    if lift.upper_blocks > vision.blocks_read:
        problems.append(
            f"lift.upperBlocks is {lift.upper_blocks}, the features read {vision.blocks_read} blocks"
        )
    if lift.depth > 1 and lift.depth % projector.pool_depth:
        problems.append(
            f"lift.depth {lift.depth} is not a multiple of projector.poolDepth {projector.pool_depth}"
        )
    return problems


def _moe(moe: MoeSpec, vision: VisionSpec) -> list[str]:
    problems = []
    if moe.blocks and not moe.token_experts:
        problems.append(f"moe.tokenExperts is 0 beside moe.blocks {list(moe.blocks)}")
    for block in moe.blocks:
        if block >= vision.blocks_read:
            problems.append(f"moe.blocks holds {block}, the features read blocks 0..{vision.blocks_read - 1}")
    if list(moe.blocks) != sorted(set(moe.blocks)):
        problems.append(f"moe.blocks {list(moe.blocks)} are not rising and distinct")
    if not moe.tasks or len(set(moe.tasks)) != len(moe.tasks):
        problems.append(f"moe.tasks {list(moe.tasks)} must be distinct and not empty")
    for task in moe.tasks:
        if not _is_module_name(task) or task == SHARED_GROUP:
            problems.append(f"moe.tasks holds {task!r}, which cannot name a group of experts")
    return problems


def _preprocess(preprocess: PreprocessSpec) -> list[str]:
    problems = []
    if len(preprocess.windows) not in (1, 3):
        problems.append(f"preprocess.windows holds {len(preprocess.windows)} windows, it must hold 1 or 3")
    for window in preprocess.windows:
        if not (math.isfinite(window.low) and math.isfinite(window.high) and window.low < window.high):
            problems.append(
                f"preprocess.windows holds [{window.low}, {window.high}] HU, low must be below high"
            )
    if len(preprocess.mean) != 3 or not all(map(math.isfinite, preprocess.mean)):
        problems.append(f"preprocess.mean is {list(preprocess.mean)}, it must hold 3 finite numbers")
    if len(preprocess.std) != 3 or not all(math.isfinite(value) and value > 0 for value in preprocess.std):
        problems.append(f"preprocess.std is {list(preprocess.std)}, it must hold 3 numbers above 0")
    return problems


def _heads(spec: ModelSpec) -> list[str]:
    problems = []
    names = [fact.name for fact in spec.facts]
    if len(set(names)) != len(names):
        problems.append(f"facts {names} are not distinct")
    for fact in spec.facts:
        if fact.classes < 2:
            problems.append(f"fact {fact.name!r} has {fact.classes} classes, it must have at least 2")
        if not _is_module_name(fact.name):
            problems.append(f"a fact is called {fact.name!r}, which cannot name a head")
    if spec.patch_classes == 1 or spec.patch_classes < 0:
        problems.append(f"patchClasses is {spec.patch_classes}, it must be 0 (no head) or at least 2")
    return problems
