import struct
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from arrow_files import aligned, assert_refused, volume_batch, write
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.arrow import decode_tensors
from tomoe_worker.server.tensors.column import TENSOR_LIMITS
from tomoe_worker.server.tensors.ipc_frames import IpcLayout, read_layout, too_large


def layout_of(data: np.ndarray) -> IpcLayout:
    return read_layout(memoryview(data), TENSOR_LIMITS)


def changed(data: np.ndarray, at: int, layout: str, *values: object) -> np.ndarray:
    """A copy with one number changed."""
    copy = data.copy()
    struct.pack_into(layout, copy, at, *values)
    return copy


def footer_start(data: np.ndarray) -> int:
    return len(data) - 10 - int(struct.unpack_from("<i", data, len(data) - 10)[0])


def test_a_file_is_the_stream_inside_it_with_a_footer_that_says_the_same() -> None:
    data = write(volume_batch())
    whole, stream = layout_of(data), layout_of(aligned(data[8 : footer_start(data)].tobytes()))
    assert whole.footer is not None
    assert stream.footer is None
    assert (whole.schema.start, stream.schema.start) == (8, 0)
    assert whole.batch.start == stream.batch.start + 8
    assert (whole.batch.metadata_bytes, whole.batch.body_bytes) == (
        stream.batch.metadata_bytes,
        stream.batch.body_bytes,
    )
    assert whole.batch.body_bytes >= 24


@pytest.mark.parametrize("at", [-1, -6])
def test_a_file_ends_in_the_magic_word(at: int) -> None:
    data = write(volume_batch())
    data[at] ^= 1
    assert_refused(data, f"the file of {len(data)} bytes does not end in ARROW1")


@pytest.mark.parametrize("length", [0, -1, 2**31 - 1])
def test_a_footer_that_does_not_fit_is_refused(length: int) -> None:
    data = write(volume_batch())
    assert_refused(changed(data, len(data) - 10, "<i", length), f"the footer announces {length} bytes")


def test_a_message_begins_with_the_mark_of_continuation() -> None:
    assert_refused(changed(write(volume_batch()), 8, "<I", 0), "no message begins at byte 8")


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (0, "the stream ends at byte 8 before the schema message"),
        (-8, "the schema message announces -8 bytes of metadata at byte 8"),
        (60_000, "the schema message announces 60000 bytes of metadata at byte 8"),
        (12, "the schema message announces 12 bytes of metadata at byte 8"),
    ],
)
def test_a_message_announces_the_metadata_that_is_there(length: int, message: str) -> None:
    assert_refused(changed(write(volume_batch()), 12, "<i", length), message)


@pytest.mark.parametrize("cut", [0, 7, 8])
def test_a_stream_cut_off_says_so(cut: int) -> None:
    data = write(volume_batch(), stream=True)
    assert_refused(aligned(data[:cut].tobytes()) if cut else np.empty(0, np.uint8), "the schema message")


def test_no_byte_is_left_unread() -> None:
    data = write(volume_batch(), stream=True)
    longer = aligned(data.tobytes() + bytes(8))
    assert_refused(longer, f"8 bytes lie between the end of the stream at byte {len(data)} and the end")
    assert_refused(aligned(data[:-8].tobytes()), "no end of stream at byte")


def test_a_file_holds_exactly_one_record_batch_and_no_dictionary() -> None:
    batch = volume_batch()
    for stream in (False, True):
        assert_refused(write(batch, batch, stream=stream), "behind the first record batch")
    assert_refused(write(schema=batch.schema, stream=True), "before the record batch message")
    encoded = pa.record_batch([pa.array(["a", "b"]).dictionary_encode()], names=["prompt"])
    for stream in (False, True):
        found = "found a dictionary batch where the record batch message belongs"
        assert_refused(write(encoded, stream=stream), found)


def test_an_older_format_is_refused() -> None:
    data = write(volume_batch(), stream=True, metadata_version=pa.ipc.MetadataVersion.V4)
    assert_refused(data, "the schema message has metadata version 3, not 4 (V5)")


def test_metadata_beside_a_message_or_in_the_footer_is_refused() -> None:
    batch, sink = volume_batch(), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch, custom_metadata={"patient": "x"})
    assert_refused(aligned(sink.getvalue()), "the record batch message has metadata of its own")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema, metadata={"patient": "x"}) as writer:
        writer.write_batch(batch)
    assert_refused(aligned(sink.getvalue()), "the footer has metadata of its own")


def test_a_footer_that_disagrees_with_the_stream_is_refused() -> None:
    data = write(volume_batch())
    renamed = data.copy()
    renamed[bytes(data).rindex(b"volume")] = ord("V")
    assert_refused(renamed, "the footer's schema differs from the stream's")
    start = layout_of(data).batch.start
    block = bytes(data).rindex(struct.pack("<q", start))
    assert block > footer_start(data)
    assert_refused(changed(data, block, "<q", 8), "the footer puts the record batch at [8, ")
    assert_refused(changed(data, block + 8, "<i", 8), f"the footer puts the record batch at [{start}, 8, ")
    assert_refused(changed(data, block + 16, "<q", 8), f"it lies at [{start}, ")


@pytest.mark.parametrize("slack", [1, 0, -1])
def test_the_caps_on_metadata_and_footer_hold(slack: int) -> None:
    stream, file = write(volume_batch(), stream=True), write(volume_batch())
    message = int(struct.unpack_from("<i", stream, 4)[0])
    footer = len(file) - 10 - footer_start(file)
    for data, size in ((stream, message), (file, max(message, footer))):
        limits = replace(TENSOR_LIMITS, metadata_bytes=size + slack)
        if slack >= 0:
            assert len(decode_tensors(data, limits=limits)) == 1
            continue
        with pytest.raises(TomoeError) as caught:
            decode_tensors(data, limits=limits)
        assert caught.value.code == "WIRE_TOO_LARGE"
        assert f"the cap is {size - 1}" in str(caught.value)


def test_what_is_above_a_cap_says_so_with_a_remedy() -> None:
    with pytest.raises(TomoeError) as caught:
        too_large("the message has 9 bytes, the cap is 8")
    assert (caught.value.code, caught.value.hint) == (
        "WIRE_TOO_LARGE",
        "Send fewer rows or columns in one message.",
    )
