"""Patch features of rows: which volumes are walked once, which rows share them, and what of it can be
cached.
"""

# Shapes: V = volumes, D = slices, N = tokens per slice, P = patches, C = hidden, R = rows, T = D * N.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import Block
from tomoe_worker.model.lift.change import UNCHANGED, changed
from tomoe_worker.model.lift.moe import GroupRouting, MoeMlp, PromptGuide
from tomoe_worker.model.lift.sites import block_of
from tomoe_worker.model.lift.walk import TowerWalk, mlp_step
from tomoe_worker.model.preprocess import hu_to_pixels
from tomoe_worker.spec import BatchVolume, LayerPlan, ModelSpec, RoutingPlan

CACHE_BYTES: Final = 1 << 30


@dataclass(frozen=True, kw_only=True)
class VisionRow:
    """One distinct way to look at a volume: equal rows are computed once and shared by the items that ask for
    them.

    ``prompt`` is None where no text reaches the vision tower.
    """

    volume: int
    group: int
    prompt: tuple[int, ...] | None


@dataclass(frozen=True, kw_only=True)
class RowFeatures:
    """Patch features of every row, R, D, P, C, and what the gates did on the way."""

    features_RDPC: Tensor
    routings: tuple[GroupRouting, ...]


class FeatureCache:
    """Outputs of a frozen, text-free prefix of the tower, one per volume id, up to a bound in bytes.

    A full cache stays as it is: on a fixed set walked in epochs, keeping some volumes beats replacing all of
    them.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._key: object = None
        self._entries: dict[str, Tensor] = {}
        self.asked = self.found = 0

    def begin(self, key: object) -> None:
        """Drop everything unless ``key`` (what the entries depend on besides the volume) is that of the last
        call.
        """
        if key != self._key:
            self._key, self._held = key, 0
            self._entries.clear()

    def get(self, volume_id: str) -> Tensor | None:
        """The cached tensor of one volume, or None."""
        entry = self._entries.get(volume_id)
        self.asked += 1
        self.found += entry is not None
        return entry

    def put(self, volume_id: str, value: Tensor) -> None:
        """Keep a tensor if it fits."""
        size = value.numel() * value.element_size()
        if volume_id not in self._entries and self._held + size <= self._limit:
            self._entries[volume_id] = value
            self._held += size


class RecentFeatures(FeatureCache):
    """The same for volumes that come as they are asked for: where there is no room, those go first that were
    asked for longest ago.
    """

    def get(self, volume_id: str) -> Tensor | None:
        """As ``FeatureCache``; what is found was asked for last."""
        entry = super().get(volume_id)
        if entry is not None:
            self._entries[volume_id] = self._entries.pop(volume_id)
        return entry

    def put(self, volume_id: str, value: Tensor) -> None:
        """Keep a tensor that fits by itself, in place of older ones."""
        size = value.numel() * value.element_size()
        if volume_id in self._entries or size > self._limit:
            return
        while self._held + size > self._limit:
            oldest = self._entries.pop(next(iter(self._entries)))
            self._held -= oldest.numel() * oldest.element_size()
        super().put(volume_id, value)


class FeatureWalk:
    """Walks volumes and rows through the tower; holds references, no parameters of its own."""

    def __init__(self, spec: ModelSpec, tower: TowerWalk, guide: PromptGuide | None, lifted: bool) -> None:
        self._spec = spec
        self._tower = tower
        self._guide = guide
        self._lifted = lifted
        self._moe_blocks = tuple(map(block_of, spec.moe.sites)) if lifted else ()
        # Up to the first experts nothing depends on text or plan: all rows of a volume share what lies
        # before, the attention half of that block included.
        self.shared_steps = mlp_step(self._moe_blocks[0]) if self._moe_blocks else tower.half_steps

    def frozen_steps(self) -> int:
        """How many leading half steps are text-free and train no parameter."""
        for step in range(self.shared_steps):
            if any(parameter.requires_grad for parameter in self._tower.parameters_of(step)):
                return step
        return self.shared_steps

    def shared(self, volumes: Sequence[BatchVolume], frozen: int, cache: FeatureCache) -> Tensor:
        """Output of the text-free half steps for all volumes, V, D, N, C.

        Args:
            volumes: all of one depth: 1, or the depth the model is lifted to.
            frozen: leading half steps that take no gradient; their output is computed one volume at a time,
                so that it does not depend on the company a volume was first met in, and kept in ``cache``.
            cache: begun by the caller with a key that changes when the frozen weights do.
        """
        self._check(volumes)
        if frozen == 0:
            x_VDNC = self._embed(volumes)
            return self._tower.walk(x_VDNC, 1, self.shared_steps, self._lifted)
        parts = []
        for volume in volumes:
            # One that is changed comes so once: it takes no place from one that comes again.
            kept = volume.change == UNCHANGED
            x = cache.get(volume.volume_id) if kept else None
            if x is None:
                with torch.no_grad():
                    x = self._tower.walk(self._embed([volume]), 1, frozen, self._lifted)
                if kept:
                    cache.put(volume.volume_id, x)
            parts.append(x)
        return self._tower.walk(torch.cat(parts), frozen, self.shared_steps, self._lifted)

    def rows(self, x_VDNC: Tensor, rows: Sequence[VisionRow], plan: RoutingPlan) -> RowFeatures:
        """Features of every row from the shared output of its volume.

        Args:
            rows: sorted by group, then volume.
            plan: already checked against the model.
        """
        source = [row.volume for row in rows]
        if not self._moe_blocks:
            whole = source == list(range(x_VDNC.shape[0]))
            x = x_VDNC if whole else x_VDNC[torch.tensor(source, device=x_VDNC.device)]
            return RowFeatures(features_RDPC=self._tower.finish(x), routings=())
        text_RW = self._guide([row.prompt for row in rows]) if self._guide is not None else None
        groups = [row.group for row in rows]
        routings: list[GroupRouting] = []
        for layer_plan in plan.layers:
            block = block_of(layer_plan.site)
            if block != self._moe_blocks[0]:
                # The experts of the block before stood in for its MLP: the walk goes on behind that.
                previous = self._moe_blocks[self._moe_blocks.index(block) - 1]
                x_VDNC = self._tower.walk(x_VDNC, mlp_step(previous) + 1, mlp_step(block), self._lifted)
            of = self._tower.block(block)
            given = (source, groups, text_RW, layer_plan, plan.top_k)
            x_VDNC, routing = self._tower.run.plain(expert_step, x_VDNC, of, given)
            routings.extend(routing)
            source = list(range(len(rows)))
        last = mlp_step(self._moe_blocks[-1])
        x_VDNC = self._tower.walk(x_VDNC, last + 1, self._tower.half_steps, self._lifted)
        return RowFeatures(features_RDPC=self._tower.finish(x_VDNC), routings=tuple(routings))

    def _embed(self, volumes: Sequence[BatchVolume]) -> Tensor:
        device = next(iter(self._tower.parameters_of(0))).device
        # What nothing changes stays in its own type: the bits of its pixels are those of an evaluation.
        hu_SHW = torch.cat([changed(volume.voxels_DHW, volume.change, device) for volume in volumes])
        pixels = hu_to_pixels(hu_SHW, self._spec.preprocess, self._tower.image_size)
        x_SNC = self._tower.embed(pixels)
        return x_SNC.view(len(volumes), -1, *x_SNC.shape[1:])

    def _check(self, volumes: Sequence[BatchVolume]) -> None:
        """Refuse volumes of a depth or shape this model does not take."""
        allowed = {1, self._spec.lift.depth}
        shape = volumes[0].voxels_DHW.shape
        for volume in volumes:
            found = volume.voxels_DHW.shape
            if len(found) != 3 or found[0] not in allowed:
                raise TomoeError(
                    "TENSOR_INVALID",
                    f"volume {volume.volume_id} has shape {list(found)}, "
                    "the model takes D x H x W with D = 1 or "
                    f"{self._spec.lift.depth}",
                    hint="Preprocess the volume to the depth of the recipe.",
                )
            if found != shape:
                raise TomoeError(
                    "TENSOR_INVALID",
                    f"volume {volume.volume_id} has shape {list(found)}, others of its batch {list(shape)}",
                    hint="Send volumes of one shape in one batch.",
                )


def expert_step(
    x_VDNC: Tensor,
    of: Block,
    given: tuple[list[int], list[int], Tensor | None, LayerPlan, int],
) -> tuple[Tensor, list[GroupRouting]]:
    """The MLP half of a block whose MLP is experts, with its residual: R,D,N,C from V,D,N,C.

    Args:
        given: volume and group of each row, then as ``MoeMlp.forward``.
    """
    source, rows = given[0], len(given[0])
    assert isinstance(of.mlp, MoeMlp)
    y_RTC, routing = of.mlp(of.normed(x_VDNC).flatten(1, 2), *given)
    taken = x_VDNC if source == list(range(x_VDNC.shape[0])) else x_VDNC[torch.tensor(source)]
    return of.fed(taken, y_RTC.view(rows, *x_VDNC.shape[1:])), routing
