"""machine/memory.py: what this process holds and could still take, told by the machine itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch
from tomoe_worker.machine.memory import address_space_bytes, available_bytes, held_bytes

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
