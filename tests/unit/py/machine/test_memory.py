"""machine/memory.py: what this process holds and could still take, told by the machine itself."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tomoe_worker.machine.memory import (
    address_space_bytes,
    available_bytes,
    held_bytes,
    take_share,
    total_bytes,
)

RUNTIME = str(Path(__file__).resolve().parents[4] / "py-runtime")
CPU = torch.device("cpu")
UNDER_LIMIT = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import torch
from tomoe_worker.machine.memory import address_space_bytes, available_bytes
device = torch.device("cpu")
held = address_space_bytes()
spare = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (held + spare, resource.RLIM_INFINITY))
left = available_bytes(device)
taken = torch.empty(spare // 2, dtype=torch.uint8)
print(left, available_bytes(device))
"""


def test_free_memory_of_the_host_is_positive_and_finite() -> None:
    assert 0 < available_bytes(CPU) < 1 << 50


def test_the_address_space_of_this_process_is_what_it_holds_on_the_host() -> None:
    held = address_space_bytes()
    assert held is not None and 1 << 20 < held < 1 << 50
    block = torch.zeros(64 << 20, dtype=torch.uint8)
    assert held_bytes(CPU) >= held + block.nbytes // 2


def test_a_limit_of_the_process_counts_and_shrinks_with_what_is_taken() -> None:
    spare = 200 << 20
    child = subprocess.run(
        [sys.executable, "-c", UNDER_LIMIT, RUNTIME, str(spare)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    before, after = (int(word) for word in child.stdout.split())
    assert 0 < after < before <= spare
    assert before - after >= spare // 2 - (1 << 20)


SHARED = """
import sys
sys.path.insert(0, sys.argv[1])
import torch
from tomoe_worker.machine import memory
device = torch.device("cpu")
private = memory._private_bytes()
total = private + (400 << 20)
memory.total_bytes = lambda: 2 * total
memory.take_share(device, 0.5)
left = memory.available_bytes(device)
taken = torch.ones(200 << 20, dtype=torch.uint8)
print(left, memory.available_bytes(device))
try:
    torch.ones(800 << 20, dtype=torch.uint8)
    print("taken")
except (RuntimeError, MemoryError) as error:
    print("refused", type(error).__name__, str(error).splitlines()[0])
"""


def test_a_share_of_the_machine_bounds_what_is_taken_and_what_is_said_to_be_left() -> None:
    child = subprocess.run(
        [sys.executable, "-c", SHARED, RUNTIME], capture_output=True, text=True, check=True, timeout=300
    )
    told, last = child.stdout.strip().splitlines()
    before, after = (int(word) for word in told.split())
    assert 0 < after < before <= 400 << 20
    assert before - after >= (200 << 20) - (1 << 20)
    assert last.startswith("refused")
    # memory_guard knows it by these words.
    assert "can't allocate memory" in last or "MemoryError" in last


def test_a_share_of_everything_bounds_nothing() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    take_share(CPU, 1.0)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_the_whole_memory_is_more_than_what_is_left_of_it() -> None:
    assert available_bytes(CPU) <= total_bytes() < 1 << 50


def test_a_share_of_a_gpu_is_told_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, torch.device]] = []
    monkeypatch.setattr(
        torch.cuda, "set_per_process_memory_fraction", lambda share, device: told.append((share, device))
    )
    take_share(torch.device("cuda", 0), 0.25)
    take_share(torch.device("cuda", 0), 1.0)
    assert told == [(0.25, torch.device("cuda", 0))]
