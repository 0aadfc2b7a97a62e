"""What libraries keep for the whole process: taken down when it starts, put back between two runs."""

from __future__ import annotations

import ctypes
import gc
import os
import random
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.modules import module as modules

from tomoe_worker.errors import TomoeError

Flag = tuple[Callable[[], Any], Callable[[Any], object] | None]


def _of(owner: Any, name: str) -> Flag:
    return lambda: getattr(owner, name), lambda value: setattr(owner, name, value)


def _deterministic() -> tuple[bool, bool]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def _global_hooks() -> int:
    hooks = [value for name, value in vars(modules).items() if name.startswith("_global") and "hooks" in name]
    return sum(len(value) for value in hooks if isinstance(value, dict))


def _table() -> dict[str, Flag]:
    """Flags by name: each is read; those without a second function cannot be put back, and must be as they
    were.
    """
    cuda = torch.backends.cuda
    return {
        "dtype": (torch.get_default_dtype, torch.set_default_dtype),
        "device": (lambda: str(torch.get_default_device()), None),
        "deterministic": (
            _deterministic,
            lambda value: torch.use_deterministic_algorithms(value[0], warn_only=value[1]),
        ),
        "fill": _of(torch.utils.deterministic, "fill_uninitialized_memory"),
        "cudnn": _of(torch.backends.cudnn, "enabled"),
        "cudnn.benchmark": _of(torch.backends.cudnn, "benchmark"),
        "cudnn.deterministic": _of(torch.backends.cudnn, "deterministic"),
        "cudnn.tf32": _of(torch.backends.cudnn, "allow_tf32"),
        "matmul.tf32": _of(cuda.matmul, "allow_tf32"),
        "matmul.fp16": _of(cuda.matmul, "allow_fp16_reduced_precision_reduction"),
        "matmul.bf16": _of(cuda.matmul, "allow_bf16_reduced_precision_reduction"),
        "matmul.precision": (torch.get_float32_matmul_precision, None),
        "attention.flash": (cuda.flash_sdp_enabled, cuda.enable_flash_sdp),
        "attention.efficient": (cuda.mem_efficient_sdp_enabled, cuda.enable_mem_efficient_sdp),
        "attention.math": (cuda.math_sdp_enabled, cuda.enable_math_sdp),
        "attention.cudnn": (cuda.cudnn_sdp_enabled, cuda.enable_cudnn_sdp),
        "anomaly": (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
        "module hooks": (_global_hooks, None),
        "folder": (os.getcwd, os.chdir),
    }


@dataclass(frozen=True, kw_only=True)
class ProcessState:
    """Environment, warnings, flags and random states of a process."""

    environment: dict[str, str]
    filters: tuple[Any, ...]
    flags: dict[str, Any]
    python_random: Any
    numpy_random: Any
    torch_random: torch.Tensor

    @staticmethod
    def take() -> ProcessState:
        """As the process stands now."""
        numpy = sys.modules.get("numpy")
        return ProcessState(
            environment=dict(os.environ),
            filters=tuple(warnings.filters),
            flags=_flags(),
            python_random=random.getstate(),
            numpy_random=None if numpy is None else numpy.random.get_state(),
            torch_random=torch.get_rng_state(),
        )

    def restore(self, device: torch.device) -> None:
        """Put all of it back, empty the caches of compiled code, and give back memory that nothing uses.

        Args:
            device: what this process computes on; its random state becomes that of a fresh process.

        Raises:
            TomoeError: ``WORKER_STATE`` naming what is not as it was and cannot be put back.
        """
        _restore_environment(self.environment)
        # Filters that were emptied once let every place warn again that has warned before.
        warnings.resetwarnings()
        warnings.filters[:] = self.filters  # type: ignore[index]
        for name, (read, write) in _table().items():
            if write is not None and read() != self.flags[name]:
                write(self.flags[name])
        found = _flags()
        changed = [name for name, value in found.items() if value != self.flags[name]]
        if changed:
            raise TomoeError(
                "WORKER_STATE",
                f"the process is not as it was: {', '.join(changed)}",
                hint="Start another worker.",
                details={"changed": list(changed)},
            )
        random.setstate(self.python_random)
        if self.numpy_random is not None:
            sys.modules["numpy"].random.set_state(self.numpy_random)
        torch.set_rng_state(self.torch_random)
        if device.type == "cuda":
            torch.cuda.manual_seed_all(torch.initial_seed())
        if "torch._dynamo" in sys.modules:
            torch.compiler.reset()
        _give_back(device)


def _flags() -> dict[str, Any]:
    return {name: read() for name, (read, _) in _table().items()}


def _restore_environment(before: dict[str, str]) -> None:
    for name in set(os.environ) - set(before):
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _give_back(device: torch.device) -> None:
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    # glibc keeps freed pages between those in use; other libraries have no such call.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
