"""From settings to a serving rank, and to its end. The first module that imports torch and grpc."""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

import grpc
import torch
import torch.distributed as dist

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.memory import take_share
from tomoe_worker.server.calls.service import WorkerService
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.device import choose_device, prepare_torch
from tomoe_worker.server.launch.ready import announce_ready
from tomoe_worker.server.settings import Settings
from tomoe_worker.server.wire.walk import PROTOCOL_MAJOR, PROTOCOL_MINOR
from tomoe_worker.train.distributed import Ranks

MAX_MESSAGE_BYTES: Final = 16 << 20
# Train, Feed, Generate and a handful of unary calls at once; all of them wait, none computes.
_THREADS: Final = 12
_GRACE_SECONDS: Final = 1.0
_GROUP_SECONDS: Final = 120
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", 64 << 10),
    ("grpc.absolute_max_metadata_size", 64 << 10),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.so_reuseport", 0),
)


class Ending:
    """Who asks first decides the exit code.

    A pipe and not an Event: a signal handler runs between any two instructions of the main thread, also
    while that holds the lock of an Event.
    """

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        self._code: int | None = None

    def ask(self, code: int) -> None:
        """End the process with ``code``; safe in a signal handler and from any thread."""
        if self._code is None:
            self._code = code
            os.write(self._writing, b".")

    def wait(self) -> int:
        """Block until somebody asks; signal handlers run meanwhile."""
        if self._code is None:
            os.read(self._reading, 1)
        return self._code or 0


def serve(settings: Settings) -> int:
    """Join the other ranks, listen, announce, and serve until SIGTERM, Shutdown or the parent's end.

    Raises:
        TomoeError: ``DEVICE_UNAVAILABLE``, ``WORKER_START`` when the ranks do not meet or the address cannot
        be bound.
    """
    # The thread that crashed alone: the end of the log is what the conductor shows.
    faulthandler.enable(all_threads=False)
    # Its handler is C: it prints the stacks also while native code holds the interpreter lock.
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    ending = Ending()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ending.ask(0))
    device = choose_device(settings.device, settings.local_rank)
    prepare_torch(device)
    take_share(device, settings.memory_share)
    session = Session(device, join_ranks(settings, device))
    server = grpc.server(ThreadPoolExecutor(_THREADS, thread_name_prefix="grpc"), options=_OPTIONS)
    service = WorkerService(session, settings, socket.gethostname(), ending.ask)
    server.add_generic_rpc_handlers((service.handler(),))
    address = bind(server, settings)
    server.start()
    announce_ready(settings, address=address, protocol=(PROTOCOL_MAJOR, PROTOCOL_MINOR))
    print(
        f"worker rank {settings.rank} of {settings.world_size} serves on {device}",
        file=sys.stderr,
        flush=True,
    )
    code = ending.wait()
    server.stop(_GRACE_SECONDS).wait(_GRACE_SECONDS + 0.5)
    service.close()
    if address.startswith("unix:") and os.path.exists(address.removeprefix("unix:")):
        os.unlink(address.removeprefix("unix:"))
    sys.stderr.flush()
    # A step that still runs in native code is not waited for.
    os._exit(code)


def bind(server: Any, settings: Settings) -> str:
    """Listen where TOMOE_LISTEN says; returns the address to dial.

    Raises:
        TomoeError: ``WORKER_START`` naming the address.
    """
    kind, _, where = settings.listen.partition(":")
    address = f"unix:{where}/worker-{settings.rank}.sock" if kind == "unix" else f"{where}:0"
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as cause:
        raise TomoeError(
            "WORKER_START",
            f"cannot listen on {address}: {cause}",
            hint="Use a short folder that this user owns (a socket's path has at most 103 bytes), or TCP.",
            details={"address": address},
        ) from cause
    return address if kind == "unix" else f"{where}:{port}"


def join_ranks(settings: Settings, device: torch.device) -> Ranks:
    """Meet the other ranks that torchrun started; alone there is nothing to join.

    Raises:
        TomoeError: ``WORKER_START`` when they do not meet, or are not as many as planned.
    """
    if settings.world_size == 1:
        return Ranks.alone()
    try:
        dist.init_process_group(
            "nccl" if device.type == "cuda" else "gloo", timeout=timedelta(seconds=_GROUP_SECONDS)
        )
    except (RuntimeError, ValueError) as cause:
        raise TomoeError(
            "WORKER_START",
            f"rank {settings.rank} could not join the other {settings.world_size - 1}: {cause}",
            hint="Start the ranks with torchrun on hosts that reach each other.",
        ) from cause
    ranks = Ranks.joined()
    if ranks.world_size != settings.world_size:
        raise TomoeError(
            "WORKER_START",
            f"{ranks.world_size} ranks met, {settings.world_size} were planned",
            hint="Start exactly the planned number of ranks.",
        )
    return ranks
