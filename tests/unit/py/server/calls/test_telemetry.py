"""Telemetry never waits, and shows what it lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from tomoe_worker.server.calls import telemetry as module
from tomoe_worker.server.calls.telemetry import Telemetry, resident_bytes
from tomoe_worker.server.wire.walk import contract


@pytest.fixture
def pull(tmp_path: Path) -> Iterator[Any]:
    socket = zmq.Context.instance().socket(zmq.PULL)
    socket.setsockopt(zmq.RCVTIMEO, 300_000)
    socket.bind(f"ipc://{tmp_path}/t")
    yield socket
    socket.close(linger=0)


def sender(endpoint: str) -> Telemetry:
    return Telemetry(endpoint, rank=2, attempt=3, device_bytes=lambda: 7)


def receive(pull: Any) -> Any:
    return contract().message("TelemetryEvent").FromString(pull.recv())


def test_events_arrive_whole_with_rank_attempt_and_rising_numbers(pull: Any, tmp_path: Path) -> None:
    telemetry = sender(f"ipc://{tmp_path}/t")
    telemetry.progress(stage="shared", step=4, steps=9, loss=0.5)
    telemetry.log("warning", "slow disk")
    first, second = receive(pull), receive(pull)
    assert (first.sequence, first.rank, first.attempt) == (0, 2, 3)
    assert (first.progress.stage, first.progress.step, first.progress.steps, first.progress.loss) == (
        "shared",
        4,
        9,
        0.5,
    )
    assert second.sequence == 1 and (second.log.level, second.log.text) == ("warning", "slow disk")
    assert 0 <= first.elapsed_seconds <= second.elapsed_seconds
    telemetry.close()


def test_nobody_listening_holds_nothing_up_and_every_lost_event_is_counted(
    tmp_path: Path,
) -> None:
    telemetry = sender(f"ipc://{tmp_path}/nobody")
    # A send that waits would wait for ever.
    for step in range(3000):
        telemetry.progress(stage="s", step=step, steps=3000, loss=0.0)
    assert telemetry.dropped >= 1000
    telemetry.close()


def test_a_receiver_that_comes_late_sees_the_gap_in_the_numbers(tmp_path: Path) -> None:
    telemetry = sender(f"ipc://{tmp_path}/late")
    for step in range(2500):
        telemetry.progress(stage="s", step=step, steps=0, loss=0.0)
    dropped = telemetry.dropped
    pull = zmq.Context.instance().socket(zmq.PULL)
    pull.setsockopt(zmq.RCVTIMEO, 300_000)
    pull.bind(f"ipc://{tmp_path}/late")
    held = [receive(pull).sequence for _ in range(2500 - dropped)]
    deadline = time.monotonic() + 300
    while telemetry.dropped == dropped and time.monotonic() < deadline:
        telemetry.log("info", "now")
        if pull.poll(100):
            break
    assert receive(pull).sequence >= 2500
    assert held == list(range(2500 - dropped)) and dropped > 0
    pull.close(linger=0)
    telemetry.close()


def test_system_facts_are_sent_by_themselves(
    pull: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SYSTEM_SECONDS", 0.01)
    telemetry = sender(f"ipc://{tmp_path}/t")
    event = receive(pull).system
    assert event.resident_bytes > 10_000_000 and event.cpu_seconds > 0 and event.device_bytes == 7
    telemetry.close()


def test_without_an_endpoint_nothing_is_sent_or_counted() -> None:
    telemetry = sender("")
    telemetry.log("info", "x")
    telemetry.close()
    assert telemetry.dropped == 0


def test_threads_may_send_at_once_and_no_number_is_given_twice(pull: Any, tmp_path: Path) -> None:
    telemetry = sender(f"ipc://{tmp_path}/t")
    threads = [
        threading.Thread(target=lambda: [telemetry.log("info", "x") for _ in range(50)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    numbers = sorted(receive(pull).sequence for _ in range(200))
    assert numbers == list(range(200))
    telemetry.close()


def test_resident_memory_is_that_of_this_process() -> None:
    before = resident_bytes()
    block = bytearray(64 << 20)
    assert 40 << 20 < resident_bytes() - before < 100 << 20
    assert len(block) == 64 << 20


def test_cpu_time_of_earlier_runs_is_not_this_ones(
    pull: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SYSTEM_SECONDS", 0.02)
    before = module.cpu_seconds()
    assert before > 0
    telemetry = Telemetry(f"ipc://{tmp_path}/t", rank=0, attempt=0, device_bytes=lambda: 0, cpu_before=before)
    told = receive(pull).system.cpu_seconds
    telemetry.close()
    assert 0 <= told <= module.cpu_seconds() - before
