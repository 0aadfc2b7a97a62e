"""The peer of ``transport.tensor``: stock grpcio and stock protobuf, one unary call with a bytes field; and
the floor.

Usage: python -m bench.tensor_peer SOCKET; one line on file descriptor 3 says that it is ready, EOF on stdin
ends it.
"""

import os
import struct
import sys
import time
from concurrent import futures
from typing import Any

import grpc
import numpy as np
import pyarrow as pa
from tomoe_worker.server.wire.walk import contract

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def put(request: Any, _context: Any) -> bytes:
    """Open the Arrow file in the message, without the checks of ours: no checksum, no validation, no
    torch.
    """
    batch = pa.ipc.open_file(request.chunk).get_batch(0)
    return struct.pack("<Q", batch.num_rows)


class Copy:
    """The floor: seconds of one numpy copy between two arrays of this size whose pages are there already."""

    def __init__(self) -> None:
        self._arrays: tuple[Any, Any] = (np.zeros(0, np.uint8), np.zeros(0, np.uint8))

    def __call__(self, request: bytes, _context: Any) -> bytes:
        (size,) = struct.unpack("<Q", request)
        if self._arrays[0].nbytes != size:
            source = np.random.default_rng(8).integers(0, 256, size, dtype=np.uint8)
            self._arrays = source, np.ones(size, np.uint8)
        source, target = self._arrays
        started = time.perf_counter()
        np.copyto(target, source)
        return struct.pack("<d", time.perf_counter() - started)


def main() -> None:
    message = contract().messages["PutTensorRequest"]
    methods = {
        "Put": grpc.unary_unary_rpc_method_handler(put, request_deserializer=message.FromString),
        "Copy": grpc.unary_unary_rpc_method_handler(Copy()),
    }
    server = grpc.server(futures.ThreadPoolExecutor(2), options=UNLIMITED)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("tomoe.bench.Peer", methods),))
    server.add_insecure_port(f"unix:{sys.argv[1]}")
    server.start()
    os.write(3, b"ready\n")
    sys.stdin.read()
    server.stop(0).wait()


if __name__ == "__main__":
    main()
