"""What installed packages need on other machines: python scripts/support/needed.py PYTHON ARCH ROOT...

Prints the roots and what they need as `name==version` lines, sorted, from the metadata of what is installed
here, with markers read for that Python ("3.12") on Linux of that architecture ("x86_64"). torch is left out,
with all that it alone needs. Exit 1 names a package that is needed there and not installed here.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

APART = "torch"


def machine(python: str, arch: str) -> dict[str, str]:
    """What markers can ask of CPython on Linux there."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": arch,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


def needed(roots: list[str], there: dict[str, str]) -> dict[str, str]:
    """Versions of the roots and of what they need, by name.

    Raises:
        PackageNotFoundError: something is needed there and not installed here.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(root) for root in roots]
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        key = (name, frozenset(asked.extras))
        if name == APART or key in seen:
            continue
        seen.add(key)
        installed = distribution(name)
        found[name] = installed.version
        for line in installed.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({**there, "extra": e}) for e in ("", *asked.extras)):
                waiting.append(requirement)
    return found


def main() -> None:
    python, arch, *roots = sys.argv[1:]
    try:
        found = needed(roots, machine(python, arch))
    except PackageNotFoundError as missing:
        sys.exit(f"{missing.name} is needed by Python {python} on {arch} and not installed here")
    print("\n".join(f"{name}=={version}" for name, version in sorted(found.items())))


if __name__ == "__main__":
    main()
