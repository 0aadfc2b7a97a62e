"""One stage on one rank: a batch and the plan in force in, a StepResult out."""

# Shapes: V = volumes, R = rows, L = MoE layers, G = groups, E = experts.
from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.lora import dropping, trained_dropouts
from tomoe_worker.model.io.state import TrainingState
from tomoe_worker.model.lift.features import CACHE_BYTES, FeatureCache, RowFeatures
from tomoe_worker.model.lift.sites import block_of
from tomoe_worker.model.memory import memory_guard
from tomoe_worker.model.sequences import (
    Asked,
    VisionRows,
    answer_positions,
    check_length,
    embed,
    tokenise,
    vision_rows,
)
from tomoe_worker.spec import Batch, ExpertLoad, RoutingPlan, StageSpec, StepResult
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.freeze import facts_of, freeze
from tomoe_worker.train.losses import LossSum, fact_sum, language_sum, patch_sum, routing_losses, word_sum
from tomoe_worker.train.optimizer import StageOptimizer


@dataclass(frozen=True, kw_only=True)
class _Forward:
    sums: dict[str, LossSum]
    features: RowFeatures


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
            ``CONFIG_INVALID`` if the stage does not fit the model, ``CHECKPOINT_INCOMPATIBLE`` if
            the
                resumed state is of another stage.
        """
        if stage.routing == "per-task" and model.lifted and not model.per_task:
            model.clone_groups(model.spec.moe.tasks)
        self.model = model
        self.stage = stage
        self.ranks = ranks
        self._weights = {one.objective: one.weight for one in stage.objectives}
        self._optimizer = StageOptimizer(freeze(model, stage), stage)
        self._dropouts = trained_dropouts(model)
        self._frozen = model.walk.frozen_steps()
        self._cache = FeatureCache(CACHE_BYTES)
        self.next_step = 0
        if resumed is None:
            torch.manual_seed(stage.seed + ranks.rank)
        else:
            self._resume(resumed)

    @property
    def trainable_parameters(self) -> int:
        """How many numbers this stage trains."""
        return sum(parameter.numel() for parameter in self._optimizer.parameters)

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
        with memory_guard(self.model, batch.volumes, len(batch.items), training=True):
            self._optimizer.clear()
            with dropping(self._dropouts):
                with self.model.computing():
                    forward = self._forward(batch, plan_in_force)
                load_LGE = self._load(forward, plan_in_force)
                weights = self._global_weights(forward, batch)
                loss = self._loss(forward, weights)
                loss = loss + routing_losses(forward.features.routings, load_LGE, plan_in_force)
                loss.backward()  # type: ignore[no-untyped-call]
            means, total = self._means(forward, weights, loss)
            self._require_finite(total, means)
            self.ranks.total_gradients(self._optimizer.parameters)
            norm, scale = self._optimizer.update(self.next_step, total)
        self.model.weights_version += 1
        self.next_step += 1
        return StepResult(
            step=batch.step,
            loss=total,
            gradient_norm=norm,
            learning_rate_scale=scale,
            objective_losses=means,
            expert_load=ExpertLoad(step=batch.step, tokens_LGE=load_LGE.cpu()),
            seconds=time.perf_counter() - started,
        )

    @property
    def sees_items(self) -> bool:
        """Whether the items of a batch are looked at."""
        return "language" in self._weights

    def rehearse(self, batch: Batch, plan: RoutingPlan) -> int:
        """Forward and backward of a batch without a step, on a model that may be on the meta device.

        Returns:
            How many inputs the last vision block attended over: rows of a volume are apart behind the first
            experts alone.
        """
        with dropping(self._dropouts):
            with self.model.computing():
                forward = self._forward(batch, plan)
            self._loss(forward, dict.fromkeys(forward.sums, 1.0)).backward()  # type: ignore[no-untyped-call]
        first = block_of(self.model.sites[0]) if self.model.sites else self.model.tower.blocks_read
        apart = first < self.model.tower.blocks_read - 1
        return len(forward.features.features_RDPC) if apart else len(batch.volumes)

    def training_state(self) -> TrainingState:
        """Everything besides the weights that the next step depends on."""
        return TrainingState(
            stage=self.stage,
            next_step=self.next_step,
            optimizer=self._optimizer.state(),
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
        self._optimizer.restore(resumed.optimizer)
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
        if "language" in self._weights and not batch.items:
            raise TomoeError(
                "WIRE_INVALID",
                f"batch of step {batch.step} has no items, objective language needs some",
                hint="Send prompts and targets with the volumes.",
            )
        self.model.check_plan(plan)

    def _asked(self, batch: Batch) -> list[Asked]:
        """Items of the batch in its order; the vision tower sees items only where language is an
        objective.
        """
        if "language" not in self._weights:
            return []
        asked = []
        for item in batch.items:
            if not 0 <= item.volume_index < len(batch.volumes):
                raise TomoeError(
                    "WIRE_INVALID",
                    f"item {item.item_id} asks about volume {item.volume_index} of {len(batch.volumes)}",
                    hint="Send the volume with its items.",
                )
            if not (math.isfinite(item.loss_weight) and item.loss_weight > 0):
                raise TomoeError(
                    "WIRE_INVALID",
                    f"item {item.item_id} has loss weight {item.loss_weight}, it must be above 0",
                    hint="Leave out items that should not count.",
                )
            asked.append(
                Asked(
                    volume=item.volume_index,
                    task=item.task,
                    prompt=tokenise(self.model, item.item_id, item.prompt, "prompt"),
                    answer=tokenise(self.model, item.item_id, item.target, "target"),
                )
            )
        return asked

    def _forward(self, batch: Batch, plan: RoutingPlan) -> _Forward:
        asked = self._asked(batch)
        auxiliary = self._weights.keys() - {"language"}
        # Patches and facts are of volumes: one that no item asks about gets a bare row, without a prompt.
        seen = {item.volume for item in asked}
        bare = [volume for volume in range(len(batch.volumes)) if volume not in seen] if auxiliary else []
        rows = vision_rows(self.model, asked, bare)
        # The weights of the frozen half steps stay as they are while the stage lasts, and so do their
        # outputs: the key need not count the steps.
        self._cache.begin(self._frozen)
        shared_VDNC = self.model.walk.shared(batch.volumes, self._frozen, self._cache)
        features = self.model.walk.rows(shared_VDNC, rows.rows, plan)
        sums: dict[str, LossSum] = {}
        volumes = [row.volume for row in rows.rows]
        if not self._weights.keys().isdisjoint(("language", "words")):
            image_RJL = self.model.base.projector.tokens(features.features_RDPC)
        if "language" in self._weights:
            sums["language"] = self._language(batch, asked, rows, image_RJL)
        if "words" in self._weights and self.model.word_head is not None:
            logits_RW = self.model.word_head(image_RJL, self.model.base.decoder.table_VL)
            sums["words"] = word_sum(logits_RW, volumes, batch.volumes)
        if "patches" in self._weights and self.model.patch_head is not None:
            logits = self.model.patch_head(features.features_RDPC)
            sums["patches"] = patch_sum(logits, volumes, batch.volumes)
        covered = {name: facts_of(name, self.model.spec.facts) for name in self._weights}
        if any(covered.values()) and self.model.fact_heads is not None:
            logits_of = self.model.fact_heads(features.features_RDPC)
            for name, facts in covered.items():
                if facts:
                    sums[name] = fact_sum(logits_of, facts, volumes, batch.volumes)
        return _Forward(sums=sums, features=features)

    def _language(self, batch: Batch, asked: Sequence[Asked], rows: VisionRows, image_RJL: Tensor) -> LossSum:
        """Loss sum over all items, task by task: sequences of one task are of similar length."""
        total, weight = torch.zeros((), device=image_RJL.device), 0.0
        for task in dict.fromkeys(item.task for item in asked):
            index = [place for place, item in enumerate(asked) if item.task == task]
            chosen = [asked[place] for place in index]
            for place, item in zip(index, chosen, strict=True):
                check_length(self.model, batch.items[place].item_id, item, image_RJL.shape[1], reserve=0)
            of = torch.tensor([rows.row_of[place] for place in index], device=image_RJL.device)
            prompted = embed(self.model, chosen, image_RJL.index_select(0, of), with_answer=True)
            read_SQ, targets_SQ = answer_positions(self.model, chosen, image_RJL.shape[1])
            hidden_SQL = self.model.base.decoder.read_positions(prompted.x_STL, read_SQ)
            weights = [batch.items[place].loss_weight for place in index]
            part = language_sum(hidden_SQL, self.model.base.decoder.logits, targets_SQ, weights)
            total, weight = total + part.total, weight + part.weight
        return LossSum(total=total, weight=weight)

    def _load(self, forward: _Forward, plan: RoutingPlan) -> Tensor:
        shape = (len(plan.layers), len(plan.groups), self.model.spec.moe.token_experts)
        load_LGE = torch.zeros(shape, dtype=torch.int64, device=self.model.device)
        places = {layer.site: index for index, layer in enumerate(plan.layers)}
        for routing in forward.features.routings:
            load_LGE[places[routing.site], routing.group] += routing.load_E
        return self.ranks.total(load_LGE)

    def _global_weights(self, forward: _Forward, batch: Batch) -> dict[str, float]:
        names = sorted(forward.sums)
        mine = [forward.sums[name].weight for name in names]
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

    def _loss(self, forward: _Forward, weights: dict[str, float]) -> Tensor:
        loss = torch.zeros((), device=self.model.device)
        for name, part in forward.sums.items():
            loss = loss + part.total * (self._weights[name] / weights[name])
        return loss

    def _means(
        self, forward: _Forward, weights: dict[str, float], loss: Tensor
    ) -> tuple[dict[str, float], float]:
        names = sorted(forward.sums)
        mine = (
            torch.stack([*(forward.sums[name].total.detach() for name in names), loss.detach()])
            .double()
            .cpu()
        )
        summed = self.ranks.total(mine).tolist()
        return {name: value / weights[name] for name, value in zip(names, summed[:-1], strict=True)}, summed[
            -1
        ]

    def _require_finite(self, total: float, means: dict[str, float]) -> None:
        if math.isfinite(total):
            return
        raise TomoeError(
            "TRAIN_DIVERGED",
            f"the loss is {total} at step {self.next_step} of stage {self.stage.name!r} ({means})",
            hint="Lower the learning rate, and resume from the last checkpoint.",
            details={
                "step": self.next_step,
                "objectives": {name: str(value) for name, value in means.items()},
            },
        )
