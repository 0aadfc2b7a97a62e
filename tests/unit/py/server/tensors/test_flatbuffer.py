import struct
from collections.abc import Callable
from typing import Any

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.flatbuffer import FlatBlock


def block(**changes: Any) -> FlatBlock:
    """One table by hand: vtable at 4 (8 bytes, field 0 at 4, field 1 absent), table at 12, text "abc"
    at 20.
    """
    part = {
        "root": 12,
        "vtable": (8, 8, 4, 0),
        "back": 8,
        "offset": 4,
        "length": 3,
        "text": b"abc\0",
        **changes,
    }
    data = struct.pack("<I4HiII", part["root"], *part["vtable"], part["back"], part["offset"], part["length"])
    return FlatBlock(data + part["text"], "the test block")


def test_a_field_reads_and_an_absent_one_reads_as_its_default() -> None:
    table = block().root()
    assert (table.text(0), table.has(0), table.position(0)) == ("abc", True, 16)
    assert (table.has(1), table.has(2), table.position(1)) == (False, False, None)
    assert (table.u8(1), table.i16(1), table.i32(9), table.size64(1)) == (0, 0, 0, 0)
    assert (table.text(7), table.table(1), table.vector(1, 8), table.tables(9, 1, "x")) == (
        "",
        None,
        (0, 0),
        [],
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"root": 400}, "4 bytes at 400 lie outside its 28 bytes"),
        ({"root": 0}, "the offset at 0 leads nowhere"),
        ({"root": 14}, "a value of 4 bytes lies at 14, no multiple of its size"),
        ({"back": 1000}, "2 bytes at -988 lie outside"),
        ({"back": -1000}, "2 bytes at 1012 lie outside"),
        ({"back": 7}, "a value of 2 bytes lies at 5, no multiple of its size"),
        ({"vtable": (4000, 8, 4, 0)}, "4000 bytes at 4 lie outside"),
        ({"vtable": (7, 8, 4, 0)}, "a table of 8 bytes with a vtable of 7"),
        ({"vtable": (2, 8, 4, 0)}, "a table of 8 bytes with a vtable of 2"),
        ({"vtable": (8, 4000, 4, 0)}, "4000 bytes at 12 lie outside"),
        ({"vtable": (8, 3, 4, 0)}, "a table of 3 bytes with a vtable of 8"),
        ({"vtable": (8, 8, 9, 0)}, "field 0 lies at 9, outside its table of 8 bytes"),
        ({"vtable": (8, 8, 4, 8)}, "field 1 lies at 8, outside its table of 8 bytes"),
        ({"vtable": (8, 8, 2, 0)}, "field 0 lies at 2, outside its table of 8 bytes"),
        ({"offset": 4000}, "lie outside its 28 bytes"),
        ({"offset": 0}, "the offset at 16 leads nowhere"),
        ({"length": 0xFFFFFFFF}, "4294967295 bytes at 24 lie outside"),
        ({"length": 4}, "1 bytes at 28 lie outside"),
        ({"text": b"abcd"}, "a name of 3 bytes does not end in a zero byte"),
        ({"text": b"\xffbc\0"}, "a name of 3 bytes is not UTF-8"),
    ],
)
def test_every_offset_is_checked_before_it_is_followed(changes: dict[str, Any], message: str) -> None:
    assert_refused(lambda: block(**changes).root().text(0), message)


def test_a_field_is_checked_though_nobody_reads_it() -> None:
    assert_refused(block(vtable=(8, 8, 4, 60_000)).root, "field 1 lies at 60000, outside its table")


def test_tables_are_counted_before_they_are_read() -> None:
    assert_refused(lambda: block().root().tables(0, 2, "columns"), "12 bytes at 24 lie outside")
    assert_refused(lambda: block(length=1).root().tables(0, 0, "columns"), "1 columns, more than 0")


def test_numbers_have_their_size_and_sign_and_lie_at_a_multiple_of_it() -> None:
    numbers = FlatBlock(struct.pack("<Bxhi", 200, -2, -3), "the test block")
    assert (numbers.u8(0), numbers.u16(2), numbers.i16(2), numbers.i32(4)) == (200, 0xFFFE, -2, -3)
    assert_refused(lambda: numbers.i16(1), "the test block: a value of 2 bytes lies at 1")
    assert_refused(lambda: numbers.i32(2), "the test block: a value of 4 bytes lies at 2")
    assert_refused(lambda: numbers.i32(8), "the test block: 4 bytes at 8 lie outside its 8 bytes")
    assert_refused(lambda: numbers.u8(-1), "the test block: 1 bytes at -1 lie outside its 8 bytes")


def test_counts_are_those_that_typescript_holds_exactly() -> None:
    def size(value: int) -> int:
        return FlatBlock(struct.pack("<q", value), "the test block").size64(0)

    assert [size(0), size(2**53 - 1)] == [0, 2**53 - 1]
    for value in (-1, 2**53, -(2**63)):
        assert_refused(lambda value=value: size(value), f"a count of {value} is outside 0..2^53-1")


def assert_refused(act: Callable[[], Any], message: str) -> None:
    with pytest.raises(TomoeError) as caught:
        act()
    assert caught.value.code == "DATA_SHARD_SCHEMA"
    assert caught.value.hint
    assert message in str(caught.value)
