"""Which device a rank computes on, and what this machine computes with."""

from __future__ import annotations

import importlib.metadata
import os
import platform

import torch

from tomoe_worker.errors import TomoeError


def choose_device(wanted: str, local_rank: int) -> torch.device:
    """The device of a rank.

    Args:
        wanted: "cpu"; "cuda" (the GPU of this rank or an error); "auto" (a GPU when there is one for every
        rank here).

    Raises:
        TomoeError: ``DEVICE_UNAVAILABLE`` when "cuda" was asked for and there is no such GPU.
    """
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "cpu" or (wanted == "auto" and found == 0):
        return torch.device("cpu")
    if local_rank >= found:
        build = (
            "a CPU build of torch" if torch.version.cuda is None else f"torch for CUDA {torch.version.cuda}"
        )
        raise TomoeError(
            "DEVICE_UNAVAILABLE",
            f"rank {local_rank} of this node needs GPU {local_rank}, {build} sees {found}",
            hint="Use --device cpu, fewer ranks, or install a torch that fits the driver.",
            details={"gpus": found, "localRank": local_rank, "torch": torch.__version__},
        )
    return torch.device("cuda", local_rank)


def prepare_torch(device: torch.device) -> None:
    """Make torch repeatable until a model says otherwise."""
    set_precision("strict")
    # Filling every fresh tensor with NaN finds reads of unset memory; it costs a pass and changes no result.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if device.type == "cuda":
        torch.cuda.set_device(device)


def set_precision(precision: str) -> None:
    """Algorithms of a model's precision: "strict" takes those that repeat, without autotuning and TF32."""
    strict = precision == "strict"
    torch.use_deterministic_algorithms(strict)
    torch.backends.cudnn.benchmark = not strict
    torch.backends.cuda.matmul.allow_tf32 = not strict
    torch.backends.cudnn.allow_tf32 = not strict


def precision() -> str:
    """What this process computes in, as torch is set now: compared when a run is resumed."""
    dtype = str(torch.get_default_dtype()).removeprefix("torch.")
    tf32 = torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32
    deterministic = torch.are_deterministic_algorithms_enabled()
    return f"{dtype} tf32:{_yes(tf32)} deterministic:{_yes(deterministic)}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def describe_environment(device: torch.device) -> dict[str, str | int | bool | None]:
    """Facts that decide whether a resumed run is bit-exact; plain JSON, for the run record."""
    facts: dict[str, str | int | bool | None] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpuCapability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "precision": precision(),
        # Read before any of our code runs; without them sets and cuBLAS may differ from run to run.
        "hashSeed": os.environ.get("PYTHONHASHSEED", "random"),
        "cublasWorkspace": os.environ.get("CUBLAS_WORKSPACE_CONFIG", "unset"),
    }
    for package in (
        "torch",
        "transformers",
        "tokenizers",
        "safetensors",
        "numpy",
        "pyarrow",
        "grpcio",
        "protobuf",
    ):
        facts[package] = importlib.metadata.version(package)
    if device.type == "cuda":
        facts["cuda"] = torch.version.cuda
        facts["gpu"] = torch.cuda.get_device_name(device)
        facts["cudnn"] = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
    return facts
