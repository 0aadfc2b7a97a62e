"""One thread computes; every other thread stays free, so that Health answers while a step runs."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from tomoe_worker.errors import TomoeError

Result = TypeVar("Result")
_POLL_SECONDS: Final = 0.2
_END_SECONDS: Final = 5.0
_AHEAD: Final = 64


class ComputeThread:
    """Runs jobs one after the other, in the order they were given; counts what was finished."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._progress = 0
        self._state = "idle"
        self._thread = threading.Thread(target=self._work, name="compute", daemon=True)
        self._thread.start()

    @property
    def progress(self) -> int:
        """Steps and answers finished since the start: progress, not liveness."""
        with self._lock:
            return self._progress

    @property
    def state(self) -> str:
        """ "idle", "training", "generating" or "loading": what the thread does now."""
        return self._state

    def advance(self) -> None:
        """Count one finished step or answer."""
        with self._lock:
            self._progress += 1

    def run(self, state: str, job: Callable[[], Result]) -> Result:
        """Run ``job`` on the compute thread and wait for it; what it raises is raised here."""
        done: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

        def work() -> None:
            try:
                done.put((True, job()))
            except BaseException as error:
                done.put((False, error))

        self._jobs.put(lambda: self._in_state(state, work))
        succeeded, value = done.get()
        if not succeeded:
            raise value
        return value  # type: ignore[no-any-return]

    def stream(
        self, state: str, job: Callable[[], Iterator[Result]], wanted: Callable[[], bool]
    ) -> Iterator[Result]:
        """Iterate on the compute thread and hand each result over; stops early once ``wanted()`` is false."""
        items: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=_AHEAD)

        def put(kind: str, value: Any) -> bool:
            while wanted():
                try:
                    items.put((kind, value), timeout=_POLL_SECONDS)
                    return True
                except queue.Full:
                    continue
            return False

        def work() -> None:
            try:
                for item in job():
                    if not put("item", item):
                        return
                    self.advance()
                put("end", None)
            except BaseException as error:
                put("error", error)

        self._jobs.put(lambda: self._in_state(state, work))
        while wanted():
            try:
                kind, value = items.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value

    def end(self) -> None:
        """End the thread behind the jobs it was given: what is set for a thread alone goes with it.

        Raises:
            TomoeError: ``WORKER_STATE`` when one of them still runs after some seconds.
        """
        self._jobs.put(_leave)
        self._thread.join(_END_SECONDS)
        if self._thread.is_alive():
            raise TomoeError(
                "WORKER_STATE", f"the worker is still {self._state}", hint="Start another worker."
            )

    def _in_state(self, state: str, work: Callable[[], None]) -> None:
        self._state = state
        try:
            work()
        finally:
            self._state = "idle"

    def _work(self) -> None:
        while (job := self._jobs.get()) is not _leave:
            job()
            del job  # What it made is not held until the next one comes.


def _leave() -> None:
    """The job behind which none is taken."""
