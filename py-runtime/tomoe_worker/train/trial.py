"""Trials of a stage before it begins: a few steps with one number changed, beside the steps without."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.moe import ExpertGroup, MoeMlp
from tomoe_worker.model.lift.sites import block_of
from tomoe_worker.spec import Batch, RoutingPlan, StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.freeze import check_stage
from tomoe_worker.train.trainer import StageTrainer


@dataclass(frozen=True, kw_only=True)
class StageTrial:
    """Steps of a stage on ``batches``, the first of which counts as ``first_step``."""

    stage: StageSpec
    plan: RoutingPlan
    batches: tuple[Batch, ...]
    first_step: int
    beside: int  # place of the trial that it is compared with: an earlier one, or its own


@dataclass(frozen=True, kw_only=True)
class TriedStage:
    """What a trial came to; the last four are told of a trial beside itself."""

    diverged: bool
    losses: tuple[float, ...]
    gradient_norms: tuple[float, ...]
    moved: float  # L2 length over all that trains
    apart: float  # L2 distance from the end of the trial that it stands beside
    seconds: float
    unreached: tuple[str, ...]  # trained tensors without a gradient, that no part of the loss depends on
    still: tuple[str, ...]  # trained tensors, gradient 0 at each step, or that wait for tokens or text
    stray: tuple[str, ...]  # frozen tensors with a gradient
    idle: tuple[str, ...]  # names that the stage trains, without a tensor of another gradient than 0


def try_stage(model: TomoeModel, trials: Sequence[StageTrial], ranks: Ranks) -> list[TriedStage]:
    """Carry out trials of one stage, each from the weights that the model has now and from the stage's seed.

    Weights and random state are afterwards what they were. What a stage does to a model before its first
    step is done: groups are cloned for a per-task stage, a guide keeps the table that it reads, and tensors
    that train are no longer held to the base.

    Raises:
        TomoeError: ``WIRE_INVALID`` for trials of several stages or compared with a later one, and what
            ``StageTrainer`` and its steps raise but ``TRAIN_DIVERGED``.
    """
    _check(trials)
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        base = StageTrainer(model, trials[0].stage, ranks)
        begun = _held(base)
        compared = {one.beside for one in trials}
        ends: dict[int, Mapping[str, Tensor]] = {}
        tried = []
        try:
            for place, trial in enumerate(trials):
                check_stage(model, trial.stage)
                _put(base, begun)
                torch.manual_seed(trial.stage.seed + ranks.rank)
                result = _Steps(base, trial, reads=trial.beside == place)
                result.run()
                end = _held(base)
                if place in compared:
                    ends[place] = end
                tried.append(result.told(_apart(end, begun), _apart(end, ends[trial.beside])))
        finally:
            _put(base, begun)
            base.optimizer.clear()
            model.weights_version += 1
    return tried


class _Steps:
    """The steps of one trial, and which tensors gradients reached in them."""

    def __init__(self, base: StageTrainer, trial: StageTrial, *, reads: bool) -> None:
        self._trainer = base.varied(trial.stage, trial.first_step)
        self._trial = trial
        self._reads = reads
        self._diverged = False
        self._losses: list[float] = []
        self._norms: list[float] = []
        self._seconds = 0.0
        self._reached: set[str] = set()
        self._stirred: set[str] = set()
        self._stray: set[str] = set()
        self._loads_LGE: list[Tensor] = []  # of each step that was read

    def run(self) -> None:
        """Do them, up to one whose loss or gradient is not finite."""
        started = time.perf_counter()
        for index, batch in enumerate(self._trial.batches):
            try:
                result = self._trainer.step(
                    replace(batch, step=self._trial.first_step + index), self._trial.plan
                )
            except TomoeError as error:
                if error.code != "TRAIN_DIVERGED":
                    raise
                self._diverged = True
                break
            self._losses.append(result.loss)
            self._norms.append(result.gradient_norm)
            if self._reads:
                self._loads_LGE.append(result.expert_load.tokens_LGE)
                self._read()
        self._seconds = time.perf_counter() - started

    def _read(self) -> None:
        """Look at the gradients that a step left; adapters share their tensors under several names."""
        trained = self._trainer.optimizer.names
        own = {id(one) for one in trained.values()}
        for name, parameter in trained.items():
            if parameter.grad is not None:
                self._reached.add(name)
                if bool(parameter.grad.any()):
                    self._stirred.add(name)
        for name, parameter in self._trainer.model.named_parameters():
            if parameter.grad is not None and id(parameter) not in own:
                self._stray.add(name)

    def told(self, moved: float, apart: float) -> TriedStage:
        """All of it, beside the lengths that the caller measured."""
        names = self._trainer.optimizer.names if self._reads and self._losses else {}
        # What no token was sent to has no gradient, and hangs in the graph of a step that sends one there.
        tokens_LGE = sum(self._loads_LGE[1:], self._loads_LGE[0]) if names else torch.empty(0)
        waiting = _without_tokens(self._trainer.model, self._trial.plan, tokens_LGE) if names else set()
        guide = self._trainer.model.prompt_guide
        if guide is not None and not self._trainer.sees_items:
            # In a stage that reads no question the gates have none to be guided by.
            waiting |= {id(one) for one in guide.parameters()}
        known = {name for name, one in names.items() if name in self._reached or id(one) not in waiting}
        return TriedStage(
            diverged=self._diverged,
            losses=tuple(self._losses),
            gradient_norms=tuple(self._norms),
            moved=moved,
            apart=apart,
            seconds=self._seconds,
            unreached=tuple(name for name in names if name in known - self._reached),
            still=tuple(name for name in names if name not in known or name in self._reached - self._stirred),
            stray=tuple(sorted(self._stray)),
            idle=tuple(
                one.component
                for one in (self._trainer.trained if names else ())
                if any(name in known for name, _ in one.parameters)
                and self._stirred.isdisjoint(name for name, _ in one.parameters)
            ),
        )


def _check(trials: Sequence[StageTrial]) -> None:
    def refuse(place: int, what: str) -> TomoeError:
        return TomoeError(
            "WIRE_INVALID",
            f"trial {place} {what}",
            hint="Ask for trials of one stage, each beside an earlier one or itself.",
        )

    if not trials:
        raise refuse(0, "is not there")
    wanted = _kind(trials[0].stage)
    for place, trial in enumerate(trials):
        if trial.beside > place or trials[trial.beside].beside != trial.beside:
            raise refuse(place, f"stands beside trial {trial.beside}")
        if _kind(trial.stage) != wanted:
            raise refuse(place, "trains other components or objectives than the first one")
        if not trial.batches or trial.first_step + len(trial.batches) > trial.stage.steps:
            raise refuse(
                place,
                f"does {len(trial.batches)} steps from step {trial.first_step} on of {trial.stage.steps}",
            )


def _kind(stage: StageSpec) -> tuple[object, ...]:
    """What all stages of one call have in common."""
    components = tuple(one.component for one in stage.trains)
    return components, tuple(one.objective for one in stage.objectives), stage.routing


def _without_tokens(model: TomoeModel, plan: RoutingPlan, tokens_LGE: Tensor) -> set[int]:
    """Parameters, by id, of the experts that no token came to, and of groups whose task nobody asked for."""
    found: set[int] = set()
    for layer, of_groups in zip(plan.layers, tokens_LGE, strict=True):
        mlp = model.tower.block(block_of(layer.site)).mlp
        assert isinstance(mlp, MoeMlp)
        for group, tokens_E in zip(mlp.groups.values(), of_groups.tolist(), strict=True):
            assert isinstance(group, ExpertGroup)
            empty = [one for one, tokens in zip(group.experts, tokens_E, strict=True) if tokens == 0]
            for part in [group] if len(empty) == len(tokens_E) else empty:
                found.update(id(one) for one in part.parameters())
    return found


def _held(trainer: StageTrainer) -> dict[str, Tensor]:
    """Copies of all that trains, in the memory of the host: a device is full enough with the training."""
    return {name: one.detach().to("cpu", copy=True) for name, one in trainer.optimizer.names.items()}


def _put(trainer: StageTrainer, held: Mapping[str, Tensor]) -> None:
    parameters: Mapping[str, nn.Parameter] = trainer.optimizer.names
    with torch.no_grad():
        for name, value in held.items():
            parameters[name].copy_(value)


def _apart(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> float:
    """L2 distance of two sets of tensors; 0 only where they are equal bit by bit, but for signs of zeros."""
    if one is other:
        return 0.0
    squares = [(one[name].double() - other[name].double()).square().sum() for name in one]
    return float(torch.stack(squares).sum().sqrt())
