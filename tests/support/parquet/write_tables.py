"""Writes a table as Parquet by pyarrow in every compression and encoding, its rows as JSON beside it.

Called with a folder and a number of rows: `expected.json` says what each file has to
be read as, by pyarrow's values.
"""

import datetime
import decimal
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

draw = random.Random(94)
epoch = datetime.datetime(2020, 1, 1)


def text() -> str:
    """Returns a text: empty, of other letters, long, or one of few."""
    long = "x" * draw.randint(0, 300)
    return draw.choice(["", "Ein Bericht äöü 肺", long, "yes", "Ist ein Knoten zu sehen?"])


def maybe(make: Callable[[], Any], share: float = 0.15) -> Any:
    """Returns a value, or none of it."""
    return None if draw.random() < share else make()


def part() -> dict[str, Any]:
    """Returns a part of a message's content."""
    return {"type": "text", "text": maybe(text), "image": maybe(lambda: "a.nii.gz", 0.5)}


def message() -> dict[str, Any]:
    """Returns a message, of which anything may be missing."""
    content = maybe(lambda: [maybe(part) for _ in range(draw.randint(0, 3))])
    return {"role": maybe(lambda: draw.choice(["user", "assistant"])), "content": content}


def columns(rows: int) -> dict[str, pa.Array]:
    """Returns a column of each type that tables have, with nulls at every depth."""

    def many(make: Callable[[], Any], kind: pa.DataType, share: float = 0.15) -> pa.Array:
        return pa.array([maybe(make, share) for _ in range(rows)], kind)

    parts = pa.list_(pa.struct([("type", pa.string()), ("text", pa.string()), ("image", pa.string())]))
    odd = [float("nan"), float("inf"), -float("inf"), 0.1]
    nested = [None, [], [[]], [None], [[1, None], [], None, [3]], [[5]]]
    files = [None, {"bytes": None, "path": "a.nii.gz"}, {"bytes": None, "path": None}]
    return {
        "messages": many(
            lambda: [maybe(message) for _ in range(draw.randint(0, 4))],
            pa.list_(pa.struct([("role", pa.string()), ("content", parts)])),
        ),
        "i8": many(lambda: draw.randint(-128, 127), pa.int8()),
        "i32": many(lambda: draw.randint(-(2**31), 2**31 - 1), pa.int32(), 0),
        "i64": many(lambda: draw.randint(1 - 2**53, 2**53 - 1), pa.int64()),
        "u8": many(lambda: draw.randint(0, 255), pa.uint8()),
        "u32": many(lambda: draw.randint(0, 2**32 - 1), pa.uint32()),
        "u64": many(lambda: draw.randint(0, 2**53 - 1), pa.uint64()),
        "f16": many(lambda: draw.gauss(0, 10), pa.float16()),
        "f32": many(lambda: draw.gauss(0, 10), pa.float32()),
        "f64": many(lambda: draw.choice(odd), pa.float64()),
        "flag": many(lambda: draw.random() < 0.5, pa.bool_()),
        "few": many(lambda: draw.choice(["a", "b", "c"]), pa.string()),
        "large": many(text, pa.large_string()),
        "decimal": many(
            lambda: decimal.Decimal(draw.randint(-(10**8), 10**8)).scaleb(-3), pa.decimal128(12, 3)
        ),
        "wide": many(
            lambda: decimal.Decimal(draw.randint(-(10**40), 10**40)).scaleb(-2), pa.decimal256(50, 2)
        ),
        "us": many(
            lambda: epoch + datetime.timedelta(microseconds=draw.randint(-(10**16), 10**16)),
            pa.timestamp("us"),
        ),
        "utc": many(
            lambda: epoch + datetime.timedelta(milliseconds=draw.randint(-(10**12), 10**12)),
            pa.timestamp("ms", tz="UTC"),
        ),
        "date": many(
            lambda: datetime.date(1950, 1, 1) + datetime.timedelta(draw.randint(0, 40000)), pa.date32()
        ),
        "time": many(
            lambda: datetime.time(draw.randint(0, 23), 5, 6, draw.randint(0, 999999)), pa.time64("us")
        ),
        "lists": many(lambda: draw.choice(nested), pa.list_(pa.list_(pa.int32()))),
        "bytes": many(lambda: draw.randbytes(5), pa.binary()),
        "image": many(lambda: draw.choice(files), pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        "map": many(lambda: draw.choice([[], [("a", 1), ("b", None)]]), pa.map_(pa.string(), pa.int32())),
        "none": pa.nulls(rows),
        "pair": many(lambda: draw.choice([[1, 2], [3, None]]), pa.list_(pa.int16(), 2), 0),
    }


def told(value: Any, kind: pa.DataType) -> Any:
    """Returns a value of pyarrow as a table of text has it."""
    if value is None:
        return None
    if pa.types.is_floating(kind):
        number = float(value)
        if number != number:
            return "NaN"
        return number if abs(number) != float("inf") else f"{'-' if number < 0 else ''}Infinity"
    if pa.types.is_decimal(kind):
        return format(value, "f")
    if pa.types.is_timestamp(kind):
        plain = value.replace(tzinfo=None).isoformat()
        return (plain[:-3] if value.microsecond and kind.unit == "ms" else plain) + ("Z" if kind.tz else "")
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return value.isoformat()
    if pa.types.is_binary(kind):
        return {"bytes": len(value)}
    if pa.types.is_map(kind):
        return {key: told(one, kind.item_type) for key, one in value}
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        return [told(one, kind.value_type) for one in value]
    if pa.types.is_struct(kind):
        if kind.field(0).name == "bytes":
            return value["path"]
        return {field.name: told(value[field.name], field.type) for field in kind}
    return value


encodings = {
    "i64": "DELTA_BINARY_PACKED",
    "i32": "DELTA_BINARY_PACKED",
    "large": "DELTA_LENGTH_BYTE_ARRAY",
    "few": "DELTA_BYTE_ARRAY",
    "f32": "BYTE_STREAM_SPLIT",
    "f64": "BYTE_STREAM_SPLIT",
    "u64": "BYTE_STREAM_SPLIT",
    "f16": "BYTE_STREAM_SPLIT",
    "flag": "RLE",
    "messages.list.element.content.list.element.text": "DELTA_BYTE_ARRAY",
}


def write(folder: Path, rows: int) -> None:
    """Writes every file."""
    table = pa.table(columns(rows))
    kinds = table.schema
    values = {name: table[name].to_pylist() for name in table.column_names}
    expected = [
        {name: told(values[name][row], kinds.field(name).type) for name in table.column_names}
        for row in range(rows)
    ]
    (folder / "expected.json").write_text(json.dumps(expected))
    small = {"row_group_size": rows // 3 + 1, "data_page_size": 600}
    for version in ("1.0", "2.0"):
        for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
            pq.write_table(
                table,
                folder / f"{codec}-{version}.parquet",
                compression=codec,
                data_page_version=version,
                write_page_checksum=codec == "zstd",
                **small,
            )
        pq.write_table(
            table,
            folder / f"encodings-{version}.parquet",
            use_dictionary=False,
            column_encoding=encodings,
            data_page_version=version,
        )
    pq.write_table(table, folder / "old-lists.parquet", version="1.0", use_compliant_nested_type=False)
    stamps = table.select(["us"])
    pq.write_table(stamps, folder / "int96.parquet", use_deprecated_int96_timestamps=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
