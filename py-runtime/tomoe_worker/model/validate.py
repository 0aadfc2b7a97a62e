"""Checks of a ModelSpec before anything is built from it: every problem is named at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import nn

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import AdapterTargets
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.lift.sites import block_of
from tomoe_worker.ranges import range_problems
from tomoe_worker.spec import BaseSpec, LiftSpec, LoraSpec, ModelSpec, MoeSpec, PoolSpec, PreprocessSpec

SHARED_GROUP = "shared"


def check_spec(spec: ModelSpec) -> None:
    """Refuse a model that cannot be built.

    Raises:
        TomoeError: ``CONFIG_INVALID`` naming every problem.
    """
    family = family_of(spec.base)
    # What is out of range would only be misjudged by the rules over several fields.
    problems = range_problems("model", spec) or family.problems_of(spec.base)
    if not problems:
        read = family.blocks_read(spec.base)
        problems = [
            *_redraw(spec.base),
            *_compile(spec),
            *_lora(spec.lora, family.adapter_targets(spec.base)),
            *_lift(spec.lift, spec.pool, read),
            *_moe(spec.moe, read),
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


def _redraw(base: BaseSpec) -> list[str]:
    if base.kind != "published":
        return []
    known = ("vision", "projector", "language")
    problems = [
        f"redraw holds {part!r}, it must be one of {', '.join(known)}"
        for part in base.redraw
        if part not in known
    ]
    if len(set(base.redraw)) != len(base.redraw):
        problems.append(f"redraw {list(base.redraw)} names a part twice")
    return problems


def _compile(spec: ModelSpec) -> list[str]:
    # Fused sums round otherwise, and which graph serves a shape depends on the shapes that came before it.
    of_strict = spec.compile != "none" and spec.precision == "strict"
    return [f"compile is {spec.compile}, which precision strict does not admit"] if of_strict else []


def _is_module_name(name: str) -> bool:
    """Whether torch's ModuleDict takes ``name`` as a key: no dot, not empty, none of its own attributes."""
    return bool(name) and "." not in name and not hasattr(nn.ModuleDict(), name)


def _lora(lora: LoraSpec, known: AdapterTargets) -> list[str]:
    problems = []
    if lora.rank > 0 and lora.alpha == 0:
        problems.append(f"lora.alpha is 0 beside a rank of {lora.rank}")
    if (lora.rank > 0) != bool(lora.targets):
        problems.append(f"lora.rank {lora.rank} goes with {len(lora.targets)} targets")
    if lora.rank == 0 and lora.vision_targets:
        problems.append(f"lora.visionTargets {list(lora.vision_targets)} stand beside a rank of 0")
    return [
        *problems,
        *_targets("lora.targets", lora.targets, known.language),
        *_targets("lora.visionTargets", lora.vision_targets, known.vision),
    ]


def _targets(name: str, asked: Sequence[str], known: Sequence[str]) -> list[str]:
    problems = [] if len(set(asked)) == len(asked) else [f"{name} {list(asked)} are not distinct"]
    return problems + [
        f"{name} holds {target!r}, it must be one of {', '.join(known)}"
        for target in asked
        if target not in known
    ]


def _lift(lift: LiftSpec, pool: PoolSpec, read: int) -> list[str]:
    problems = []
    if lift.depth < 1:
        problems.append(f"lift.depth is {lift.depth}, it must be at least 1")
    if lift.upper_blocks > read:
        problems.append(f"lift.upperBlocks is {lift.upper_blocks}, the features read {read} blocks")
    if lift.depth > 1 and lift.depth % pool.depth:
        problems.append(f"lift.depth {lift.depth} is not a multiple of pool.depth {pool.depth}")
    return problems


def _moe(moe: MoeSpec, read: int) -> list[str]:
    problems, blocks = [], []
    if moe.sites and not moe.token_experts:
        problems.append(f"moe.tokenExperts is 0 beside moe.sites {list(moe.sites)}")
    for site in moe.sites:
        try:
            blocks.append(block_of(site))
        except TomoeError as refused:
            problems.append(f"moe.sites: {refused.what}")
    for block in blocks:
        if block >= read:
            problems.append(
                f"moe.sites holds vision.blocks.{block}.mlp, the features read blocks 0..{read - 1}: "
                "what stands behind them would train nothing"
            )
    if blocks != sorted(set(blocks)):
        problems.append(f"moe.sites {list(moe.sites)} are not rising and distinct")
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
    if any(not word.strip() or word != word.lower() for word in spec.words):
        problems.append(f"words {list(spec.words)} must be in lower case, none of them blank")
    if len(set(spec.words)) != len(spec.words):
        problems.append(f"words {list(spec.words)} are not distinct")
    return problems
