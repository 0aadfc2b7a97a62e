"""Freeze sets: only what a stage declares moves, and what it declares can move."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.components import COMPONENTS
from tomoe_worker.model.io.lowering import raise_master
from tomoe_worker.ranges import range_problems
from tomoe_worker.spec import FactSpec, StageSpec
from tomoe_worker.train.optimizer import TrainedComponent

OBJECTIVES = ("language", "patches", "facts", "words")
ONE_FACT = "facts:"
# Components that not every objective can reach.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "projector": ("language", "words"),
    "language": ("language",),
    "lora": ("language",),
    "patchHead": ("patches",),
    "factHeads": ("facts",),
    "wordHead": ("words",),
}


def facts_of(objective: str, facts: Sequence[FactSpec]) -> tuple[FactSpec, ...]:
    """Facts that an objective covers: all for "facts", one for "facts:NAME", none for any other."""
    if objective == "facts":
        return tuple(facts)
    return tuple(fact for fact in facts if objective == ONE_FACT + fact.name)


def check_stage(model: TomoeModel, stage: StageSpec) -> None:
    """Refuse a stage that this model cannot train.

    Raises:
        TomoeError: ``CONFIG_INVALID`` naming every problem.
    """
    problems = [
        *range_problems("stage", stage),
        *_component_problems(model, stage),
        *_objective_problems(model, stage),
    ]
    if len(stage.optimizer.betas) != 2:
        problems.append(f"optimizer.betas holds {len(stage.optimizer.betas)} numbers, not 2")
    if (stage.routing == "per-task") != model.per_task:
        problems.append(f"routing is {stage.routing}, the model has groups {list(model.groups)}")
    if problems:
        raise TomoeError(
            "CONFIG_INVALID",
            f"stage {stage.name!r} cannot train this model: " + "; ".join(problems),
            hint="Change the named values of the stage.",
            details={"problems": list(problems)},
        )


def freeze(model: TomoeModel, stage: StageSpec) -> tuple[TrainedComponent, ...]:
    """Let gradients reach the declared components alone, and return these in the order declared.

    Raises:
        TomoeError: as ``check_stage``; ``INTERNAL`` if a tensor of the base changed though no stage trained
            it.
    """
    check_stage(model, stage)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
        parameter.grad = None
    members = model.trainable()
    moving = {name: one for rate in stage.trains for name, one in members[rate.component]}
    model.kept = model.kept.into_stage(model.state_dict(), moving.keys())
    if model.prompt_guide is not None and any(one is model.base.decoder.table_VL for one in moving.values()):
        model.prompt_guide.keep()
    trained = []
    for rate in stage.trains:
        for _, parameter in members[rate.component]:
            raise_master(parameter, model.base_files)
            parameter.requires_grad_(True)
        trained.append(
            TrainedComponent(
                component=rate.component,
                learning_rate=rate.learning_rate,
                parameters=tuple(members[rate.component]),
            )
        )
    return tuple(trained)


def _component_problems(model: TomoeModel, stage: StageSpec) -> list[str]:
    problems = []
    present = model.trainable()
    names = [rate.component for rate in stage.trains]
    if not names:
        problems.append("it trains nothing")
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"it trains {name} twice")
    for name in dict.fromkeys(names):
        if name in COMPONENTS and name not in present:
            problems.append(f"the model has no {name} now (it has {_listed(present)})")
        elif name not in present:
            problems.append(f"{name!r} is not a component or part of the model (it has {_listed(present)})")
    held = {name: {key for key, _ in present[name]} for name in dict.fromkeys(names) if name in present}
    for one, other in combinations(held, 2):
        both = held[one] & held[other]
        if both:
            problems.append(f"{one} and {other} overlap: both hold {min(both)}")
    return problems


def _listed(names: Collection[str]) -> str:
    """Names with the blocks of the tower in a few words."""
    blocks = [name for name in names if name.startswith("vision.blocks.")]
    first, last = (min(blocks, key=_number), max(blocks, key=_number)) if blocks else ("", "")
    kept = [name for name in names if name not in blocks or name == first]
    return ", ".join(f"{name} to {last.rpartition('.')[2]}" if name == first else name for name in kept)


def _number(block: str) -> int:
    return int(block.rpartition(".")[2])


def _objective_problems(model: TomoeModel, stage: StageSpec) -> list[str]:
    problems = []
    names = [weight.objective for weight in stage.objectives]
    if not names:
        problems.append("it has no objective")
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"objective {name} stands twice")
    for weight in stage.objectives:
        if not (weight.objective in OBJECTIVES or facts_of(weight.objective, model.spec.facts)):
            problems.append(f"{weight.objective!r} is not an objective")
    if "patches" in names and model.patch_head is None:
        problems.append("objective patches needs patchClasses in the model")
    if any(name.startswith("facts") for name in names) and model.fact_heads is None:
        problems.append("objective facts needs facts in the model")
    if "words" in names and model.word_head is None:
        problems.append("objective words needs words in the model")
    problems.extend(_unreached(names, model, stage))
    return problems


def _unreached(objectives: Sequence[str], model: TomoeModel, stage: StageSpec) -> list[str]:
    """A declared component without gradient would sit still unnoticed, also as a part of what is declared."""
    kinds = {name.split(":", 1)[0] for name in objectives}
    home = {key: component for component, members in model.components().items() for key, _ in members}
    named = model.trainable()
    problems = []
    for rate in stage.trains:
        held = dict.fromkeys(home[key] for key, _ in named.get(rate.component, ()))
        # A component that the model has not is told of as well.
        for component in held or (rate.component,):
            if component in _NEEDS and kinds.isdisjoint(_NEEDS[component]):
                inside = "" if component == rate.component else f" ({component} of {rate.component})"
                needs = " or ".join(_NEEDS[component])
                problems.append(f"{component} gets no gradient without objective {needs}{inside}")
    return problems
