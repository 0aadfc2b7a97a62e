"""What a stage depends on besides the weights, as plain data that a checkpoint can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from tomoe_worker.spec import StageSpec


@dataclass(frozen=True, kw_only=True)
class TrainingState:
    """Stage, position in its schedule, optimizer tensors by ``<parameter>|<kind>`` and random states by
    generator.
    """

    stage: StageSpec
    next_step: int
    optimizer: Mapping[str, Tensor]
    random: Mapping[str, Tensor]
