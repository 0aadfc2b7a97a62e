"""What is left under the memory limits of the control groups that this process is in; version 1 or 2.

Source: the kernel's admin-guide/cgroup-v2 and cgroup-v1/memory.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

# Version 1 writes "no limit" as the largest multiple of a page.
_NO_LIMIT = 1 << 62


def bytes_left_in_groups() -> list[int]:
    """Bytes left under each limit, from the process's own group upwards; empty where there is no limit."""
    for version, limit, used in (
        ("cgroup", "memory.limit_in_bytes", "memory.usage_in_bytes"),
        ("cgroup2", "memory.max", "memory.current"),
    ):
        mount, folder = _place(version)
        if folder is None or mount is None:
            continue
        folders = [folder, *(above for above in folder.parents if above.is_relative_to(mount))]
        pairs = [(_number(here / limit), _number(here / used)) for here in folders]
        return [
            most - now for most, now in pairs if most is not None and now is not None and most < _NO_LIMIT
        ]
    return []


def _place(version: str) -> tuple[Path | None, Path | None]:
    """Mount of the memory controller and the folder of this process's group in it."""
    path = None
    for line in _lines("/proc/self/cgroup"):
        _, controllers, group = line.split(":", 2)
        if (controllers == "") if version == "cgroup2" else ("memory" in controllers.split(",")):
            path = PurePosixPath(group)
    for line in _lines("/proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if path is None or kind != version or (version == "cgroup" and "memory" not in options.split(",")):
            continue
        root, mount = before.split(" ")[3:5]
        # In a container without a namespace of its own the path is the host's, and the mount begins below it.
        below = path.relative_to(root) if path.is_relative_to(root) else path.relative_to("/")
        return Path(mount), Path(mount) / below
    return None, None


def _number(path: Path) -> int | None:
    # "max" is how version 2 writes that there is no limit.
    lines = _lines(str(path))
    return int(lines[0]) if lines and lines[0].isdigit() else None


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
