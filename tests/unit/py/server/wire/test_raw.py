"""Requests before they are decoded."""

from __future__ import annotations

import pytest
from tiny_worker import hello_message
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.wire.raw import chunk_of, first_of, versions_of
from tomoe_worker.server.wire.walk import contract


def chunk(data: bytes) -> bytes:
    encoded: bytes = contract().message("PutTensorRequest")(chunk=data).SerializeToString()
    return encoded


@pytest.mark.parametrize("size", [1, 127, 128, 16_383, 16_384, 1 << 20, 4 << 20])
def test_a_chunk_is_taken_from_its_message_without_decoding_it(size: int) -> None:
    data = bytes(size % 251 for _ in range(size))
    assert chunk_of(chunk(data)) == data


@pytest.mark.parametrize(
    "request_bytes",
    [b"", b"\x12", b"\x12\x05abcd", b"\x12\x03abcd", b"\x0a\x02ab", b"\x12\xff\xff\xff\xff\xff\xff"],
)
def test_what_is_no_chunk_is_refused(request_bytes: bytes) -> None:
    with pytest.raises(TomoeError) as caught:
        chunk_of(request_bytes)
    assert (caught.value.code, caught.value.what) == (
        "WIRE_INVALID",
        "PutTensor sent something else than a chunk",
    )


def test_the_first_message_of_a_stream_is_taken_and_the_rest_left() -> None:
    items = iter(["a", "b"])
    assert first_of(items, "FeedRequest") == "a"
    assert list(items) == ["b"]
    with pytest.raises(TomoeError) as caught:
        first_of(items, "FeedRequest")
    assert (caught.value.code, caught.value.what) == (
        "WIRE_INCOMPLETE",
        "the stream ended before the first FeedRequest",
    )


def test_the_version_of_a_hello_is_read_whatever_else_it_holds() -> None:
    hello: bytes = hello_message().SerializeToString()
    assert versions_of(hello) == (1, 0)
    # Field 99, of a version to come.
    assert versions_of(hello + b"\x9a\x06\x01x") == (1, 0)
