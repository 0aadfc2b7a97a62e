"""What a model computes in: everything in float32, or the large products in bfloat16.

Under "fast" a matrix that trains is its own float32 master copy, of which torch makes the bfloat16 copy that
a product reads; gradient and moments are float32. One that a base's files hold and that does not train is
held in bfloat16 alone: the files are its master copy (``io/lowering.py``). Gates, heads, logits and losses
are float32 whatever surrounds them.
"""

# Shapes: V = rows of a table, L = width.
from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from tomoe_worker.errors import TomoeError

LOW: Final = torch.bfloat16
# Functions of torch that its own context computes in bfloat16.
_PRODUCTS: Final = frozenset(
    ("linear", "conv2d", "matmul", "__matmul__", "bmm", "einsum", "scaled_dot_product_attention")
)
# Rows of a bfloat16 table that are cast to float32 at a time.
_ROWS: Final = 8192


def held_in(precision: str) -> tuple[torch.dtype, ...]:
    """Types that a model of a precision holds its base's tensors in."""
    return (torch.float32, LOW) if precision == "fast" else (torch.float32,)


def computing(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """What a forward pass runs in; under "strict" nothing is different from no context at all."""
    if precision != "fast":
        return nullcontext()
    return _imitating(True) if device.type == "meta" else torch.autocast(device.type, dtype=LOW)


def exactly(of: Tensor) -> AbstractContextManager[object]:
    """Float32 on the device of a tensor, for what decides or is judged; inputs are cast by the caller."""
    if not is_lowered(of):
        return nullcontext()
    return _imitating(False) if of.is_meta else torch.autocast(of.device.type, enabled=False)


_imitated: ContextVar[bool] = ContextVar("_imitated", default=False)


@contextmanager
def _imitating(low: bool) -> Iterator[None]:
    """What torch's own context does on devices that compute, for the meta device, which it does not know."""
    before = _imitated.set(low)
    try:
        with _Lowered() if low else nullcontext():
            yield
    finally:
        _imitated.reset(before)


class _Lowered(TorchFunctionMode):
    """Products in bfloat16 of whatever floats they are given."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if _imitated.get() and getattr(func, "__name__", "") in _PRODUCTS:
            args = tuple(_low(one) for one in args)
        return func(*args, **(kwargs or {}))


def _low(one: Any) -> Any:
    return one.to(LOW) if isinstance(one, Tensor) and one.is_floating_point() else one


def lowered(x: Tensor) -> Tensor:
    """A residual stream where it begins: in bfloat16 while products are, else as it is."""
    return x.to(LOW) if is_lowered(x) else x


def scores(hidden: Tensor, table_VL: Tensor) -> Tensor:
    """``hidden table^T`` in float32: products and sums are, whatever type the table is held in.

    Args:
        hidden: ...L, any float type.
        table_VL: full precision; or bfloat16 and frozen, cast a block of rows at a time and never as a whole.
    """
    with exactly(hidden):
        if table_VL.dtype != LOW:
            return F.linear(hidden.float(), table_VL)
        return _FrozenScores.apply(hidden.float(), table_VL)  # type: ignore[no-any-return, no-untyped-call]


class _FrozenScores(torch.autograd.Function):
    """Keeps the table as it is for the backward pass, in place of its float32 copy."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, table_VL: Tensor) -> Tensor:
        ctx.save_for_backward(table_VL)
        out = hidden.new_empty(*hidden.shape[:-1], len(table_VL))
        parts = torch.split(out, _ROWS, dim=-1)
        for part, rows in zip(parts, torch.split(table_VL, _ROWS), strict=True):
            part.copy_(F.linear(hidden, rows.float()))
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,), (table_VL,) = gradients, ctx.saved_tensors
        parts = torch.split(gradient, _ROWS, dim=-1)
        blocks = zip(parts, torch.split(table_VL, _ROWS), strict=True)
        first, rows = next(blocks)
        total = first @ rows.float()
        for part, rows in blocks:
            total += part @ rows.float()
        return total, None


def is_lowered(of: Tensor) -> bool:
    """Whether products on the device of a tensor are made in bfloat16 now."""
    return _imitated.get() if of.is_meta else torch.is_autocast_enabled(of.device.type)


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
        with torch.cuda.device(device):
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "meta":
        return True
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
