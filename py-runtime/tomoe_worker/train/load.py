"""Image tokens of each expert in a step, and of them those that show a body and not the air around it.

Tokens of air are alike and move as one: their load says little of what experts have learnt.
Source: patches of air are 16 to 20 % of a crop of an abdomen, more of an uncropped scan.
"""

# Shapes: V = volumes, D = slices, P = patches, T = tokens, R = rows, K = experts chosen, L = MoE layers, G =
# groups, E = experts.
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import VisionRow
from tomoe_worker.model.lift.moe import GroupRouting
from tomoe_worker.spec import BatchVolume, ExpertLoad, RoutingPlan
from tomoe_worker.train.distributed import Ranks

# Below this is air: lung at full inspiration lies above it, in patches that hold vessels or walls.
AIR_HU: Final = -800


def no_tokens(model: TomoeModel, plan: RoutingPlan) -> Tensor:
    """Zeros, LGE int64, on the model's device."""
    shape = (len(plan.layers), len(plan.groups), model.spec.moe.token_experts)
    return torch.zeros(shape, dtype=torch.int64, device=model.device)


def tokens_of(
    model: TomoeModel, routings: Sequence[GroupRouting], loads_E: Sequence[Tensor], plan: RoutingPlan
) -> Tensor:
    """Loads of the routings of a pass, each at its layer and group, LGE int64."""
    tokens_LGE = no_tokens(model, plan)
    places = {layer.site: index for index, layer in enumerate(plan.layers)}
    for routing, load_E in zip(routings, loads_E, strict=True):
        tokens_LGE[places[routing.site], routing.group] += load_E
    return tokens_LGE


class StepLoad:
    """What the gates of this rank did in a step, part by part."""

    def __init__(self, model: TomoeModel, plan: RoutingPlan) -> None:
        self._model, self._plan = model, plan
        self.tokens_LGE = no_tokens(model, plan)
        self._body_LGE = no_tokens(model, plan)
        # Sums over tokens of their gates' entropy, and how many tokens these are.
        shape = (2, *self.tokens_LGE.shape[:2])
        self._gates_LG = torch.zeros(shape, dtype=torch.float64, device=self.tokens_LGE.device)

    def add(self, routings: Sequence[GroupRouting], body_loads: Sequence[Tensor]) -> None:
        """Count a part.

        Args:
            body_loads: of each routing, tokens that show a body, by expert.
        """
        places = {layer.site: index for index, layer in enumerate(self._plan.layers)}
        self.tokens_LGE += tokens_of(self._model, routings, [one.load_E for one in routings], self._plan)
        self._body_LGE += tokens_of(self._model, routings, body_loads, self._plan)
        for one in routings:
            place = places[one.site], one.group
            self._gates_LG[0][place] += one.entropy
            self._gates_LG[1][place] += one.ids_RTK.shape[0] * one.ids_RTK.shape[1]

    def told(self, step: int, load_LGE: Tensor, ranks: Ranks) -> ExpertLoad:
        """The load of the step over all ranks, on the CPU.

        Args:
            load_LGE: tokens of all ranks.
        """
        entropy_LG, gated_LG = ranks.total(self._gates_LG)
        return ExpertLoad(
            step=step,
            tokens_LGE=load_LGE.cpu(),
            body_LGE=ranks.total(self._body_LGE).cpu(),
            gate_entropy_LG=(entropy_LG / gated_LG.clamp(min=1)).cpu(),
        )


def body_of(volumes: Sequence[BatchVolume], side: int) -> Tensor:
    """Which patches hold a voxel that is no air, V, D, P bool.

    Args:
        volumes: of one shape.
        side: patches along an edge of a slice.
    """
    hu_VDHW = torch.stack([volume.voxels_DHW for volume in volumes]).float()
    highest = F.adaptive_max_pool2d(hu_VDHW.flatten(0, 1).unsqueeze(1), side)
    return (highest >= AIR_HU).view(*hu_VDHW.shape[:2], side * side)


def body_loads(
    model: TomoeModel,
    routings: Sequence[GroupRouting],
    rows: Sequence[VisionRow],
    volumes: Sequence[BatchVolume],
) -> tuple[Tensor, ...]:
    """Tokens of patches that hold a body which chose each expert, E int64, routing by routing.

    Args:
        rows: of the pass, sorted by group.
    """
    if not routings:
        return ()
    tower = model.base.tower
    body_VDP = body_of(volumes, tower.image_size // tower.patch_size).to(model.device)
    # What stands before the patches of a slice shows no place of it.
    body_VT = F.pad(body_VDP, (tower.extra_tokens, 0)).flatten(1)
    held: dict[int, Tensor] = {}
    for group in {routing.group for routing in routings}:
        # Where nothing is routed by task, all rows are of the first group.
        own = [row.volume for row in rows if row.group == group]
        held[group] = body_VT[torch.tensor(own, device=model.device)]
    return tuple(_counted(routing, held[routing.group], model.spec.moe.token_experts) for routing in routings)


def _counted(routing: GroupRouting, body_RT: Tensor, experts: int) -> Tensor:
    weights = body_RT.unsqueeze(-1).expand_as(routing.ids_RTK).to(torch.int64)
    none_E = torch.zeros(experts, dtype=torch.int64, device=weights.device)
    return none_E.scatter_add(0, routing.ids_RTK.flatten(), weights.flatten())
