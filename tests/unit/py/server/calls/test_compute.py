"""One thread computes, the others stay free."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.calls.compute import ComputeThread


def test_jobs_run_one_after_the_other_on_one_thread_and_give_their_result() -> None:
    compute = ComputeThread()
    names = {compute.run("training", lambda: threading.current_thread().name) for _ in range(3)}
    assert names == {"compute"} and threading.current_thread().name != "compute"


def test_what_a_job_raises_is_raised_where_it_was_asked_for_and_the_thread_goes_on() -> None:
    compute = ComputeThread()
    with pytest.raises(KeyError, match="nothing"):
        compute.run("training", lambda: {}["nothing"])  # type: ignore[index]
    assert compute.run("training", lambda: 7) == 7
    assert compute.state == "idle"


def test_state_and_progress_can_be_read_while_a_job_runs() -> None:
    compute = ComputeThread()
    started, release = threading.Event(), threading.Event()

    def job() -> None:
        started.set()
        compute.advance()
        release.wait(300)

    waiting = threading.Thread(target=lambda: compute.run("training", job))
    waiting.start()
    assert started.wait(300)
    assert (compute.state, compute.progress) == ("training", 1)
    release.set()
    waiting.join(300)
    assert compute.state == "idle"


def test_a_stream_hands_over_each_result_and_counts_it() -> None:
    compute = ComputeThread()

    def job() -> Iterator[str]:
        for index in range(200):
            yield f"{index} {threading.current_thread().name}"

    received = list(compute.stream("generating", job, lambda: True))
    assert received == [f"{index} compute" for index in range(200)]
    assert compute.progress == 200


def test_a_stream_that_fails_half_way_gives_what_it_has_and_then_raises() -> None:
    compute = ComputeThread()

    def job() -> Iterator[int]:
        yield 1
        raise ValueError("half way")

    stream = compute.stream("generating", job, lambda: True)
    assert next(stream) == 1
    with pytest.raises(ValueError, match="half way"):
        next(stream)


def test_a_stream_nobody_wants_any_more_stops_and_frees_the_thread() -> None:
    compute = ComputeThread()
    made, wanted = [], threading.Event()
    wanted.set()

    def job() -> Iterator[int]:
        index = 0
        while True:
            made.append(index)
            yield index
            index += 1

    stream = compute.stream("generating", job, wanted.is_set)
    assert next(stream) == 0
    wanted.clear()
    assert list(stream) == []
    assert compute.run("training", lambda: "free") == "free"
    assert len(made) < 1000


def test_its_thread_ends_behind_the_jobs_it_was_given_and_what_was_set_for_it_alone_is_gone() -> None:
    compute = ComputeThread()
    compute.run("idle", lambda: torch.set_grad_enabled(False))
    assert compute.run("idle", torch.is_grad_enabled) is False
    thread = compute.run("idle", threading.current_thread)
    compute.end()
    assert not thread.is_alive()
    assert ComputeThread().run("idle", torch.is_grad_enabled) is True


def test_a_thread_that_still_computes_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tomoe_worker.server.calls.compute._END_SECONDS", 0.05)
    compute = ComputeThread()
    started, release = threading.Event(), threading.Event()

    def job() -> None:
        started.set()
        release.wait(300)

    waiting = threading.Thread(target=lambda: compute.run("training", job))
    waiting.start()
    assert started.wait(300)
    with pytest.raises(TomoeError) as caught:
        compute.end()
    release.set()
    waiting.join(300)
    assert (caught.value.code, caught.value.what) == ("WORKER_STATE", "the worker is still training")
