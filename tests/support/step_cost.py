"""One real step of a trainer, counted: the oracle for what a step is said to cost."""

from __future__ import annotations

import torch
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.spec import Batch, RoutingPlan
from tomoe_worker.train.trainer import StageTrainer
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


def counted_step(
    model: TomoeModel, trainer: StageTrainer, batch: Batch, plan: RoutingPlan, *backends: SDPBackend
) -> tuple[int, int]:
    """Operations of a step, and bytes that autograd kept of it beside the model's own."""
    kept: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with (
        sdpa_kernel(list(backends)),
        FlopCounterMode(display=False) as counter,
        torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x),
    ):
        trainer.step(batch, plan)
    own = {one.untyped_storage().data_ptr() for one in [*model.parameters(), *model.buffers()]}
    return counter.get_total_flops(), sum(size for at, size in kept.items() if at not in own)
