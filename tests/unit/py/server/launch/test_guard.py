"""No orphans, each case in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUNTIME = str(Path(__file__).parents[5] / "py-runtime")

# A worker's guard without its weight: says its pid, then hangs (or holds the interpreter lock).
GUARDED = """
import ctypes, os, sys, time
from tomoe_worker.machine.proc import pid_space
from tomoe_worker.server.launch.guard import guard_parent, ignore_terminal
ignore_terminal()
if sys.argv[1] == "late":
    print(os.getpid(), flush=True)
    time.sleep(0.5)
guard_parent(int(os.environ["GUARD_PARENT"]), os.environ.get("GUARD_SPACE", pid_space()))
if sys.argv[1] != "late":
    print(os.getpid(), flush=True)
if sys.argv[1] == "gil":
    ctypes.PyDLL(None).sleep(900)
time.sleep(900)
"""

# Its parent: starts it, perhaps by a shell that stays between, passes its pid on, then waits to be killed.
PARENT = """
import os, subprocess, sys, time
command = [sys.executable, "-c", os.environ["GUARDED"], sys.argv[1]]
if sys.argv[1] == "wrapped":
    command = ["sh", "-c", '"$@" < /dev/null; exit 0', "sh", *command]
child = subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ, "GUARD_PARENT": str(os.getpid())})
time.sleep(900)
"""


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def gone(pid: int) -> bool:
    """Waits until the process has ended; false only where it would hang."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": RUNTIME, "GUARDED": GUARDED, **more}


@pytest.mark.parametrize("what", ["sleep", "gil", "wrapped", "late"])
def test_a_worker_ends_after_its_parents_sigkill_whatever_it_does(what: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, what], env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    # The late one has not looked for its parent yet when that dies.
    time.sleep(0 if what == "late" else 0.1)
    assert alive(worker)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(worker)


def start(guard_parent: int, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", GUARDED, "sleep"],
        env=environment(GUARD_PARENT=str(guard_parent), **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_end_of_stdin_asks_the_worker_to_end() -> None:
    worker = start(os.getpid())
    assert worker.stdin is not None and worker.stdout is not None
    assert int(worker.stdout.readline()) == worker.pid
    worker.stdin.close()
    assert worker.wait(300) == -signal.SIGTERM
    worker.stdout.close()


@pytest.mark.parametrize("space", ["", "another boot/pid:[4026531836]"])
def test_where_the_conductor_is_on_another_machine_there_is_no_guard(space: str) -> None:
    worker = start(2**22, GUARD_SPACE=space)
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdout.readline()
    worker.stdin.close()
    time.sleep(0.5)
    assert worker.poll() is None
    worker.kill()
    worker.wait()
    worker.stdout.close()


def test_ctrl_c_is_left_to_the_conductor() -> None:
    worker = start(os.getpid())
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdout.readline()
    worker.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert worker.poll() is None
    worker.kill()
    worker.wait()
    worker.stdout.close()
    worker.stdin.close()
