"""Timing in turns: who goes when, and what is written down."""

import json
import os
import time

from bench.turns import in_turns, report


def test_every_way_leads_a_round_and_the_warm_up_is_left_out() -> None:
    order: list[str] = []
    ways = {name: (lambda name=name: order.append(name)) for name in ("a", "b", "c")}  # type: ignore[misc]
    measured = in_turns(ways, 4)
    rounds = ["".join(order[at : at + 3]) for at in range(0, len(order), 3)]
    assert rounds == ["bac", "abc", "acb", "cab", "cba"]
    assert all(len(one["wallMs"]) == len(one["cpuMs"]) == 4 for one in measured.values())


def test_time_asleep_is_wall_time_and_work_is_cpu_time_too() -> None:
    def work() -> None:
        until = time.process_time() + 0.02
        while time.process_time() < until:
            pass

    measured = in_turns({"sleep": lambda: time.sleep(0.02), "work": work}, 1)
    assert measured["sleep"]["wallMs"][0] >= 20 and measured["work"]["cpuMs"][0] >= 20
    assert measured["sleep"]["cpuMs"][0] < 20


def test_a_case_is_one_line_of_json_on_the_channel() -> None:
    reading, writing = os.pipe()
    kept = os.dup(3) if _is_open(3) else None
    os.dup2(writing, 3)
    try:
        report("task", ways={})
    finally:
        if kept is None:
            os.close(3)
        else:
            os.dup2(kept, 3)
            os.close(kept)
    os.close(writing)
    with os.fdopen(reading) as lines:
        assert [json.loads(line) for line in lines] == [{"case": "task", "ways": {}}]


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
