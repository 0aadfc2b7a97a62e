"""One sampler: ``python -u -m tomoe_sampler``, started by ts/sampler.

A message is its length (four bytes, little endian) and that many bytes of JSON, on stdin as on stdout. The
process keeps nothing between two messages, so that one that was killed is replaced by another; the end of
stdin ends it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import BinaryIO

from tomoe_sampler.answer import answer_to


def read_message(stream: BinaryIO) -> bytes | None:
    """The next message; None at the end, also in the middle of one."""
    length = stream.read(4)
    if len(length) < 4:
        return None
    wanted = int.from_bytes(length, "little")
    body = stream.read(wanted)
    return body if len(body) == wanted else None


def main() -> None:
    """Answer until nobody asks any more."""
    stdin, stdout = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not stand between two answers.
    os.dup2(2, 1)
    while (message := read_message(stdin)) is not None:
        body = json.dumps(answer_to(message), allow_nan=False).encode()
        stdout.write(len(body).to_bytes(4, "little") + body)
        stdout.flush()


if __name__ == "__main__":
    main()
