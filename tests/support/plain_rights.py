"""Root may read whatever it likes; for a while the modes of files hold for this thread as for anybody."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

VERSION = 0x20080522  # of the kernel's structures: three words twice
READS_ALL = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@contextmanager
def plain_rights() -> Iterator[None]:
    """It stays root, and what it may do besides stays as it was."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, words = (ctypes.c_uint32 * 2)(VERSION, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, words) == 0
    held = words[0]
    words[0] = held & ~READS_ALL
    assert libc.capset(header, words) == 0
    try:
        yield
    finally:
        words[0] = held
        assert libc.capset(header, words) == 0
