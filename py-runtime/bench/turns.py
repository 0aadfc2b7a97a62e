"""Ways to do the same thing, timed in turns in one process, so that a busy neighbour meets all of them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping

Ways = Mapping[str, Callable[[], object]]
Measured = dict[str, dict[str, list[float]]]


def in_turns(ways: Ways, rounds: int) -> Measured:
    """Milliseconds of every way in every round: ``wallMs`` and ``cpuMs`` of all threads.

    A way that works in another process returns the CPU milliseconds it took there, a float; they are added.
    One round before the first warms up and is left out. Every round begins with the next way, and every
    second one goes backwards, so that none always follows the same other.
    """
    names = list(ways)
    measured: Measured = {name: {"wallMs": [], "cpuMs": []} for name in names}
    for turn in range(-1, rounds):
        start = turn % len(names)
        order = names[start:] + names[:start]
        for name in order if turn % 2 == 0 else order[::-1]:
            cpu, wall = time.process_time(), time.perf_counter()
            elsewhere = ways[name]()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if isinstance(elsewhere, float):
                cpu += elsewhere / 1e3
            if turn >= 0:
                measured[name]["wallMs"].append(wall * 1e3)
                measured[name]["cpuMs"].append(cpu * 1e3)
    return measured


def report(case: str, **facts: object) -> None:
    """One case as a line of JSON on file descriptor 3, where the conductor of the benchmark reads it."""
    os.write(3, f"{json.dumps({'case': case, **facts})}\n".encode())
