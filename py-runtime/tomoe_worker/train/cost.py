"""What a stage costs, counted by one of its own steps on the meta device, where tensors have shapes and no
numbers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.fx.experimental._config as fx_config
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.graph import _engine_run_backward
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import TextCodec
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.components import is_of_base
from tomoe_worker.model.io.lowering import lowerable
from tomoe_worker.model.lift.change import UNCHANGED
from tomoe_worker.model.lift.moe import GUIDE_TABLE
from tomoe_worker.model.precision import LOW
from tomoe_worker.spec import Batch, BatchItem, BatchVolume, RoutingPlan, StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

PROMPT, ANSWER = "p" * 48, "a" * 16  # texts of the assumed length, a token a byte


class AssumedTexts:
    """The frame of a codec around texts of one token a byte, so that a cost is the same under every codec."""

    def __init__(self, codec: TextCodec) -> None:
        self.digest, self.size, self.frame = codec.digest, codec.size, codec.frame
        self.to_json, self.decode = codec.to_json, codec.decode

    def encode(self, text: str) -> tuple[int, ...]:
        """A number of 0..size - 1 for each byte."""
        return tuple(byte % self.size for byte in text.encode())

    def prompt(self, text: str) -> tuple[int, ...]:
        """As ``encode``; what a family puts in between is not counted."""
        return self.encode(text)


@dataclass(frozen=True, kw_only=True)
class Mix:
    """What one rank's step sees: volumes, and the tasks of the items that ask about each."""

    volumes: int
    tasks: tuple[str, ...]
    side: int  # rows and columns of a slice as it is sent


@dataclass(frozen=True, kw_only=True)
class StageCost:
    """A step of a stage: numbers it trains, bytes its activations, its weights and its checkpoint take,
    floating-point operations, and items a pass of the last vision block.
    """

    trainable: int
    activation_bytes: int
    weight_bytes: int
    checkpoint_bytes: int
    step_flops: int
    sharing: float


class Fused(TorchFunctionMode):
    """Attention that keeps no matrix of scores, as on any other device; the meta device's own keeps it."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is Tensor.backward:
            # What is computed again is computed in there; the plain call would leave this mode.
            with self:
                return _engine_run_backward(
                    (args[0],),
                    (torch.ones_like(args[0]),),
                    False,
                    False,
                    (),
                    allow_unreachable=True,
                    accumulate_grad=True,
                )
        if func is not F.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        q, k, v = args[:3]
        groups = q.shape[1] // k.shape[1]
        if groups > 1:
            k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        return torch.ops.aten._scaled_dot_product_flash_attention(q, k, v)[0]


def component_sizes(model: TomoeModel) -> dict[str, int]:
    """Parameters by component, and under "inactive" those that belong to none."""
    sizes = {name: sum(one.numel() for _, one in members) for name, members in model.components().items()}
    rest = sum(parameter.numel() for parameter in model.parameters()) - sum(sizes.values())
    return {**sizes, "inactive": rest} if rest else sizes


class Leaning:
    """Which tensors a checkpoint leaves in the published files, where the model's base has them: by name and
    not by content, which is not there to be compared.
    """

    def __init__(self, drawn: Collection[str] | None) -> None:
        """Args:
        drawn: state-dict keys of the 2D model that came from no file; None where the base has no files.
        """
        self._own = None if drawn is None else set(map(own_name, drawn))

    def train(self, model: TomoeModel, names: Collection[str]) -> None:
        """A stage trains these. What it trains of the 2D model before the lift, copies of it have as well."""
        if self._own is not None and not model.lifted:
            self._own.update(map(own_name, names))

    def left(self, model: TomoeModel) -> frozenset[str]:
        """Keys of the model's state that need not be written."""
        if self._own is None:
            return frozenset()
        kept = model.kept.digests.keys() if model.lifted else filter(is_of_base, model.state_dict())
        held = {name for name in kept if _origin(name) not in self._own}
        table = next(name for name, one in model.named_parameters() if one is model.base.decoder.table_VL)
        if own_name(table) not in self._own and GUIDE_TABLE in model.state_dict():
            held.add(GUIDE_TABLE)
        return frozenset(held)


def _origin(name: str) -> str:
    """The name that an expert's tensor had as that of the MLP it is a copy of."""
    return own_name(re.sub(r"\.groups\.[^.]+\.experts\.\d+\.", ".", name))


def stage_cost(
    model: TomoeModel, stage: StageSpec, mix: Mix, plan: RoutingPlan, leaning: Leaning
) -> StageCost:
    """Count one step of a stage.

    Args:
        model: on the meta device, lifted if the stage sees volumes; a per-task stage clones its groups.
        plan: the one the stage begins with.
        leaning: of the stages before it.
    """
    trainer = StageTrainer(model, stage, Ranks.alone())
    trains = {name for name, one in model.named_parameters() if one.requires_grad}
    leaning.train(model, trains)
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    low = (lowerable(model) & leaning.left(model)) - trains
    with (
        _held_low(model, low),
        fx_config.patch(meta_nonzero_assume_all_nonzero=True),  # type: ignore[attr-defined]
        FlopCounterMode(display=False) as counter,
        Fused(),
        torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
    ):
        passes = trainer.rehearse(batch_of(model, mix), plan)
        held = [*model.parameters(), *model.buffers()]
        own = {tensor.untyped_storage()._cdata for tensor in held}
        weight_bytes = sum(one.nbytes for one in held)
    trainable = trainer.trainable_parameters
    together = min(mix.volumes, stage.micro_batch or mix.volumes)
    items = together * len(mix.tasks) if trainer.sees_items else 0
    return StageCost(
        trainable=trainable,
        activation_bytes=sum(one.untyped_storage().nbytes() for key, one in kept.items() if key not in own),
        weight_bytes=weight_bytes,
        checkpoint_bytes=_written_bytes(model, leaning.left(model)) + 8 * trainable,
        step_flops=round(counter.get_total_flops() * mix.volumes / together),
        sharing=items / passes,
    )


@contextmanager
def _held_low(model: TomoeModel, names: Collection[str]) -> Iterator[None]:
    """Frozen matrices of published files in bfloat16, as a fast model holds them; float32 again after it."""
    held = [one for name, one in model.named_parameters() if name in names]
    for parameter in held:
        parameter.data = parameter.data.to(LOW)
    yield
    for parameter in held:
        parameter.data = parameter.data.float()


def _written_bytes(model: TomoeModel, left: Collection[str]) -> int:
    written = (one for name, one in model.state_dict().items() if name not in left)
    return sum(one.numel() * one.element_size() for one in written)


def widest(costs: Sequence[StageCost]) -> Mapping[str, int]:
    """The largest of every size over the stages."""
    names = ("trainable", "activation_bytes", "checkpoint_bytes", "step_flops")
    return {name: max((getattr(cost, name) for cost in costs), default=0) for name in names}


def batch_of(model: TomoeModel, mix: Mix) -> Batch:
    """A batch of the assumed texts; voxels are on the meta device."""
    depth = model.spec.lift.depth if model.lifted else 1
    voxels = torch.zeros((depth, mix.side, mix.side), dtype=torch.int16, device="meta")
    grid = model.base.tower.image_size // model.base.tower.patch_size
    labels = torch.zeros((depth, grid, grid), dtype=torch.int16) if model.patch_head is not None else None
    facts = {fact.name: 0 for fact in model.spec.facts}
    volumes = tuple(
        BatchVolume(
            volume_id=str(slot),
            slot=slot,
            voxels_DHW=voxels,
            facts=facts,
            patch_labels_DHW=labels,
            words=() if model.word_head is not None else None,
            change=UNCHANGED,
        )
        for slot in range(mix.volumes)
    )
    items = tuple(
        BatchItem(
            item_id=f"{volume}/{index}",
            volume_index=volume,
            prompt=f"{index}".rjust(2, "0") + PROMPT[2:],
            target=ANSWER,
            task=task,
            loss_weight=1.0,
        )
        for volume in range(mix.volumes)
        for index, task in enumerate(mix.tasks)
    )
    return Batch(step=0, global_volume_count=mix.volumes, volumes=volumes, items=items, digest="")
