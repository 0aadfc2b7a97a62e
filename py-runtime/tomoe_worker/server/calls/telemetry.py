"""What may be lost: progress, logs and system facts, pushed by ZeroMQ and never waited for.

Every event takes a sequence number, also one that could not be sent, so that the receiver sees the gap.
"""

from __future__ import annotations

import resource
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import zmq

from tomoe_worker.server.wire.specs import make

_HIGH_WATER: Final = 1000
_SYSTEM_SECONDS: Final = 2.0


class Telemetry:
    """The sending end; safe to call from any thread. Without an endpoint every event is simply not sent."""

    def __init__(
        self,
        endpoint: str,
        *,
        rank: int,
        attempt: int,
        device_bytes: Callable[[], int],
        cpu_before: float = 0.0,
    ) -> None:
        """Args:
        endpoint: ZeroMQ endpoint to connect to; empty for none.
        device_bytes: bytes this process holds on its GPU, 0 without one.
        cpu_before: CPU seconds of this process that belong to earlier runs.
        """
        self._cpu_before = cpu_before
        self._rank, self._attempt, self._device_bytes = rank, attempt, device_bytes
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._sequence = 0
        self.dropped = 0
        self._socket: Any = None
        self._closed = threading.Event()
        if endpoint:
            self._socket = zmq.Context.instance().socket(zmq.PUSH)
            self._socket.setsockopt(zmq.LINGER, 0)
            self._socket.setsockopt(zmq.SNDHWM, _HIGH_WATER)
            self._socket.connect(endpoint)
            threading.Thread(target=self._watch_system, name="telemetry", daemon=True).start()

    def progress(self, *, stage: str, step: int, steps: int, loss: float) -> None:
        """One optimizer step is done."""
        self._send("progress", {"stage": stage, "step": step, "steps": steps, "loss": loss})

    def log(self, level: str, text: str) -> None:
        """A line for the person watching; never a prompt, a target or generated text."""
        self._send("log", {"level": level, "text": text})

    def close(self) -> None:
        """Stop sending; what is queued is dropped."""
        self._closed.set()
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = None

    def _send(self, event: str, values: dict[str, Any]) -> None:
        with self._lock:
            if self._socket is None:
                return
            message = make(
                "TelemetryEvent",
                {
                    "sequence": self._sequence,
                    "rank": self._rank,
                    "attempt": self._attempt,
                    "elapsed_seconds": time.monotonic() - self._started,
                    event: values,
                },
            )
            self._sequence += 1
            try:
                self._socket.send(message.SerializeToString(), flags=zmq.NOBLOCK)
            except zmq.ZMQError:
                self.dropped += 1

    def _watch_system(self) -> None:
        while not self._closed.wait(_SYSTEM_SECONDS):
            values = {
                "resident_bytes": resident_bytes(),
                "cpu_seconds": max(cpu_seconds() - self._cpu_before, 0.0),
                "device_bytes": self._device_bytes(),
            }
            self._send("system", values)


def cpu_seconds() -> float:
    """What this process has computed since it started, user and system time."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident_bytes() -> int:
    """Memory of this process that is in RAM now; the peak where the system does not tell (macOS)."""
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
