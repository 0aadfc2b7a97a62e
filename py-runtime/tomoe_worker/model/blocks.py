"""How the blocks of a tower and the layers of a decoder are run: as they are, with their insides computed
again in the backward pass in place of being kept, or compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import Around
from tomoe_worker.spec import ModelSpec

# Kinds of a block by shape, type, gradient and halves; each is compiled once, for all blocks.
_GRAPHS: Final = 64


class BlockRunner:
    """Calls functions of a block; what they compute is the same whichever way they are run."""

    def __init__(self, spec: Around) -> None:
        self._recompute = spec.recompute == "blocks"
        self._compile = spec.compile == "blocks"
        self._compiled: dict[Callable[..., Any], Callable[..., Any]] = {}

    def plain(self, function: Callable[..., Any], x: Tensor, *given: Any) -> Any:
        """``function(x, *given)`` of a block whose shapes follow the data: never compiled."""
        if not (self._recompute and torch.is_grad_enabled()):
            return function(x, *given)
        # Dropout draws the same numbers again; tensors without numbers have no device to ask for a state.
        held = _Held.apply(x)  # type: ignore[no-untyped-call]
        return checkpoint(function, held, *given, use_reentrant=False, preserve_rng_state=not x.is_meta)

    def __call__(self, function: Callable[..., Any], x: Tensor, *given: Any) -> Any:
        """``function(x, *given)``, a function of a module: all that it reads is given to it."""
        if self._compile and not x.is_meta:
            if function not in self._compiled:
                self._compiled[function] = _compiled(function)
            function = self._compiled[function]
        return self.plain(function, x, *given)


class _Held(torch.autograd.Function):
    """The input of a block that is computed again, kept as autograd keeps tensors, so that it is counted."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0]


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    # Loaded when something is compiled: it takes longer than all else that a worker starts with.
    import torch._dynamo.config as dynamo_config
    import torch._inductor.config as inductor_config

    dynamo_config.recompile_limit = _GRAPHS
    # A block that would run as it is, in silence, is an error.
    dynamo_config.fail_on_recompile_limit_hit = True
    inductor_config.compile_threads = 1
    compiled: Callable[..., Any] = torch.compile(function)
    return compiled


def require_compiler(spec: ModelSpec, device: torch.device) -> None:
    """Refuse to compile where there is nothing to compile with.

    Raises:
        TomoeError: ``DEVICE_UNAVAILABLE``.
    """
    if spec.compile == "none" or device.type == "meta":
        return
    if device.type == "cuda":
        from torch.utils._triton import has_triton

        found, wanted = has_triton(), "Triton"
    else:
        found, wanted = _has_cpp_compiler(), "a C++ compiler"
    if not found:
        raise TomoeError(
            "DEVICE_UNAVAILABLE",
            f"compiled blocks on {device} need {wanted}, which this machine lacks",
            hint="Install it, or set execution.compile to none.",
            details={"device": str(device), "needs": wanted},
        )


def _has_cpp_compiler() -> bool:
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except InvalidCxxCompiler:
        return False
    return True
