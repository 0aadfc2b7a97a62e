"""One stage on one rank: a batch and the plan in force in, a StepResult out."""

# Shapes: V = volumes, R = rows, L = MoE layers, G = groups, E = experts.
from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.lora import dropping, trained_dropouts
from tomoe_worker.model.io.state import TrainingState
from tomoe_worker.model.lift.sites import block_of
from tomoe_worker.model.memory import memory_guard
from tomoe_worker.spec import Batch, ExpertLoad, RoutingPlan, StageSpec, StepResult, TaskCosine
from tomoe_worker.train.agreement import task_cosines
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.forward import Forward, Part, StageForward, drawing, seeds_of
from tomoe_worker.train.freeze import freeze
from tomoe_worker.train.load import StepLoad, no_tokens, tokens_of
from tomoe_worker.train.losses import routing_losses, weighs_load
from tomoe_worker.train.optimizer import StageOptimizer
from tomoe_worker.train.watch import first_not_finite, ids_of


@dataclass(frozen=True, kw_only=True)
class _Passed:
    """What a rank's parts of a step came to; the load is that of all ranks."""

    totals: Mapping[str, Tensor]
    terms: Mapping[str, Tensor]  # of routing, each with its weight
    loss: Tensor
    load: ExpertLoad


class StageTrainer:
    """Trains the declared components of a model for the steps of one stage.

    A stage with per-task routing clones the shared expert group if the model still has one.
    """

    def __init__(
        self, model: TomoeModel, stage: StageSpec, ranks: Ranks, resumed: TrainingState | None = None
    ) -> None:
        """Freeze what is not declared and make the optimizer.

        Args:
            resumed: optimizer, schedule and random state of a checkpoint of this very stage.

        Raises:
            TomoeError: ``INTERNAL`` if a tensor of the base changed though no stage trained it,
            ``CONFIG_INVALID`` if the stage does not fit the model, ``CHECKPOINT_INCOMPATIBLE`` if the
            resumed state is of another stage.
        """
        if stage.routing == "per-task" and model.lifted and not model.per_task:
            model.clone_groups(model.spec.moe.tasks)
        self.model = model
        self.stage = stage
        self.ranks = ranks
        self.trained = freeze(model, stage)
        self.optimizer = StageOptimizer(self.trained, stage)
        self._dropouts = trained_dropouts(model)
        self._forward = StageForward(model, stage)
        self.next_step = 0
        if resumed is None:
            torch.manual_seed(stage.seed + ranks.rank)
        else:
            self._resume(resumed)

    @property
    def trainable_parameters(self) -> int:
        """How many numbers this stage trains."""
        return sum(parameter.numel() for parameter in self.optimizer.parameters)

    def apply_plan(self, plan: RoutingPlan) -> None:
        """Check a plan as it arrives, before the step it governs.

        Raises:
            TomoeError: ``ROUTER_SHAPE`` if it was made for another shape of model.
        """
        self.model.check_plan(plan)

    def step(self, batch: Batch, plan_in_force: RoutingPlan) -> StepResult:
        """One optimizer step on the global batch of which ``batch`` is this rank's share.

        Raises:
            TomoeError: ``WORKER_STATE`` if the step is not the next one, ``ROUTER_SHAPE`` for the plan,
                ``WIRE_INVALID`` or ``TENSOR_INVALID`` for the batch, ``OUT_OF_MEMORY``, and
                ``TRAIN_DIVERGED`` before anything has moved.
        """
        started = time.perf_counter()
        self._check(batch, plan_in_force)
        parts = self._forward.parts(batch, self.stage.micro_batch)
        # A rank whose volumes nobody asks about has no part: it adds nothing, and goes on with the others.
        first = parts[0].batch if parts else batch
        with memory_guard(self.model, first.volumes, len(first.items), training=True):
            cosines = self._cosines(batch, plan_in_force)
            self.optimizer.clear()
            weights = self._global_weights(parts, batch)
            with dropping(self._dropouts):
                passed = self._pass(parts, weights, plan_in_force)
            means, total, terms = self._means(passed, weights)
            self._require_finite(total, means, parts, batch, plan_in_force)
            self.ranks.total_gradients(self.optimizer.parameters)
            norm, scale = self.optimizer.update(self.next_step, total, batch)
        self.model.weights_version += 1
        self.next_step += 1
        return StepResult(
            step=batch.step,
            loss=total,
            gradient_norm=norm,
            learning_rate_scale=scale,
            objective_losses=means,
            expert_load=passed.load,
            seconds=time.perf_counter() - started,
            terms=terms,
            cosines=cosines,
        )

    def _cosines(self, batch: Batch, plan: RoutingPlan) -> tuple[TaskCosine, ...]:
        every = self.stage.task_cosine_every
        if every == 0 or self.next_step % every != 0 or not self.sees_items:
            return ()
        with dropping(self._dropouts):
            return task_cosines(
                self._forward,
                batch,
                plan,
                ranks=self.ranks,
                parameters=self.optimizer.names,
                micro_batch=self.stage.micro_batch,
            )

    @property
    def sees_items(self) -> bool:
        """Whether the items of a batch are looked at."""
        return self._forward.sees_items

    def varied(self, stage: StageSpec, first_step: int) -> StageTrainer:
        """This trainer on the same model with other numbers in its stage, about to do another step, with an
        optimizer that knows nothing yet.

        Args:
            stage: of the same components and objectives.
        """
        other = copy.copy(self)
        rates = {rate.component: rate.learning_rate for rate in stage.trains}
        other.trained = tuple(replace(one, learning_rate=rates[one.component]) for one in self.trained)
        other.stage, other.next_step = stage, first_step
        other.optimizer = StageOptimizer(other.trained, stage)
        other._forward = self._forward.weighed(stage)
        return other

    def rehearse(self, batch: Batch, plan: RoutingPlan) -> int:
        """What a step does with its first part, without a step, on a model that may be on the meta device.

        Returns:
            How many inputs the last vision block attended over: rows of a volume are apart behind the first
            experts alone.
        """
        part, *more = self._forward.parts(batch, self.stage.micro_batch)
        with dropping(self._dropouts):
            with self.model.computing():
                if more and weighs_load(plan):
                    self._forward.routings(part, plan)
                forward = self._forward.run(part, plan)
            self._loss(forward, dict.fromkeys(forward.sums, 1.0)).backward()  # type: ignore[no-untyped-call]
        first = block_of(self.model.sites[0]) if self.model.sites else self.model.tower.blocks_read
        apart = first < self.model.tower.blocks_read - 1
        return len(forward.features.features_RDPC) if apart else len(part.batch.volumes)

    def training_state(self) -> TrainingState:
        """Everything besides the weights that the next step depends on."""
        return TrainingState(
            stage=self.stage,
            next_step=self.next_step,
            optimizer=self.optimizer.state(),
            random=self.random_states(),
            rank=self.ranks.rank,
            world_size=self.ranks.world_size,
        )

    def random_states(self) -> dict[str, Tensor]:
        """This rank's random states by generator: the one thing that differs from rank to rank."""
        random = {"torch_cpu": torch.get_rng_state()}
        if self.model.device.type == "cuda":
            random["torch_cuda"] = torch.cuda.get_rng_state(self.model.device)
        return random

    def _resume(self, resumed: TrainingState) -> None:
        if resumed.stage != self.stage:
            raise TomoeError(
                "CHECKPOINT_INCOMPATIBLE",
                f"the checkpoint is of stage {resumed.stage.name!r}, or the stage was changed since",
                hint="Resume with the stage that the checkpoint was saved in.",
            )
        self.optimizer.restore(resumed.optimizer)
        self.next_step = resumed.next_step
        if resumed.world_size != self.ranks.world_size:
            # There is no state for every rank: drawn anew, so not bit-exact, which the conductor says.
            torch.manual_seed(self.stage.seed + self.ranks.rank)
            return
        torch.set_rng_state(resumed.random["torch_cpu"])
        if "torch_cuda" in resumed.random and self.model.device.type == "cuda":
            torch.cuda.set_rng_state(resumed.random["torch_cuda"], self.model.device)

    def _check(self, batch: Batch, plan: RoutingPlan) -> None:
        if batch.step != self.next_step or self.next_step >= self.stage.steps:
            raise TomoeError(
                "WORKER_STATE",
                f"batch of step {batch.step} came, stage {self.stage.name!r} is at step {self.next_step} "
                f"of {self.stage.steps}",
                hint="Send the batches of a stage in order.",
            )
        if not batch.volumes:
            raise TomoeError(
                "WIRE_INVALID", f"batch of step {batch.step} has no volumes", hint="Send volumes."
            )
        if self.sees_items and not batch.items and self.ranks.world_size == 1:
            raise TomoeError(
                "WIRE_INVALID",
                f"batch of step {batch.step} has no items, objective language needs some",
                hint="Send prompts and targets with the volumes.",
            )
        self.model.check_plan(plan)

    def _pass(self, parts: Sequence[Part], weights: Mapping[str, float], plan: RoutingPlan) -> _Passed:
        """Forward and backward of every part; each is divided by what the whole step counts."""
        seeds = seeds_of(len(parts))
        load_LGE = self._load_ahead(parts, seeds, plan) if len(parts) > 1 and weighs_load(plan) else None
        totals = {name: torch.zeros((), device=self.model.device) for name in weights}
        whole = torch.zeros((), device=self.model.device)
        held = StepLoad(self.model, plan)
        terms = routing_losses((), held.tokens_LGE, plan).terms(plan)
        for part, seed in zip(parts, seeds, strict=True):
            with drawing(self.model.device, seed):
                with self.model.computing():
                    forward = self._forward.run(part, plan)
                routings = forward.features.routings
                held.add(routings, forward.body_loads)
                if len(parts) == 1:
                    load_LGE = self.ranks.total(held.tokens_LGE)
                loss = self._loss(forward, weights)
                if load_LGE is not None:
                    of_routing = routing_losses(routings, load_LGE, plan)
                    loss = loss + of_routing.total
                    for name, term in of_routing.terms(plan).items():
                        terms[name] = terms[name] + term
                if loss.requires_grad:
                    loss.backward()  # type: ignore[no-untyped-call]
            whole = whole + loss.detach()
            totals = {name: total + forward.sums[name].total.detach() for name, total in totals.items()}
        if load_LGE is None:
            load_LGE = self.ranks.total(held.tokens_LGE)
        load = held.told(self.next_step, load_LGE, self.ranks)
        return _Passed(totals=totals, terms=terms, loss=whole, load=load)

    def _load_ahead(self, parts: Sequence[Part], seeds: Sequence[int | None], plan: RoutingPlan) -> Tensor:
        """Tokens an expert of the whole step, over all ranks, before its first backward: the balance loss of
        a part is of them. Each part draws what it will draw again when it trains.
        """
        tokens_LGE = no_tokens(self.model, plan)
        for part, seed in zip(parts, seeds, strict=True):
            with drawing(self.model.device, seed), self.model.computing():
                routings = self._forward.routings(part, plan)
                tokens_LGE += tokens_of(self.model, routings, [one.load_E for one in routings], plan)
        return self.ranks.total(tokens_LGE)

    def _global_weights(self, parts: Sequence[Part], batch: Batch) -> dict[str, float]:
        nothing = Part(batch=replace(batch, volumes=(), items=()), asked=())
        counts = [self._forward.counted(part) for part in parts or (nothing,)]
        names = sorted(counts[0])
        mine = [sum(one[name] for one in counts) for name in names]
        summed = self.ranks.total(
            torch.tensor([*mine, float(len(batch.volumes))], dtype=torch.float64)
        ).tolist()
        if summed[-1] != batch.global_volume_count:
            raise TomoeError(
                "WIRE_INVALID",
                f"the ranks hold {summed[-1]:.0f} volumes, the batch says {batch.global_volume_count}",
                hint="Send each rank its share of one global batch.",
            )
        for name, weight in zip(names, summed[:-1], strict=True):
            if weight <= 0:
                raise TomoeError(
                    "WIRE_INVALID",
                    f"nothing in the batch of step {batch.step} counts for objective {name}",
                    hint=f"Send labels for {name}, or train without it.",
                )
        return dict(zip(names, summed[:-1], strict=True))

    def _loss(self, forward: Forward, weights: Mapping[str, float]) -> Tensor:
        loss = torch.zeros((), device=self.model.device)
        for name, part in forward.sums.items():
            loss = loss + part.total * (self._forward.weights[name] / weights[name])
        return loss

    def _means(
        self, passed: _Passed, weights: Mapping[str, float]
    ) -> tuple[dict[str, float], float, dict[str, float]]:
        """Over all ranks: each objective's mean, the loss, and the terms that it is the sum of."""
        names, routing = sorted(passed.totals), sorted(passed.terms)
        mine = [*(passed.totals[name] for name in names), *(passed.terms[name] for name in routing)]
        *sums, total = self.ranks.total(torch.stack([*mine, passed.loss]).double().cpu()).tolist()
        means = {name: value / weights[name] for name, value in zip(names, sums, strict=False)}
        weighed = {name: mean * self._forward.weights[name] for name, mean in means.items()}
        return means, total, weighed | dict(zip(routing, sums[len(names) :], strict=True))

    def _require_finite(
        self, total: float, means: dict[str, float], parts: Sequence[Part], batch: Batch, plan: RoutingPlan
    ) -> None:
        if math.isfinite(total):
            return
        bad, batch = self._first_bad(parts, plan) or ("a sum over this rank's items or another rank", batch)
        raise TomoeError(
            "TRAIN_DIVERGED",
            f"the loss is {total} at step {self.next_step} of stage {self.stage.name!r} ({means}), "
            f"first in {bad}",
            hint="Lower the learning rate, and resume from the last checkpoint.",
            details={
                "step": self.next_step,
                "objectives": {name: str(value) for name, value in means.items()},
                "tensor": bad,
                **ids_of(batch),
            },
        )

    def _first_bad(self, parts: Sequence[Part], plan: RoutingPlan) -> tuple[str, Batch] | None:
        """The first tensor that is not finite on this rank, and the volumes on whose way it lies."""
        for part in parts:
            with self.model.computing():
                bad = first_not_finite(self.model, partial(self._forward.run, part, plan))
            if bad is not None:
                return bad, part.batch
        return None
