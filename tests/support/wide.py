"""Float64 for code that is written for float32: a reading whose own rounding is below every question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map


def _of_type(x: Any) -> Any:
    return torch.float64 if x is torch.float32 else x


def _of_values(x: Any) -> Any:
    if isinstance(x, torch.nn.Parameter) or not isinstance(x, torch.Tensor):
        return x
    return x.double() if x.dtype == torch.float32 else x


class _Wide(TorchFunctionMode):
    """A float32 tensor that goes into a function of torch or comes out of one is a float64 one, and who asks
    for float32 by name has float64: nothing is rounded to float32 on the way."""

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        with torch._C.DisableTorchFunction():
            if function is torch.Tensor.float:
                return args[0].double()
            given, named = tree_map(_of_values, tree_map(_of_type, (args, kwargs or {})))
            return tree_map(_of_values, function(*given, **named))


@contextmanager
def in_float64(model: torch.nn.Module) -> Iterator[None]:
    """The same model with the same values, computing in float64 for a while."""
    model.double()
    try:
        with _Wide():
            yield
    finally:
        model.float()
