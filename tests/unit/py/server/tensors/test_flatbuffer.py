import struct
from collections.abc import Callable
from typing import Any

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.flatbuffer import FlatBlock, FlatTable


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
        "text": b"abc",
        **changes,
    }
    data = struct.pack("<I4HiII", part["root"], *part["vtable"], part["back"], part["offset"], part["length"])
    return FlatBlock(data + part["text"] + b"\0")


def test_a_field_reads_and_an_absent_one_reads_as_nothing() -> None:
    table = block().root()
    assert table.text(0) == "abc"
    assert (table.position(1), table.number(1, "<q"), table.vector(1), table.tables(9, 1, "x")) == (
        None,
        0,
        (0, 0),
        [],
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"root": 400}, "metadata of 28 bytes points at bytes 400..404"),
        ({"back": 1000}, "points at bytes -988..-984"),
        ({"back": -1000}, "points at bytes 1012..1016"),
        ({"vtable": (4000, 8, 4, 0)}, "points at bytes 4..4004"),
        ({"vtable": (7, 8, 4, 0)}, "a table of 8 bytes with a vtable of 7"),
        ({"vtable": (8, 4000, 4, 0)}, "points at bytes 12..4012"),
        ({"vtable": (8, 8, 9, 0)}, "field 0 lies at 9, outside its table of 8 bytes"),
        ({"offset": 4000}, "points at bytes"),
        ({"length": 0xFFFFFFFF}, "points at bytes"),
        ({"text": b"\xffbc"}, "a name of 3 bytes is not UTF-8"),
    ],
)
def test_every_offset_is_checked_before_it_is_followed(changes: dict[str, Any], message: str) -> None:
    assert_refused(lambda: block(**changes).root().text(0), message)


def test_tables_are_counted_before_they_are_read() -> None:
    assert_refused(lambda: block().root().tables(0, 2, "columns"), "3 columns, more than 2")
    assert_refused(lambda: block().root().tables(0, 3, "columns"), "points at bytes")


def test_an_absent_table_is_refused() -> None:
    assert_refused(lambda: FlatTable.table(block().root(), 1), "metadata lacks field 1")


def assert_refused(act: Callable[[], Any], message: str) -> None:
    with pytest.raises(TomoeError) as caught:
        act()
    assert caught.value.code == "DATA_SHARD_SCHEMA"
    assert message in str(caught.value)
