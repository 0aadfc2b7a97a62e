"""What a stage depends on besides the weights, as plain data that a checkpoint can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from tomoe_worker.spec import StageSpec


@dataclass(frozen=True, kw_only=True)
class TrainingState:
    """Stage, position in its schedule, optimizer tensors by ``<parameter>|<kind>``, and the random states of
    one rank by generator: empty where that many ranks were not there.
    """

    stage: StageSpec
    next_step: int
    optimizer: Mapping[str, Tensor]
    random: Mapping[str, Tensor]
    rank: int
    world_size: int


@dataclass(frozen=True, kw_only=True)
class SavedState:
    """What ``state.json`` says: the shape the model is in, where its stage stands, who saved it."""

    format: str
    lifted: bool
    per_task: bool
    stage: str  # "" without a training state
    next_step: int
    world_size: int
    tokenizer_digest: str
