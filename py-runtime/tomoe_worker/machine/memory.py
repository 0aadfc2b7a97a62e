"""Memory of the device or the host: what this process holds, and what it could still take."""

from __future__ import annotations

import resource

import torch

from tomoe_worker.machine.control_group import group_memory
from tomoe_worker.machine.proc import read_lines


def available_bytes(device: torch.device) -> int:
    """Memory that could still be taken: of the GPU, or the least of the host's, the control group's and the
    process's own limit."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    limits = [
        int(line.split()[1]) * 1024
        for line in read_lines("/proc/meminfo")
        if line.startswith("MemAvailable:")
    ]
    in_groups = group_memory().left_bytes
    if in_groups is not None:
        limits.append(in_groups)
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    held = address_space_bytes()
    if soft != resource.RLIM_INFINITY and held is not None:
        limits.append(soft - held)
    return max(min(limits, default=0), 0)


def held_bytes(device: torch.device) -> int:
    """Memory of this process now: on the GPU, or its address space; 0 where nobody says."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return address_space_bytes() or 0


def address_space_bytes() -> int | None:
    """Address space of this process; None where ``/proc`` does not say."""
    held = read_lines("/proc/self/statm")
    return int(held[0].split()[0]) * resource.getpagesize() if held else None
