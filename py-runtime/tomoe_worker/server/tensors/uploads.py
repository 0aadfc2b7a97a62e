"""Tensors sent inline: chunks joined in one buffer that is allocated up front and aligned."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.arrow import TENSOR_LIMITS, check_bytes

_ALIGNMENT: Final = 64
MAX_CHUNK_BYTES: Final = 4 * 2**20


@dataclass(frozen=True, kw_only=True)
class UploadHeader:
    """What the first message of PutTensor announces."""

    upload_id: str
    length_bytes: int
    chunk_count: int
    crc32: int


class Upload:
    """One upload on its way: chunks go in in order, the whole comes out once it is complete and its CRC-32 is
    right.
    """

    def __init__(self, header: UploadHeader) -> None:
        self.header = header
        # numpy aligns to 16 bytes only.
        memory = np.empty(header.length_bytes + _ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % _ALIGNMENT
        self._target = memory[start : start + header.length_bytes].data
        self._filled = 0
        self._chunks = 0

    def add(self, chunk: Any) -> None:
        """Copy one chunk (any bytes-like object) behind the last.

        Raises:
            TomoeError: ``WIRE_TOO_LARGE`` above 4 MiB, ``WIRE_INVALID`` for an empty chunk or one too many.
        """
        size, end = len(chunk), self._filled + len(chunk)
        where = f'chunk {self._chunks} of upload "{self.header.upload_id}"'
        if size > MAX_CHUNK_BYTES:
            text = f"{where} has {size} bytes, the cap is {MAX_CHUNK_BYTES}"
            raise TomoeError("WIRE_TOO_LARGE", text, hint="Send chunks of 1 to 4 MiB.")
        if size == 0 or end > self.header.length_bytes or self._chunks >= self.header.chunk_count:
            text = f"{where} has {size} bytes at {self._filled} of {self.header.length_bytes} announced"
            counted = f"{text} in {self.header.chunk_count} chunks"
            raise TomoeError("WIRE_INVALID", counted, hint="Send what the header says.")
        self._target[self._filled : end] = chunk
        self._filled, self._chunks = end, self._chunks + 1

    def finish(self) -> memoryview:
        """The joined bytes.

        Raises:
            TomoeError: ``WIRE_INVALID`` when chunks are missing, ``WIRE_CHECKSUM`` when the bytes differ.
        """
        header = self.header
        if (self._filled, self._chunks) != (header.length_bytes, header.chunk_count):
            text = f'upload "{header.upload_id}" has {self._filled} bytes in {self._chunks} chunks'
            announced = f"{header.length_bytes} in {header.chunk_count} were announced"
            raise TomoeError("WIRE_INVALID", f"{text}, {announced}", hint="Send what the header says.")
        what = f'upload "{header.upload_id}"'
        check_bytes(
            self._target,
            length_bytes=header.length_bytes,
            crc32=header.crc32,
            what=what,
            code="WIRE_CHECKSUM",
        )
        return self._target


class UploadStore:
    """Finished uploads by id, and the memory all uploads together may take."""

    def __init__(self, *, max_uploads: int, max_bytes: int) -> None:
        self._max_uploads, self._max_bytes = max_uploads, max_bytes
        self._open: dict[str, int] = {}  # id -> bytes, finished or not
        self._finished: dict[str, memoryview] = {}
        self._lock = threading.Lock()

    def begin(self, header: UploadHeader) -> Upload:
        """Reserve memory for an upload; give it back with :meth:`drop`, also after a failure.

        Raises:
            TomoeError: ``WIRE_INVALID`` for an id in use, an empty id, or counts that cannot be;
                ``WIRE_TOO_LARGE`` above the cap of one upload or of all.
        """
        _check_header(header)
        with self._lock:
            if header.upload_id in self._open:
                text = f'upload "{header.upload_id}" exists already'
                raise TomoeError("WIRE_INVALID", text, hint="Use a new id, or drop the old upload first.")
            total = sum(self._open.values()) + header.length_bytes
            if len(self._open) >= self._max_uploads or total > self._max_bytes:
                text = (
                    f'upload "{header.upload_id}" would make {len(self._open) + 1} uploads of {total} bytes'
                )
                caps = f"the caps are {self._max_uploads} and {self._max_bytes}"
                raise TomoeError(
                    "WIRE_TOO_LARGE", f"{text}, {caps}", hint="Drop uploads that are no longer used."
                )
            self._open[header.upload_id] = header.length_bytes
        return Upload(header)

    def finish(self, upload: Upload) -> memoryview:
        """Verify an upload and keep it under its id; see :meth:`Upload.finish`."""
        whole = upload.finish()
        with self._lock:
            # Dropped meanwhile, as after a cancelled call: nobody would free it.
            if upload.header.upload_id in self._open:
                self._finished[upload.header.upload_id] = whole
        return whole

    def get(self, upload_id: str) -> memoryview:
        """The bytes of a finished upload.

        Raises:
            TomoeError: ``WIRE_INVALID`` when there is none of that id.
        """
        with self._lock:
            found = self._finished.get(upload_id)
        if found is None:
            text = f'no finished upload "{upload_id}"'
            raise TomoeError("WIRE_INVALID", text, hint="Send it with PutTensor before naming it.")
        return found

    def drop(self, upload_id: str) -> bool:
        """Forget an upload, finished or not; its memory goes when the last tensor over it is gone."""
        with self._lock:
            self._finished.pop(upload_id, None)
            return self._open.pop(upload_id, None) is not None


def _check_header(header: UploadHeader) -> None:
    shown = f'upload "{header.upload_id}" of {header.length_bytes} bytes in {header.chunk_count} chunks'
    fewest = -(-header.length_bytes // MAX_CHUNK_BYTES)
    if not header.upload_id or header.length_bytes < 1 or not 0 <= header.crc32 < 2**32:
        text = f"{shown} with CRC-32 {header.crc32}"
        raise TomoeError("WIRE_INVALID", text, hint="Give an id, at least 1 byte, and a CRC-32 of 32 bits.")
    if header.length_bytes > TENSOR_LIMITS.total_bytes:
        text = f"{shown} is above the cap of {TENSOR_LIMITS.total_bytes} bytes"
        raise TomoeError("WIRE_TOO_LARGE", text, hint="Send fewer rows in one message.")
    if not fewest <= header.chunk_count <= header.length_bytes:
        hint = f"Chunks have 1 to {MAX_CHUNK_BYTES} bytes."
        raise TomoeError("WIRE_INVALID", f"{shown} cannot be", hint=hint)
