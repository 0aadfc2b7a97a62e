"""machine/proc.py and control_group.py on the recorded files that ts/process/proc reads too."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tomoe_worker.machine.control_group import group_memory
from tomoe_worker.machine.proc import lives, pid_space, read_lines

RECORD = Path(__file__).resolve().parents[4] / "tests/fixtures/proc/recorded.json"
SYSTEMS: list[dict[str, Any]] = json.loads(RECORD.read_text())
NAMES = [system["name"] for system in SYSTEMS]


@pytest.fixture
def laid_out(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[dict[str, Any], str]:
    """A recorded system, and the root its files lie below."""
    system = request.param
    for path, text in system["files"].items():
        (tmp_path / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path[1:]).write_text(text)
    for path, target in system.get("links", {}).items():
        (tmp_path / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path[1:]).symlink_to(target)
    return system, str(tmp_path)


@pytest.mark.parametrize("laid_out", SYSTEMS, ids=NAMES, indirect=True)
def test_a_recorded_system_is_read_as_by_typescript(laid_out: tuple[dict[str, Any], str]) -> None:
    system, root = laid_out
    if "group" in system:
        memory = group_memory(root)
        expected = system["group"]
        assert (memory.limit_bytes, memory.left_bytes) == (expected["limitBytes"], expected["leftBytes"])
    for pid, start in system.get("processes", {}).items():
        assert lives(int(pid), root) == (start is not None), pid
    if "pidSpace" in system:
        assert pid_space(root) == system["pidSpace"]


def test_this_process_lives_and_a_child_does_until_it_is_a_zombie() -> None:
    assert lives(os.getpid())
    child = subprocess.Popen(["sleep", "60"])
    assert lives(child.pid)
    child.kill()
    # Waits until it has ended, and leaves it a zombie.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert Path(f"/proc/{child.pid}/stat").exists() and not lives(child.pid)
    child.wait()
    assert not lives(child.pid)


def test_this_pid_space_is_this_boot_and_this_namespace() -> None:
    boot, _, namespace = pid_space().partition("/")
    assert boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert namespace == os.readlink("/proc/self/ns/pid")


def test_a_file_that_cannot_be_read_has_no_lines(tmp_path: Path) -> None:
    assert read_lines(str(tmp_path / "none")) == []
    assert read_lines(str(tmp_path)) == []
    (tmp_path / "two").write_text("a\nb\n")
    assert read_lines(str(tmp_path / "two")) == ["a", "b"]
