"""Starts the ranks of one host: ``python -m tomoe_worker.server.launch.ranks N``.

torchrun, with two additions: it dies with the conductor, and it names itself as the parent that its ranks die
with.
"""

from __future__ import annotations

import os
import sys

from tomoe_worker.machine.proc import pid_space
from tomoe_worker.server.launch.guard import guard_parent, ignore_terminal


def main() -> None:
    """Run torchrun over ``argv[1]`` ranks of this package on this host."""
    parent = os.environ.get("TOMOE_PARENT_PID", "")
    ignore_terminal()
    guard_parent(int(parent) if parent.isdigit() else None, os.environ.get("TOMOE_PARENT_SPACE", ""))
    os.environ["TOMOE_PARENT_PID"] = str(os.getpid())
    os.environ["TOMOE_PARENT_SPACE"] = pid_space()
    from torch.distributed.run import main as torchrun

    torchrun(
        [
            "--nnodes=1",
            f"--nproc-per-node={int(sys.argv[1])}",
            "--max-restarts=0",
            "--local-addr=127.0.0.1",
            "--rdzv-backend=c10d",
            "--rdzv-endpoint=127.0.0.1:0",
            "--module",
            "tomoe_worker",
        ]
    )


if __name__ == "__main__":
    main()
