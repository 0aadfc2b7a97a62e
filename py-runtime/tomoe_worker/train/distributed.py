"""What the ranks of one step agree on: sums of losses, loads and gradients, and that all used one plan.

Nothing here starts processes or picks a back end: the caller has joined the process group (gloo or nccl),
or there is one rank alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
import torch.distributed as dist
from torch import Tensor, nn

from tomoe_worker.errors import TomoeError

BUCKET_BYTES: Final = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """This rank and how many there are; sums are over all of them."""

    rank: int
    world_size: int

    @staticmethod
    def alone() -> Ranks:
        """One rank, no process group."""
        return Ranks(rank=0, world_size=1)

    @staticmethod
    def joined() -> Ranks:
        """The process group that the caller has joined.

        Raises:
            TomoeError: ``WORKER_STATE`` if none was.
        """
        if not (dist.is_available() and dist.is_initialized()):
            raise TomoeError(
                "WORKER_STATE", "no process group was joined", hint="Start the ranks with torchrun."
            )
        return Ranks(rank=dist.get_rank(), world_size=dist.get_world_size())

    def total(self, values: Tensor) -> Tensor:
        """Sum over ranks; exact for int64."""
        if self.world_size == 1:
            return values
        # nccl moves device memory alone; counts and loss sums are kept on the CPU.
        carrier = _nccl_device() or values.device
        summed = values.detach().to(carrier, copy=True)
        dist.all_reduce(summed)
        return summed.to(values.device)

    def require_one_plan(self, digest: str, step: int) -> None:
        """Refuse a step in which ranks hold different plans.

        Args:
            digest: SHA-256, in hex, of the plan as it came to this rank.

        Raises:
            TomoeError: ``ROUTER_PLAN_STALE`` on every rank, naming the digests.
        """
        if self.world_size == 1:
            return
        mine = torch.tensor(list(bytes.fromhex(digest)), dtype=torch.uint8, device=_nccl_device())
        found = [torch.empty_like(mine) for _ in range(self.world_size)]
        dist.all_gather(found, mine)
        digests = [bytes(one.tolist()).hex() for one in found]
        if len(set(digests)) > 1:
            short = ", ".join(f"rank {rank}: {one[:12]}" for rank, one in enumerate(digests))
            raise TomoeError(
                "ROUTER_PLAN_STALE",
                f"ranks hold different plans at step {step} ({short})",
                hint="Send every rank the plan in force before the step.",
                details={"digests": list(digests)},
            )

    def total_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Sum gradients over ranks in place; a parameter that no rank used keeps no gradient.

        A task group that only some ranks saw gets the sum of those; one that no rank saw is left out of the
        step, so that its optimizer state does not move.
        """
        if self.world_size == 1:
            return
        used = torch.tensor([parameter.grad is not None for parameter in parameters], dtype=torch.int64)
        used = self.total(used.to(parameters[0].device))
        live = [parameter for parameter, count in zip(parameters, used.tolist(), strict=True) if count]
        for parameter in live:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        for bucket in _buckets(live):
            gradients = [parameter.grad for parameter in bucket if parameter.grad is not None]
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            dist.all_reduce(flat)
            sizes = [gradient.numel() for gradient in gradients]
            for gradient, summed in zip(gradients, torch.split(flat, sizes), strict=True):
                gradient.copy_(summed.view_as(gradient))


def _nccl_device() -> torch.device | None:
    """The device that nccl reduces on, or None for a back end that takes any."""
    return torch.device("cuda", torch.cuda.current_device()) if dist.get_backend() == "nccl" else None


def _buckets(parameters: Sequence[nn.Parameter]) -> list[list[nn.Parameter]]:
    """Neighbours of one dtype, at most ``BUCKET_BYTES`` together unless one alone is larger."""
    buckets: list[list[nn.Parameter]] = []
    held = 0
    for parameter in parameters:
        size = parameter.numel() * parameter.element_size()
        fits = buckets and held + size <= BUCKET_BYTES and buckets[-1][0].dtype == parameter.dtype
        if fits:
            buckets[-1].append(parameter)
            held += size
        else:
            buckets.append([parameter])
            held = size
    return buckets
