"""The forward pass of one batch: sums of every objective, and what the gates did."""

# Shapes: V = volumes, R = rows, D = slices, N = tokens, C = hidden, J = image tokens, L = language hidden.
from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import CACHE_BYTES, FeatureCache, RowFeatures
from tomoe_worker.model.lift.moe import GroupRouting
from tomoe_worker.model.sequences import (
    Asked,
    VisionRows,
    alike,
    answer_positions,
    check_length,
    cut_to_fit,
    embed,
    embed_packs,
    packs_of,
    tail_of,
    tokenise,
    vision_rows,
)
from tomoe_worker.spec import Batch, FactSpec, RoutingPlan, StageSpec
from tomoe_worker.train.freeze import facts_of
from tomoe_worker.train.load import body_loads
from tomoe_worker.train.losses import (
    LossSum,
    fact_sum,
    fact_weight,
    language_sum,
    language_weight,
    patch_sum,
    patch_weight,
    word_sum,
    word_weight,
)


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Sums by objective, with their graph, and the features they were read from."""

    sums: dict[str, LossSum]
    features: RowFeatures
    body_loads: tuple[Tensor, ...]  # of each routing: tokens that show a body, by expert


@dataclass(frozen=True, kw_only=True)
class Part:
    """Volumes that pass together, and what is asked about them, tokenised."""

    batch: Batch
    asked: tuple[Asked, ...]  # in the order of the batch's items; empty where language is no objective


def micro_batches(batch: Batch, volumes: int) -> tuple[Batch, ...]:
    """A batch as parts of so many volumes, each with its items; itself where it is no larger, or they are 0.

    A volume is never apart from its items: what they share of the vision work stays shared, and what counts a
    volume once whatever looks at it still does.
    """
    if volumes == 0 or len(batch.volumes) <= volumes:
        return (batch,)
    parts = []
    for first in range(0, len(batch.volumes), volumes):
        items = tuple(
            dataclasses.replace(item, volume_index=item.volume_index - first)
            for item in batch.items
            if first <= item.volume_index < first + volumes
        )
        held = batch.volumes[first : first + volumes]
        parts.append(dataclasses.replace(batch, volumes=held, items=items))
    return tuple(parts)


@contextmanager
def drawing(device: torch.device, seed: int | None) -> Iterator[None]:
    """Random numbers from a seed, and afterwards from where they were drawn before; None: as they come."""
    if seed is None:
        yield
        return
    on = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(on):
        torch.manual_seed(seed)
        yield


def seeds_of(parts: int) -> list[int | None]:
    """A seed for each part, drawn from this rank's generator, from which a lone part draws itself."""
    return [None] if parts == 1 else torch.randint(2**62, (parts,)).tolist()


class StageForward:
    """Runs batches of one stage through a model; holds what the frozen part of the tower gave."""

    def __init__(self, model: TomoeModel, stage: StageSpec) -> None:
        self.model = model
        self.weights: Mapping[str, float] = {one.objective: one.weight for one in stage.objectives}
        self._cuts = stage.too_long == "cut-report"
        self._shares_prefix = stage.share_prefix
        self._frozen = model.walk.frozen_steps()
        self._cache = FeatureCache(CACHE_BYTES)

    def weighed(self, stage: StageSpec) -> StageForward:
        """The same with the weights of a stage's objectives; what frozen parts gave is held by both."""
        other = copy.copy(self)
        other.weights = {one.objective: one.weight for one in stage.objectives}
        return other

    def of_language(self) -> StageForward:
        """The same with the language objective alone."""
        other = copy.copy(self)
        other.weights = {"language": 1.0}
        return other

    @property
    def sees_items(self) -> bool:
        """Whether the items of a batch are looked at."""
        return "language" in self.weights

    @property
    def _is_auxiliary(self) -> bool:
        """Whether an objective asks about volumes, whatever is asked about them."""
        return bool(self.weights.keys() - {"language"})

    def parts(self, batch: Batch, volumes: int) -> tuple[Part, ...]:
        """What passes one after another, so many volumes at a time, without those that no objective looks at.

        Raises:
            TomoeError: ``WIRE_INVALID`` for an item without its volume, without text or of no weight.
        """
        if self.sees_items:
            _check_items(batch)
        return tuple(
            Part(batch=part, asked=self._asked(part))
            for part in micro_batches(batch, volumes)
            if part.items or self._is_auxiliary
        )

    def counted(self, part: Part) -> dict[str, float]:
        """What each objective's sum of a part adds to its divisor, known before anything is computed.

        Raises:
            TomoeError: ``WIRE_INVALID`` for a volume without a declared fact.
        """
        volumes = part.batch.volumes
        counts: dict[str, float] = {}
        if self.sees_items:
            lengths = [item.predicted for item in part.asked]
            counts["language"] = language_weight([item.loss_weight for item in part.batch.items], lengths)
        if "words" in self.weights and self.model.word_head is not None:
            counts["words"] = word_weight(volumes)
        if "patches" in self.weights and self.model.patch_head is not None:
            counts["patches"] = patch_weight(volumes)
        for name, facts in self._facts().items():
            counts[name] = fact_weight(facts, volumes)
        return counts

    def routings(self, part: Part, plan: RoutingPlan) -> tuple[GroupRouting, ...]:
        """What the gates do with a part, without a graph."""
        with torch.no_grad():
            return self._features(part, plan)[1].routings

    def run(self, part: Part, plan: RoutingPlan) -> Forward:
        """Sums of every objective of a part, with their graph.

        Raises:
            TomoeError: ``WIRE_INVALID``, ``WIRE_TOO_LARGE`` or ``TENSOR_INVALID`` for the batch.
        """
        rows, features = self._features(part, plan)
        batch = part.batch
        sums: dict[str, LossSum] = {}
        volumes = [row.volume for row in rows.rows]
        if not self.weights.keys().isdisjoint(("language", "words")):
            image_RJL = self.model.base.projector.tokens(features.features_RDPC)
        if self.sees_items:
            sums["language"] = self._language(part, rows, image_RJL)
        if "words" in self.weights and self.model.word_head is not None:
            logits_RW = self.model.word_head(image_RJL, self.model.base.decoder.table_VL)
            sums["words"] = word_sum(logits_RW, volumes, batch.volumes)
        if "patches" in self.weights and self.model.patch_head is not None:
            logits = self.model.patch_head(features.features_RDPC)
            sums["patches"] = patch_sum(logits, volumes, batch.volumes)
        covered = self._facts()
        if covered and self.model.fact_heads is not None:
            logits_of = self.model.fact_heads(features.features_RDPC)
            for name, facts in covered.items():
                sums[name] = fact_sum(logits_of, facts, volumes, batch.volumes)
        loads = body_loads(self.model, features.routings, rows.rows, batch.volumes)
        return Forward(sums=sums, features=features, body_loads=loads)

    def _facts(self) -> dict[str, tuple[FactSpec, ...]]:
        """The facts that each objective of facts covers."""
        if self.model.fact_heads is None:
            return {}
        covered = {name: facts_of(name, self.model.spec.facts) for name in self.weights}
        return {name: facts for name, facts in covered.items() if facts}

    def _asked(self, batch: Batch) -> tuple[Asked, ...]:
        """The vision tower sees items only where language is an objective."""
        asked = tuple(
            Asked(
                volume=item.volume_index,
                task=item.task,
                prompt=tokenise(self.model, item.item_id, item.prompt, "prompt"),
                answer=tokenise(self.model, item.item_id, item.target, "target"),
            )
            for item in (batch.items if self.sees_items else ())
        )
        if not self._cuts:
            return asked
        # Slices of a volume are its first axis, and what image tokens are counted by.
        count = self.model.base.projector.count
        return tuple(
            cut_to_fit(self.model, one, count(batch.volumes[one.volume].voxels_DHW.shape[0])) for one in asked
        )

    def _features(self, part: Part, plan: RoutingPlan) -> tuple[VisionRows, RowFeatures]:
        # Patches and facts are of volumes: one that no item asks about gets a bare row, without a prompt.
        seen = {item.volume for item in part.asked}
        volumes = part.batch.volumes
        bare = [place for place in range(len(volumes)) if place not in seen] if self._is_auxiliary else []
        rows = vision_rows(self.model, part.asked, bare)
        # The weights of the frozen half steps stay as they are while the stage lasts, and so do their
        # outputs: the key need not count the steps.
        self._cache.begin(self._frozen)
        shared_VDNC = self.model.walk.shared(volumes, self._frozen, self._cache)
        return rows, self.model.walk.rows(shared_VDNC, rows.rows, plan)

    def _language(self, part: Part, rows: VisionRows, image_RJL: Tensor) -> LossSum:
        """Loss sum over all items: those that share a prefix in packs, the others task by task, since
        sequences of one task are of similar length.
        """
        asked, items = part.asked, part.batch.items
        for one, item in zip(asked, items, strict=True):
            check_length(self.model, item.item_id, one, image_RJL.shape[1], reserve=0)
        together = self._packs(asked, rows, image_RJL.shape[1])
        packed = {place for packs in together for pack in packs for place in pack}
        total, weight = torch.zeros((), device=image_RJL.device), 0.0
        for packs in together:
            found = self._packed(part, packs, rows, image_RJL)
            total, weight = total + found.total, weight + found.weight
        alone = [place for place in range(len(asked)) if place not in packed]
        for task in dict.fromkeys(asked[place].task for place in alone):
            index = [place for place in alone if asked[place].task == task]
            chosen = [asked[place] for place in index]
            of = torch.tensor([rows.row_of[place] for place in index], device=image_RJL.device)
            prompted = embed(self.model, chosen, image_RJL.index_select(0, of), with_answer=True)
            read_SQ, targets_SQ = answer_positions(self.model, chosen, image_RJL.shape[1])
            hidden_SQL = self.model.base.decoder.read_positions(prompted.x_STL, read_SQ)
            weights = [items[place].loss_weight for place in index]
            found = language_sum(hidden_SQL, self.model.base.decoder.logits, targets_SQ, weights)
            total, weight = total + found.total, weight + found.weight
        return LossSum(total=total, weight=weight)

    def _packs(
        self, asked: Sequence[Asked], rows: VisionRows, image_tokens: int
    ) -> list[list[tuple[int, ...]]]:
        """Places of items that pass behind one prefix, in packs that pass together; one that would be alone
        is in none.
        """
        if not self._shares_prefix:
            return []
        lengths = [len(tail_of(self.model, item, with_answer=True)) for item in asked]
        packs = [pack for pack in packs_of(rows.row_of, lengths) if len(pack) > 1]
        whole = [image_tokens + sum(lengths[place] for place in pack) for pack in packs]
        return [[packs[one] for one in places] for places in alike(whole)]

    def _packed(
        self, part: Part, packs: Sequence[Sequence[int]], rows: VisionRows, image_RJL: Tensor
    ) -> LossSum:
        """The same over the items of some packs, each behind its prefix."""
        of = torch.tensor([rows.row_of[pack[0]] for pack in packs], device=image_RJL.device)
        held = [[part.asked[place] for place in pack] for pack in packs]
        packed = embed_packs(self.model, held, image_RJL.index_select(0, of))
        decoder = self.model.base.decoder
        hidden_UQL = decoder.read_apart(packed.x_UTL, packed.apart, packed.read_UQ)
        hidden_SQL = hidden_UQL.flatten(0, 1)[packed.at_SQ]
        weights = [part.batch.items[place].loss_weight for pack in packs for place in pack]
        return language_sum(hidden_SQL, decoder.logits, packed.targets_SQ, weights)


def _check_items(batch: Batch) -> None:
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
