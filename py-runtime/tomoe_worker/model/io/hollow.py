"""A model made without memory for its weights, and filled with tensors that are there already.

What a model would draw at random only to be overwritten is never drawn, and there is no second copy of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

# Bytes; what torch's CPU allocator aligns to.
_ALIGNMENT: Final = 64


@contextmanager
def hollow() -> Iterator[None]:
    """Modules made inside hold their parameters on the meta device.

    Buffers that no file holds (tables of positions) are real: their module alone knows what is in them.
    """
    handle = register_module_parameter_registration_hook(_without_memory)  # type: ignore[arg-type]
    try:
        yield
    finally:
        handle.remove()


def making(part: str, redraw: Collection[str]) -> AbstractContextManager[None]:
    """What a part of a published base is built in: without memory, or drawn where it is to be drawn anew."""
    return nullcontext() if part in redraw else hollow()


def _without_memory(_module: nn.Module, _name: str, parameter: nn.Parameter | None) -> nn.Parameter | None:
    # One that is without memory stays the object it is: two modules that share it go on sharing it.
    if parameter is None or parameter.is_meta:
        return parameter
    return nn.Parameter(parameter.detach().to("meta"), requires_grad=parameter.requires_grad)


def fill(model: nn.Module, tensors: Mapping[str, Tensor], device: str | torch.device) -> None:
    """Put tensors in the places of a model's own, without a copy of what is on the device already.

    Args:
        tensors: one for every state-dict key; keys that share one parameter share the tensor of the first.
    """
    filled: dict[int, Tensor] = {}
    for key, own in model.state_dict(keep_vars=True).items():
        if id(own) not in filled:
            held = tensors[key].to(device)
            is_parameter = isinstance(own, nn.Parameter)
            filled[id(own)] = nn.Parameter(held, requires_grad=own.requires_grad) if is_parameter else held
        owner, _, leaf = key.rpartition(".")
        setattr(model.get_submodule(owner), leaf, filled[id(own)])


def settle(parameter: nn.Parameter) -> None:
    """Move what lies in a mapped file to where torch allocates: it is going to be written to, and a resumed
    run, which reads it from a checkpoint, must multiply from the same kind of address.
    """
    if parameter.data_ptr() % _ALIGNMENT:
        parameter.data = parameter.data.clone()
