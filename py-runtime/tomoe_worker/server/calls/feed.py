"""Batches on their way: decoded when they arrive, kept until their step, bounded by credits."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.spec import Batch

# Batches that may be under way or waiting: the feeder works this far ahead of the step.
CREDITS: Final = 4
_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One FeedResponse."""

    credits: int
    acknowledges: bool
    step: int
    batch_digest: str


class BatchFeed:
    """The batches of one stage. One thread feeds (``put``), another trains (``take``); the feeder may
    change.
    """

    def __init__(self, first_step: int, steps: int) -> None:
        """Args:
        first_step: first step that still has to be done.
        steps: steps of the stage.
        """
        self._next, self._steps = first_step, steps
        self._waiting: dict[int, Batch] = {}
        self._digests: dict[int, str] = {}
        self._changed = threading.Condition()
        self._replies: queue.SimpleQueue[Reply | None] | None = None
        self._closed = False

    def attach(self) -> Iterator[Reply]:
        """Begin a Feed stream: the first reply grants what is free of the credits, then come acknowledgements
        and further credits, until the stage ends.

        Raises:
            TomoeError: ``WORKER_STATE`` when another feeder is attached or the stage has ended.
        """
        with self._changed:
            if self._closed or self._replies is not None:
                why = "the stage has ended" if self._closed else "another feeder is attached"
                what = f"no feed can be opened: {why}"
                raise TomoeError("WORKER_STATE", what, hint="One feeder feeds a rank at a time.")
            replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
            self._replies = replies
            replies.put(_grant(CREDITS - len(self._waiting)))
        while (reply := replies.get()) is not None:
            yield reply

    def detach(self) -> None:
        """End the Feed stream in progress; what was fed stays."""
        with self._changed:
            if self._replies is not None:
                self._replies.put(None)
            self._replies = None

    def put(self, step: int, digest: str, decode: Callable[[], Batch]) -> None:
        """Take a batch in and acknowledge it. One that is here already, or already used, is acknowledged
        again.

        Raises:
            TomoeError: ``WIRE_DIGEST`` when the step was fed another batch before, ``WORKER_STATE`` for a
            step the
                stage does not have or a batch without a credit, and what ``decode`` raises.
        """
        with self._changed:
            known = self._digests.get(step)
            if known is None:
                self._check(step)
        if known is None:
            batch = decode()
            with self._changed:
                self._digests[step] = digest
                self._waiting[step] = batch
                self._reply(Reply(credits=0, acknowledges=True, step=step, batch_digest=digest))
                self._changed.notify_all()
            return
        if known != digest:
            raise TomoeError(
                "WIRE_DIGEST",
                f"step {step} was fed batch {known[:12]} before and now {digest[:12]}",
                hint="A step has one batch; restart from the last checkpoint.",
                details={"step": step, "before": known, "now": digest},
            )
        self._reply(Reply(credits=1, acknowledges=True, step=step, batch_digest=digest))

    def take(self, step: int, wanted: Callable[[], bool]) -> Batch | None:
        """Wait for the batch of ``step`` and give its credit back; None once ``wanted()`` is false."""
        with self._changed:
            while step not in self._waiting:
                if not wanted() or self._closed:
                    return None
                self._changed.wait(_POLL_SECONDS)
            batch = self._waiting.pop(step)
            self._next = step + 1
            self._reply(_grant(1))
            return batch

    def close(self) -> None:
        """The stage is over: the Feed stream ends, batches that were not used are dropped."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        self.detach()

    def _check(self, step: int) -> None:
        if step < self._next or step >= self._steps:
            raise TomoeError(
                "WORKER_STATE",
                f"a batch of step {step} came, steps {self._next}..{self._steps - 1} are to come",
                hint="Feed the steps that are still to be done.",
            )
        if len(self._waiting) >= CREDITS:
            raise TomoeError(
                "WORKER_STATE",
                f"a batch of step {step} came without a credit, {len(self._waiting)} are waiting",
                hint="Wait for a credit before sending a batch.",
            )

    def _reply(self, reply: Reply) -> None:
        with self._changed:
            if self._replies is not None:
                self._replies.put(reply)


def _grant(credits: int) -> Reply:
    return Reply(credits=credits, acknowledges=False, step=0, batch_digest="")


def serve_feed(feed: BatchFeed, requests: Iterator[Any], receive: Callable[[Any], None]) -> Iterator[Reply]:
    """Read a Feed stream in a thread of its own while replies go out from this one.

    Args:
        receive: takes one raw request in (parse, digest, ``put``).

    Raises:
        TomoeError: what ``receive`` raised first.
    """
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for request in requests:
                receive(request)
        except BaseException as error:
            failures.append(error)
        feed.detach()

    replies = feed.attach()
    first = next(replies)
    threading.Thread(target=read, name="feed", daemon=True).start()
    yield first
    yield from replies
    if failures:
        raise failures[0]
