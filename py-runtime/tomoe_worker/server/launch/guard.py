"""No orphans: the worker ends when the process that must outlive it is gone. Imports nothing heavy."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from typing import Final

from tomoe_worker.machine.proc import lives, pid_space

# A worker that was told to end, but sits in native code, is not waited for longer than this.
_LAST_SECONDS: Final = 1.2
_LOOK_SECONDS: Final = 0.3
_PR_SET_PDEATHSIG: Final = 1


def ignore_terminal() -> None:
    """Leave Ctrl-C to the conductor: the terminal sends it to the whole process group."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def guard_parent(parent_pid: int | None, parent_space: str = "") -> None:
    """End this process when ``parent_pid`` ends.

    Where that process is the parent, the kernel kills us with it (SIGKILL, since a Python handler cannot
    run while native code holds the interpreter lock), and EOF on stdin, which it holds open, asks us to end
    cleanly. Where it is not, though its pids are ours, it has died before we could look, which ends us at
    once, or there is a wrapper between, and we look again and again. Anywhere else (torchrun on another
    node) there is no guard here; torchrun's own agent is the parent.

    Args:
        parent_space: ``pid_space`` of that process; "" when it did not say.
    """
    if parent_pid is None:
        return
    if os.getppid() == parent_pid:
        if sys.platform == "linux":
            die_with_parent(parent_pid)
        threading.Thread(target=_watch_stdin, name="stdin-guard", daemon=True).start()
    elif parent_space != "" and parent_space == pid_space():
        if not lives(parent_pid):
            os._exit(1)
        threading.Thread(target=_watch_process, args=(parent_pid,), name="parent-guard", daemon=True).start()


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel send SIGKILL when the parent dies; ends at once when it died before that took hold."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def _watch_stdin() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass  # A closed stdin says the same as its end.
    _end()


def _watch_process(pid: int) -> None:
    while lives(pid):
        time.sleep(_LOOK_SECONDS)
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST_SECONDS)
    os._exit(1)
