"""Batches on their way, bounded by credits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.calls.feed import CREDITS, BatchFeed, Reply, serve_feed
from tomoe_worker.spec import Batch


def batch(step: int) -> Batch:
    return Batch(step=step, global_volume_count=0, volumes=(), items=(), digest=f"digest-{step}")


def put(feed: BatchFeed, step: int, digest: str | None = None) -> None:
    feed.put(step, digest or f"digest-{step}", lambda: batch(step))


def always() -> bool:
    return True


def test_the_first_reply_grants_all_credits_and_each_batch_is_acknowledged_with_its_digest() -> None:
    feed = BatchFeed(0, 10)
    replies = feed.attach()
    assert next(replies) == Reply(credits=CREDITS, acknowledges=False, step=0, batch_digest="")
    put(feed, 0)
    assert next(replies) == Reply(credits=0, acknowledges=True, step=0, batch_digest="digest-0")
    assert feed.take(0, always) == batch(0)
    assert next(replies) == Reply(credits=1, acknowledges=False, step=0, batch_digest="")


def test_a_batch_beyond_the_credits_is_refused() -> None:
    feed = BatchFeed(0, 10)
    for step in range(CREDITS):
        put(feed, step)
    with pytest.raises(TomoeError) as caught:
        put(feed, CREDITS)
    assert caught.value.code == "WORKER_STATE"
    assert caught.value.what == f"a batch of step {CREDITS} came without a credit, {CREDITS} are waiting"


@pytest.mark.parametrize(("first", "step"), [(3, 2), (0, 10)])
def test_a_step_the_stage_does_not_have_is_refused(first: int, step: int) -> None:
    with pytest.raises(TomoeError) as caught:
        put(BatchFeed(first, 10), step)
    assert caught.value.code == "WORKER_STATE"
    assert caught.value.what == f"a batch of step {step} came, steps {first}..9 are to come"


def test_the_same_batch_again_is_acknowledged_again_and_gives_its_credit_back() -> None:
    feed = BatchFeed(0, 10)
    replies = feed.attach()
    next(replies)
    put(feed, 0)
    next(replies)
    put(feed, 0)
    assert next(replies) == Reply(credits=1, acknowledges=True, step=0, batch_digest="digest-0")
    feed.take(0, always)
    next(replies)
    put(feed, 0)
    assert next(replies).acknowledges


def test_another_batch_for_a_step_that_has_one_is_refused_naming_both() -> None:
    feed = BatchFeed(0, 10)
    put(feed, 1)
    with pytest.raises(TomoeError) as caught:
        put(feed, 1, "different")
    assert caught.value.code == "WIRE_DIGEST"
    assert caught.value.what == "step 1 was fed batch digest-1 before and now different"


def test_taking_waits_for_the_batch_and_gives_up_when_the_caller_has_gone() -> None:
    feed = BatchFeed(0, 10)
    threading.Timer(0.05, lambda: put(feed, 0)).start()
    assert feed.take(0, always) == batch(0)
    assert feed.take(1, lambda: False) is None


def test_batches_may_come_in_any_order_and_are_taken_by_step() -> None:
    feed = BatchFeed(0, 10)
    for step in (2, 0, 1):
        put(feed, step)
    assert [feed.take(step, always) for step in range(3)] == [batch(0), batch(1), batch(2)]


def test_one_feeder_at_a_time_and_the_next_one_gets_the_credits_that_are_free() -> None:
    feed = BatchFeed(0, 10)
    first = feed.attach()
    next(first)
    with pytest.raises(TomoeError) as caught:
        next(feed.attach())
    assert caught.value.code == "WORKER_STATE"
    assert caught.value.what == "no feed can be opened: another feeder is attached"
    put(feed, 0)
    feed.detach()
    assert [reply.acknowledges for reply in first] == [True]
    assert next(feed.attach()).credits == CREDITS - 1


def test_closing_ends_the_stream_and_the_waiting_step_and_refuses_a_new_feeder() -> None:
    feed = BatchFeed(0, 10)
    replies = feed.attach()
    next(replies)
    threading.Timer(0.05, feed.close).start()
    assert feed.take(5, always) is None
    assert list(replies) == []
    with pytest.raises(TomoeError, match="the stage has ended"):
        next(feed.attach())


def test_a_stream_replies_while_it_still_reads_and_ends_when_the_feeder_is_done() -> None:
    feed = BatchFeed(0, 10)
    gate = threading.Event()

    def requests() -> Iterator[int]:
        yield 0
        gate.wait(300)
        yield 1

    seen = []
    for reply in serve_feed(feed, requests(), lambda step: put(feed, step)):
        seen.append((reply.acknowledges, reply.step))
        if reply.acknowledges and reply.step == 0:
            gate.set()
    assert seen == [(False, 0), (True, 0), (True, 1)]


def test_a_bad_batch_ends_the_stream_with_its_error() -> None:
    def receive(_request: Any) -> None:
        raise TomoeError("WIRE_INVALID", "a bad batch", hint="none")

    stream = serve_feed(BatchFeed(0, 10), iter([1]), receive)
    assert next(stream).credits == CREDITS
    with pytest.raises(TomoeError, match="a bad batch"):
        list(stream)


def test_a_slow_decoder_does_not_hold_up_a_step_whose_batch_is_here() -> None:
    feed = BatchFeed(0, 10)
    put(feed, 0)

    may_end = threading.Event()

    def slow() -> Batch:
        assert may_end.wait(300)
        return batch(1)

    thread = threading.Thread(target=lambda: feed.put(1, "digest-1", slow))
    thread.start()
    assert feed.take(0, always) == batch(0)
    assert thread.is_alive()
    may_end.set()
    thread.join()
