"""What a model computes in: everything in float32, or the large products in bfloat16.

Under "fast" torch makes the bfloat16 copy of a weight that a product reads: the parameter is its own float32
master copy, and so are gradient and moments. Gates, heads, logits and losses are float32 whatever surrounds
them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError

_LOW: Final = torch.bfloat16


def computing(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """What a forward pass runs in; under "strict" nothing is different from no context at all."""
    return torch.autocast(device.type, dtype=_LOW) if precision == "fast" else nullcontext()


def exactly(of: Tensor) -> AbstractContextManager[object]:
    """Float32 on the device of a tensor, for what decides or is judged; inputs are cast by the caller."""
    return torch.autocast(of.device.type, enabled=False) if is_lowered(of) else nullcontext()


def lowered(x: Tensor) -> Tensor:
    """A residual stream where it begins: in bfloat16 while products are, else as it is."""
    return x.to(_LOW) if is_lowered(x) else x


def is_lowered(of: Tensor) -> bool:
    """Whether products on the device of a tensor are made in bfloat16 now."""
    return of.device.type != "meta" and torch.is_autocast_enabled(of.device.type)


def require_precision(precision: str, device: torch.device) -> None:
    """Refuse what this device only imitates: without units for it a CPU takes about 70 times as long.

    Raises:
        TomoeError: ``DEVICE_UNAVAILABLE``.
    """
    if precision == "fast" and not has_bfloat16(device):
        raise TomoeError(
            "DEVICE_UNAVAILABLE",
            f"precision fast needs bfloat16, which {device} of this machine has no units for",
            hint="Set execution.precision to strict.",
            details={"device": str(device), "cpuCapability": torch.backends.cpu.get_cpu_capability()},
        )


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 itself; asked of it, not guessed from its name."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "meta":
        return True
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
