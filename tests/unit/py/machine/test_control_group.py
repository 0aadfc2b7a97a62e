"""machine/control_group.py: what the kernel allows is read from the group that the process is really in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tomoe_worker.machine.control_group import group_memory

GROUPS = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
RUNTIME = Path(__file__).resolve().parents[4] / "py-runtime"
LIMIT = 300 * 2**20
READ = """
import sys
from pathlib import Path
(Path(sys.argv[1]) / "cgroup.procs").write_text("0")
from tomoe_worker.machine.control_group import group_memory
print(group_memory().limit_bytes, group_memory().left_bytes)
"""


def test_no_limit_is_negative_or_absurd() -> None:
    memory = group_memory()
    assert (memory.limit_bytes is None) == (memory.left_bytes is None)
    if memory.limit_bytes is not None and memory.left_bytes is not None:
        assert 0 <= memory.left_bytes <= memory.limit_bytes < 1 << 62


def test_a_process_in_a_limited_group_sees_what_is_left_of_it() -> None:
    legacy = (GROUPS[0] / "memory.limit_in_bytes").exists()
    folder = GROUPS[0 if legacy else 1] / f"tomoe-test-{os.getpid()}"
    limit = folder / ("memory.limit_in_bytes" if legacy else "memory.max")
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        if not limit.exists():
            pytest.skip("the memory controller is not handed down to groups made here")
        limit.write_text(str(LIMIT))
        child = subprocess.run(
            [sys.executable, "-c", READ, str(folder)],
            env={**os.environ, "PYTHONPATH": str(RUNTIME)},
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        limit, left = (int(word) for word in child.stdout.split())
        assert limit == LIMIT
        assert LIMIT - 100 * 2**20 < left < LIMIT
    finally:
        folder.rmdir()
