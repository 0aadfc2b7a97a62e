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
    data, _ = resource.getrlimit(resource.RLIMIT_DATA)
    private = _private_bytes()
    if data != resource.RLIM_INFINITY and private is not None:
        limits.append(data - private)
    return max(min(limits, default=0), 0)


def total_bytes() -> int:
    """Memory of this machine, or of the control group where that has less; 0 where nobody says."""
    limits = [
        int(line.split()[1]) * 1024 for line in read_lines("/proc/meminfo") if line.startswith("MemTotal:")
    ]
    in_groups = group_memory().limit_bytes
    if in_groups is not None:
        limits.append(in_groups)
    return min(limits, default=0)


def take_share(device: torch.device, share: float) -> None:
    """Bound this process to a share of the device's memory, or of the machine's: what would take more fails
    here, as memory that ran out, and not in the processes beside it.

    Args:
        share: above 0; 1 bounds nothing.
    """
    if share >= 1:
        return
    if device.type == "cuda":
        torch.cuda.set_per_process_memory_fraction(share, device)
        return
    bound = int(total_bytes() * share)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    known = [one for one in (bound, soft, hard) if one != resource.RLIM_INFINITY]
    # Private memory that can be written: neither libraries nor the files of a data set count.
    resource.setrlimit(resource.RLIMIT_DATA, (min(known), hard))


def held_bytes(device: torch.device) -> int:
    """Memory of this process now: on the GPU, or its address space; 0 where nobody says."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return address_space_bytes() or 0


def address_space_bytes() -> int | None:
    """Address space of this process; None where ``/proc`` does not say."""
    held = read_lines("/proc/self/statm")
    return int(held[0].split()[0]) * resource.getpagesize() if held else None


def _private_bytes() -> int | None:
    """What RLIMIT_DATA counts of this process; None where ``/proc`` does not say."""
    lines = [line for line in read_lines("/proc/self/status") if line.startswith("VmData:")]
    return int(lines[0].split()[1]) * 1024 if lines else None
