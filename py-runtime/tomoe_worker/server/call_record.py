"""Which calls are open and whether one ended badly: what decides if a worker may serve another run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tomoe_worker.errors import TomoeError


class CallRecord:
    """The calls of one run; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0
        self._fault: str | None = None
        self._sealed = False

    @contextmanager
    def opened(self, name: str, wanted: Callable[[], bool]) -> Iterator[None]:
        """Count a call while it is answered. One that fails, or is no longer ``wanted()`` at its end, is a
        fault.

        Raises:
            TomoeError: ``WORKER_STATE`` once the record was sealed.
        """
        with self._lock:
            if self._sealed:
                what = f"{name} came while the worker lets go of its run"
                raise TomoeError("WORKER_STATE", what, hint="Say Hello first.")
            self._open += 1
        ended = False
        try:
            yield
            ended = wanted()
        finally:
            with self._lock:
                self._open -= 1
                if not ended and self._fault is None:
                    self._fault = name

    def seal(self) -> None:
        """Let no other call in; called from within the last one.

        Raises:
            TomoeError: ``WORKER_STATE`` when a call failed or was given up, or another one is open.
        """
        with self._lock:
            fault, others = self._fault, self._open - 1
            self._sealed = fault is None and others == 0
        if fault is not None:
            what = f"{fault} failed or was given up in this run"
            raise TomoeError("WORKER_STATE", what, hint="Start another worker.")
        if others > 0:
            what = f"{others} other calls are open"
            raise TomoeError("WORKER_STATE", what, hint="End them first.")
