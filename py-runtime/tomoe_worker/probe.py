"""Looks at the Python side without starting a worker.

``python -m tomoe_worker.probe [--packages NAME...] [--import NAME...]`` prints one JSON line. Without
``--import`` it reads metadata alone and takes well under a second; with it the modules are imported, and
torch tells its devices. Written so that Python 3.8 can still run it and be told that it is too old.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import platform
import sys
import time
from typing import Any


def installed_versions(names: list[str]) -> dict[str, str | None]:
    """Version of each installed distribution, ``None`` where there is none; nothing is imported."""
    versions: dict[str, str | None] = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def import_each(names: list[str]) -> dict[str, str | None]:
    """Imports each module: ``None`` where that works, else the error's type and first line.

    A module that calls ``sys.exit`` while it is imported counts as an error, too.
    """
    outcomes: dict[str, str | None] = {}
    for name in names:
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:
            first_line = next(iter(str(error).splitlines()), "")
            outcomes[name] = f"{type(error).__name__}: {first_line}"
        else:
            outcomes[name] = None
    return outcomes


def torch_facts() -> dict[str, Any]:
    """What an imported torch says of itself and of its devices."""
    import torch

    from tomoe_worker.model.precision import has_bfloat16

    devices = []
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            multiplies = has_bfloat16(torch.device("cuda", index))
            devices.append(
                {"name": properties.name, "totalBytes": properties.total_memory, "bfloat16": multiplies}
            )
    return {
        "version": torch.__version__,
        "cudaBuild": torch.version.cuda,
        "devices": devices,
        "cpuCapability": torch.backends.cpu.get_cpu_capability(),
        "bfloat16": has_bfloat16(torch.device("cpu")),
        "threads": torch.get_num_threads(),
    }


def probe(arguments: list[str]) -> dict[str, Any]:
    """The document that is printed.

    Args:
        arguments: the command line; words after ``--packages`` are distributions, words after ``--import``
        modules.
    """
    asked: dict[str, list[str]] = {"--packages": [], "--import": []}
    current = asked["--packages"]
    for word in arguments:
        if word in asked:
            current = asked[word]
        else:
            current.append(word)
    started = time.monotonic()
    with contextlib.redirect_stdout(sys.stderr):  # what a library prints must not stand in the JSON
        imports = import_each(asked["--import"])
        torch = torch_facts() if imports.get("torch", "not asked") is None else None
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable,
        "machine": platform.machine(),
        "packages": installed_versions(asked["--packages"]),
        "imports": imports,
        "importSeconds": round(time.monotonic() - started, 3),
        "torch": torch,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe(sys.argv[1:])) + "\n")
