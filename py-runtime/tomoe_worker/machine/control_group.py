"""Memory limits of the control groups that this process is in; version 1 or 2.

Source: the kernel's admin-guide/cgroup-v2 and cgroup-v1/memory. ts/process/proc reads the same files and
gives the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from os.path import normpath
from pathlib import PurePosixPath
from typing import Final

from tomoe_worker.machine.proc import read_lines

# Version 1 writes "no limit" as the largest multiple of a page.
_NO_LIMIT: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class GroupMemory:
    """The tightest limit and the least that is left under any limit, in bytes; None where there is none."""

    limit_bytes: int | None
    left_bytes: int | None


def group_memory(root: str = "") -> GroupMemory:
    """Memory of the process's own group and of those above it.

    Args:
        root: of the file system that is looked at.
    """
    for version, limit_file, used_file in (
        ("cgroup", "memory.limit_in_bytes", "memory.usage_in_bytes"),
        ("cgroup2", "memory.max", "memory.current"),
    ):
        if not (folders := _folders(version, root)):
            continue
        pairs = [
            (_number(f"{root}{folder}/{limit_file}"), _number(f"{root}{folder}/{used_file}"))
            for folder in folders
        ]
        limits = [
            (most, max(most - now, 0))
            for most, now in pairs
            if most is not None and now is not None and most < _NO_LIMIT
        ]
        return GroupMemory(
            min((most for most, _ in limits), default=None), min((left for _, left in limits), default=None)
        )
    return GroupMemory(None, None)


def _folders(version: str, root: str) -> list[PurePosixPath]:
    """The group of this process below the mount of the memory controller, and those above it."""
    path = None
    for line in read_lines(f"{root}/proc/self/cgroup"):
        _, controllers, group = line.split(":", 2)
        if (controllers == "") if version == "cgroup2" else ("memory" in controllers.split(",")):
            path = PurePosixPath(group)
    for line in read_lines(f"{root}/proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if path is None or kind != version or (version == "cgroup" and "memory" not in options.split(",")):
            continue
        top, mount = before.split(" ")[3:5]
        # In a container without a namespace of its own the path is the host's, and the mount begins below it.
        below = path.relative_to(top) if path.is_relative_to(top) else path.relative_to("/")
        folder = PurePosixPath(normpath(f"{mount}/{below}"))
        return [here for here in (folder, *folder.parents) if here.is_relative_to(mount)]
    return []


def _number(path: str) -> int | None:
    # "max" is how version 2 writes that there is no limit.
    lines = read_lines(path)
    return int(lines[0]) if lines and lines[0].isdigit() else None
