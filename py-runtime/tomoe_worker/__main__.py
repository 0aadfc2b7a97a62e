"""One rank of the worker: ``python -u -m tomoe_worker``, started by the conductor or by torchrun.

Reads TOMOE_* variables (see server/settings.py), says where it listens on the channel TOMOE_READY names, then
serves.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tomoe_worker.errors import TomoeError

if sys.version_info < (3, 11):  # noqa: UP036
    # Before any import of ours: older Pythons cannot even parse them. server/ready.py writes the same
    # document.
    import json
    import os

    found = ".".join(str(part) for part in sys.version_info[:3])
    refusal = {
        "code": "ENVIRONMENT",
        "what": "Python " + found + " at " + sys.executable + " is older than 3.11",
        "hint": "Point TOMOE_PYTHON at a Python of 3.11 or newer, or run: npm run setup",
        "details": {"found": found, "needed": "3.11"},
    }
    line = (json.dumps({"ok": False, "rank": 0, "error": refusal}) + "\n").encode()
    if os.environ.get("TOMOE_READY") == "fd:3":
        os.write(3, line)
    sys.exit(refusal["what"])


def main() -> int:
    """Serve until told to end; the return value is the exit code."""
    from tomoe_worker.errors import TomoeError
    from tomoe_worker.server.launch.guard import guard_parent, ignore_terminal
    from tomoe_worker.server.launch.ready import announce_failure
    from tomoe_worker.server.settings import read_settings

    ignore_terminal()
    try:
        settings = read_settings()
        guard_parent(settings.parent_pid, settings.parent_space)
        from tomoe_worker.server.launch.boot import serve

        return serve(settings)
    except TomoeError as error:
        announce_failure(error)
        print(f"{error} {error.hint}", file=sys.stderr)
    except ImportError as cause:
        announce_failure(missing_module(cause))
        print(f"import failed: {cause}", file=sys.stderr)
    return 1


def missing_module(cause: ImportError) -> "TomoeError":
    """The typed error for a Python that lacks a package."""
    from tomoe_worker.errors import TomoeError

    name = cause.name or "a package"
    return TomoeError(
        "ENVIRONMENT",
        f"the Python at {sys.executable} cannot import {name}: {cause}",
        hint="Install the Python side with: npm run setup (in an installed package: npx tomoe setup)",
        details={"module": name, "python": sys.executable},
    )


if __name__ == "__main__":
    sys.exit(main())
