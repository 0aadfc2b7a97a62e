import gc
import itertools
import warnings
import weakref
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.arrow import TENSOR_LIMITS, decode_tensors
from tomoe_worker.server.tensors.uploads import MAX_CHUNK_BYTES, UploadHeader, UploadStore

GOLDEN = Path(__file__).parents[4] / "fixtures" / "wire" / "volume-and-labels.arrow"


def header_of(data: bytes, chunks: int, upload_id: str = "a") -> UploadHeader:
    return UploadHeader(
        upload_id=upload_id, length_bytes=len(data), chunk_count=chunks, crc32=zlib.crc32(data)
    )


def store(max_uploads: int = 8, max_bytes: int = 2**30) -> UploadStore:
    return UploadStore(max_uploads=max_uploads, max_bytes=max_bytes)


def refusal(act: Callable[[], Any], code: str, message: str) -> None:
    with pytest.raises(TomoeError) as caught:
        act()
    assert (caught.value.code, bool(caught.value.hint)) == (code, True)
    assert message in str(caught.value)


def send(uploads: UploadStore, data: bytes, cuts: list[int], upload_id: str = "a") -> memoryview:
    edges = [0, *cuts, len(data)]
    upload = uploads.begin(header_of(data, len(edges) - 1, upload_id))
    for start, end in itertools.pairwise(edges):
        upload.add(memoryview(data)[start:end])
    return uploads.finish(upload)


@pytest.mark.parametrize("cuts", [[], [1], [7, 8, 9], [100, 1000]])
def test_chunks_join_in_one_aligned_writable_buffer_and_decode_there(cuts: list[int]) -> None:
    data = GOLDEN.read_bytes()
    uploads = store()
    view = send(uploads, data, cuts)
    assert bytes(view) == data
    start = np.frombuffer(view, np.uint8).ctypes.data
    assert start % 64 == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        volume, labels = decode_tensors(uploads.get("a"))
    assert start <= volume.tensor.data_ptr() < start + len(data)
    assert labels.tensor.flatten().tolist() == [-1, 0, 3, -1]


def test_a_changed_byte_is_found() -> None:
    data = GOLDEN.read_bytes()
    changed = bytearray(data)
    changed[1000] ^= 1
    uploads = store()
    upload = uploads.begin(header_of(data, 1))
    upload.add(changed)
    refusal(
        lambda: uploads.finish(upload), "WIRE_CHECKSUM", f'bytes of upload "a" is 0x{zlib.crc32(changed):08x}'
    )
    refusal(lambda: uploads.get("a"), "WIRE_INVALID", 'no finished upload "a"')


def test_missing_and_surplus_chunks_are_refused() -> None:
    uploads = store()
    upload = uploads.begin(header_of(b"abcdef", 2))
    upload.add(b"abc")
    refusal(lambda: uploads.finish(upload), "WIRE_INVALID", "has 3 bytes in 1 chunks, 6 in 2 were announced")
    refusal(lambda: upload.add(b""), "WIRE_INVALID", 'chunk 1 of upload "a" has 0 bytes at 3 of 6')
    refusal(lambda: upload.add(b"defg"), "WIRE_INVALID", "has 4 bytes at 3 of 6 announced")
    upload.add(b"de")
    refusal(lambda: upload.add(b"f"), "WIRE_INVALID", "announced in 2 chunks")


def test_a_chunk_has_at_most_4_mib() -> None:
    uploads = store()
    for size in (MAX_CHUNK_BYTES - 1, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES + 1):
        data = bytes(MAX_CHUNK_BYTES + 1)
        upload = uploads.begin(header_of(data, 2, str(size)))
        if size <= MAX_CHUNK_BYTES:
            upload.add(memoryview(data)[:size])
        else:
            refusal(lambda: upload.add(data), "WIRE_TOO_LARGE", "has 4194305 bytes, the cap is 4194304")  # noqa: B023


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"upload_id": ""}, "WIRE_INVALID", 'upload "" of 64 bytes'),
        ({"length_bytes": 0}, "WIRE_INVALID", "of 0 bytes"),
        ({"length_bytes": -1}, "WIRE_INVALID", "of -1 bytes"),
        ({"crc32": 2**32}, "WIRE_INVALID", "CRC-32 4294967296"),
        ({"chunk_count": 0}, "WIRE_INVALID", "in 0 chunks cannot be"),
        ({"chunk_count": 65}, "WIRE_INVALID", "in 65 chunks cannot be"),
        ({"length_bytes": MAX_CHUNK_BYTES + 1}, "WIRE_INVALID", "in 1 chunks cannot be"),
        (
            {"length_bytes": TENSOR_LIMITS.total_bytes + 1},
            "WIRE_TOO_LARGE",
            "above the cap of 1073741824 bytes",
        ),
        ({"length_bytes": 2**63}, "WIRE_TOO_LARGE", "above the cap"),
    ],
)
def test_a_header_that_cannot_be_is_refused_before_memory_is_taken(
    changes: dict[str, Any], code: str, message: str
) -> None:
    refusal(lambda: store().begin(replace(header_of(bytes(64), 1), **changes)), code, message)


def test_uploads_together_hold_their_caps_and_dropping_one_makes_room() -> None:
    uploads = store(max_uploads=3, max_bytes=100)
    for name, size in (("a", 60), ("b", 40)):  # exactly the cap
        uploads.begin(header_of(bytes(size), 1, name))
    refusal(
        lambda: uploads.begin(header_of(b"x", 1, "c")), "WIRE_TOO_LARGE", "would make 3 uploads of 101 bytes"
    )
    assert uploads.drop("b")
    assert not uploads.drop("b")
    for name in ("c", "d"):
        uploads.begin(header_of(b"x", 1, name))
    refusal(lambda: uploads.begin(header_of(b"x", 1, "e")), "WIRE_TOO_LARGE", "the caps are 3 and 100")


def test_an_id_in_use_is_refused_and_free_again_after_the_drop() -> None:
    uploads = store()
    send(uploads, b"abc", [])
    refusal(lambda: uploads.begin(header_of(b"x", 1)), "WIRE_INVALID", 'upload "a" exists already')
    assert uploads.drop("a")
    refusal(lambda: uploads.get("a"), "WIRE_INVALID", 'no finished upload "a"')
    assert bytes(send(uploads, b"xyz", [])) == b"xyz"


def test_an_upload_dropped_on_its_way_is_not_kept() -> None:
    uploads = store()
    upload = uploads.begin(header_of(b"abc", 1))
    upload.add(b"abc")
    assert uploads.drop("a")
    uploads.finish(upload)
    refusal(lambda: uploads.get("a"), "WIRE_INVALID", 'no finished upload "a"')


def test_memory_of_a_dropped_upload_lives_as_long_as_its_tensors() -> None:
    uploads = store()
    send(uploads, GOLDEN.read_bytes(), [])
    columns = decode_tensors(uploads.get("a"))
    memory = weakref.ref(columns[0].tensor)
    expected = columns[0].tensor.clone()
    assert uploads.drop("a")
    gc.collect()
    assert bool((columns[0].tensor == expected).all())
    del columns
    gc.collect()
    assert memory() is None
