"""What ``/proc`` says of processes. ts/process/proc reads the same files and gives the same answers.

Every reader takes the root of the file system it looks at, so that tests of both languages read one set of
recorded files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# A zombie or a dead process still has an entry, and can do nothing any more.
_DEAD: Final = ("Z", "X")
# Field 22 of /proc/PID/stat, counted from the state on: a shorter line is none.
_START_TICKS: Final = 19


def lives(pid: int, root: str = "") -> bool:
    """Whether there is a process ``pid`` that can still do something."""
    try:
        stat = Path(f"{root}/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return False
    # The command's name, in parentheses, may hold spaces and parentheses itself.
    fields = stat.rpartition(")")[2].split()
    return len(fields) > _START_TICKS and fields[0] not in _DEAD


def pid_space(root: str = "") -> str:
    """Where a pid means the same process: this boot of this machine, in this pid namespace; "" where nobody
    says.
    """
    try:
        boot = Path(f"{root}/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink(f'{root}/proc/self/ns/pid')}"
    except OSError:
        return ""


def read_lines(path: str) -> list[str]:
    """The lines of a file of the kernel; none where it cannot be read."""
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
