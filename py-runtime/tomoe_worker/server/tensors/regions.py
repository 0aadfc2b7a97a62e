"""File regions: spans of files on this host, mapped and verified, never read into a buffer of their own.

Only files below the roots agreed in the hello are opened, one path segment at a time and never through a
symlink.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.disk import disk_failure
from tomoe_worker.server.tensors.arrow import TENSOR_LIMITS, check_bytes

_ALIGNMENT: Final = 64
_MAP_NORESERVE: Final = 0x4000  # Linux; Python's mmap names it from 3.12 on


@dataclass(frozen=True, kw_only=True)
class FileRegion:
    """A span of a file below an agreed root; the fields are those of the message."""

    root: str
    path: str
    offset_bytes: int
    length_bytes: int
    crc32: int
    generation: int  # write count of a reused slot; 0 for a file that is written once

    def __str__(self) -> str:
        end = self.offset_bytes + self.length_bytes
        return f"{self.root}:{self.path} [{self.offset_bytes}..{end}] generation {self.generation}"


# Device, inode, size, mtime in ns: another file, or the same rewritten, has another key. A slot is rewritten
# in place,
# and there the generation tells the writes apart, so its mtime stays out and its mapping stays in.
_FileKey = tuple[int, int, int, int]
# Spans of files whose checksum is not compared again while the file stays as it is, also once they were
# unmapped: an epoch of small files maps more of them than may stay open.
_MAX_VERIFIED: Final = 1 << 18


@dataclass(kw_only=True)
class _Mapping:
    name: tuple[str, str]  # root and path
    view: memoryview
    generation: int
    verified: set[tuple[int, int, int]] = field(
        default_factory=set
    )  # offset, length, crc32, in this generation
    lock: threading.Lock = field(default_factory=threading.Lock)


class RegionMap:
    """Maps file regions and keeps the mappings, least recently used first out.

    A mapping is private and copy-on-write: torch gets the writable memory it asks for, a write to it stays in
    this
    process, and nothing is copied until then. Memory goes back when the last tensor over it is gone.
    """

    def __init__(self, roots: Mapping[str, str], *, max_files: int, max_bytes: int) -> None:
        """Args:
        roots: name -> absolute path of an existing folder.
        max_files: mappings kept at most.
        max_bytes: bytes of address space kept mapped at most; one larger file is still mapped, alone.
        """
        self._roots = dict(roots)
        self._max_files, self._max_bytes = max_files, max_bytes
        self._mappings: OrderedDict[_FileKey, _Mapping] = OrderedDict()
        self._whole: OrderedDict[tuple[_FileKey, tuple[int, int, int]], None] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, region: FileRegion) -> memoryview:
        """Map a region and compare its checksum: of a slot once a generation, of a file once while it stays.

        Returns:
            Writable view of the region's bytes; tensors over it keep the mapping alive.

        Raises:
            TomoeError: ``WIRE_ROOT`` for a root that was not agreed or a path that leaves it,
            ``WIRE_INVALID`` for
                numbers out of range, ``WIRE_TOO_LARGE`` above the cap, ``PATH_NOT_FOUND``, ``DATA_TRUNCATED``
                when the
                file ends before the region does, ``DATA_SHARD_CHECKSUM`` (a file) or ``WIRE_CHECKSUM`` (a
                slot).
        """
        _check_numbers(region)
        descriptor = self._open_below_root(region)
        try:
            key = _file_key(descriptor, region)
            mapping = self._mapping(key, descriptor, region)
        finally:
            os.close(descriptor)
        view = mapping.view[region.offset_bytes : region.offset_bytes + region.length_bytes]
        with mapping.lock:
            self._verify(key, mapping, region, view)
        return view

    def drop(self, region: FileRegion) -> bool:
        """Forget the mapping of a region's file, also when the file is gone; False when there was none.

        Its checksum is compared again.
        """
        with self._lock:
            keys = [
                key for key, mapping in self._mappings.items() if mapping.name == (region.root, region.path)
            ]
            for key in keys:
                del self._mappings[key]
            for known in [known for known in self._whole if known[0] in keys]:
                del self._whole[known]
        return bool(keys)

    def close(self) -> None:
        """Forget all mappings."""
        with self._lock:
            self._mappings.clear()
            self._whole.clear()

    @property
    def kept(self) -> tuple[int, int]:
        """Files and bytes mapped now."""
        with self._lock:
            return len(self._mappings), sum(key[2] for key in self._mappings)

    def _open_below_root(self, region: FileRegion) -> int:
        root = self._roots.get(region.root)
        if root is None:
            agreed = f"Agreed in the hello: {', '.join(sorted(self._roots)) or 'none'}."
            raise TomoeError("WIRE_ROOT", f'root "{region.root}" was not agreed', hint=agreed)
        segments = region.path.split("/")
        if any(segment in ("", ".", "..") or "\0" in segment for segment in segments):
            text = f'path "{region.path}" below root "{region.root}" has an empty, ".", ".." or NUL segment'
            raise TomoeError("WIRE_ROOT", text, hint='Send a relative path with "/" between plain names.')
        folder = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        current = _open(root, folder, None, region)
        for segment in segments[:-1]:
            parent = current
            try:
                current = _open(segment, folder | os.O_NOFOLLOW, parent, region)
            finally:
                os.close(parent)
        try:
            # Without O_NONBLOCK a FIFO in the folder would hold the worker for ever.
            file = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            return _open(segments[-1], file, current, region)
        finally:
            os.close(current)

    def _mapping(self, key: _FileKey, descriptor: int, region: FileRegion) -> _Mapping:
        with self._lock:
            found = self._mappings.get(key)
            if found is not None:
                self._mappings.move_to_end(key)
                return found
            name = region.root, region.path
            mapping = _Mapping(name=name, view=_map(descriptor, key[2], region), generation=region.generation)
            # A file replaced under the same name is not read again through its old mapping.
            kept = [(key, each) for key, each in self._mappings.items() if each.name != name]
            self._mappings = OrderedDict([*kept, (key, mapping)])
            self._evict()
            return mapping

    def _evict(self) -> None:
        # Nothing is unmapped here: a thread may be about to read it, and tensors may look into it.
        total = sum(key[2] for key in self._mappings)
        while len(self._mappings) > 1 and (len(self._mappings) > self._max_files or total > self._max_bytes):
            key, _ = self._mappings.popitem(last=False)
            total -= key[2]

    def _verify(self, key: _FileKey, mapping: _Mapping, region: FileRegion, view: memoryview) -> None:
        if region.generation < mapping.generation:
            text = f"{region} is older than generation {mapping.generation}, which was opened before"
            raise TomoeError("WIRE_INVALID", text, hint="A slot's bytes are gone once it is written again.")
        if region.generation > mapping.generation:
            mapping.generation = region.generation
            mapping.verified.clear()
        span = region.offset_bytes, region.length_bytes, region.crc32
        if span in mapping.verified or (region.generation == 0 and (key, span) in self._whole):
            return
        code = "DATA_SHARD_CHECKSUM" if region.generation == 0 else "WIRE_CHECKSUM"
        try:
            check_bytes(
                view, length_bytes=region.length_bytes, crc32=region.crc32, what=str(region), code=code
            )
        except TomoeError:
            # A page this process wrote to no longer follows the file: a second try maps it afresh.
            with self._lock:
                self._mappings.pop(key, None)
            raise
        mapping.verified.add(span)
        if region.generation == 0:
            with self._lock:
                self._whole[key, span] = None
                if len(self._whole) > _MAX_VERIFIED:
                    self._whole.popitem(last=False)


def _check_numbers(region: FileRegion) -> None:
    if region.offset_bytes < 0 or region.offset_bytes % _ALIGNMENT != 0:
        text = f"{region} begins at {region.offset_bytes}, not at a multiple of {_ALIGNMENT}"
        raise TomoeError(
            "WIRE_INVALID", text, hint="Align regions, so that the tensors in them stay aligned."
        )
    if region.length_bytes < 1 or region.generation < 0 or not 0 <= region.crc32 < 2**32:
        text = f"{region} has length {region.length_bytes} and CRC-32 {region.crc32}"
        raise TomoeError("WIRE_INVALID", text, hint="A length is at least 1; a CRC-32 has 32 bits.")
    if region.length_bytes > TENSOR_LIMITS.total_bytes:
        text = f"{region} has {region.length_bytes} bytes, the cap is {TENSOR_LIMITS.total_bytes}"
        raise TomoeError("WIRE_TOO_LARGE", text, hint="Write fewer rows in one file.")


def _open(name: str, flags: int, folder: int | None, region: FileRegion) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        where = f'path "{region.path}" below root "{region.root}"'
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            text = f"{where}: {name} is a symlink, or no folder"
            raise TomoeError("WIRE_ROOT", text, hint="Only real files inside the root are opened.") from error
        if error.errno == errno.ENOENT:
            text = f"{where}: {name} does not exist"
            raise TomoeError("PATH_NOT_FOUND", text, hint="Write the file before handing it over.") from error
        raise disk_failure(error.errno, "read", where) from error


def _file_key(descriptor: int, region: FileRegion) -> _FileKey:
    """Identity of an open file, once it is regular and long enough to be mapped: past its end a read is
    SIGBUS.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise TomoeError(
            "WIRE_ROOT", f"{region} is not a regular file", hint="Only regular files are mapped."
        )
    end = region.offset_bytes + region.length_bytes
    if end > status.st_size:
        text = f"{region} ends at byte {end}, the file has {status.st_size}"
        raise TomoeError(
            "DATA_TRUNCATED", text, hint="The file was cut off, or the region is not of this file."
        )
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns if region.generation == 0 else -1


def _map(descriptor: int, size: int, region: FileRegion) -> memoryview:
    try:
        # NORESERVE: no memory is set aside for copies that are never made.
        flags = mmap.MAP_PRIVATE | _MAP_NORESERVE
        return memoryview(mmap.mmap(descriptor, size, flags=flags, prot=mmap.PROT_READ | mmap.PROT_WRITE))
    except OSError as error:
        text = f"{region}: {size} bytes could not be mapped: {error}"
        raise TomoeError("IO_FAILED", text, hint="Keep shards and slots on a local file system.") from error
