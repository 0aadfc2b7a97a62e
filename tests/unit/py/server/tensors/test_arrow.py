import gc
import json
import struct
import subprocess
import sys
import warnings
import weakref
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.arrow import TENSOR_LIMITS, check_bytes, checksum, decode_tensors

ROOT = Path(__file__).parents[5]
GOOD = {"shape": [2, 3], "dim_names": ["h", "w"]}


def aligned(data: bytes | pa.Buffer) -> np.ndarray:
    """The bytes in writable memory of their own, at a multiple of 64."""
    view = np.frombuffer(data, np.uint8)
    memory = np.empty(len(view) + 64, np.uint8)
    start = -memory.ctypes.data % 64
    memory[start : start + len(view)] = view
    return memory[start : start + len(view)]


def tensor_array(values: np.ndarray, names: list[str]) -> pa.Array:
    kind = pa.fixed_shape_tensor(pa.from_numpy_dtype(values.dtype), list(values.shape[1:]), dim_names=names)
    storage = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), type=kind.storage_type)
    return pa.ExtensionArray.from_storage(kind, storage)


def write(*batches: pa.RecordBatch, stream: bool = False, schema: Any = None, **options: Any) -> np.ndarray:
    sink = pa.BufferOutputStream()
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(sink, schema or batches[0].schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return aligned(sink.getvalue())


def volume_batch() -> pa.RecordBatch:
    values = np.arange(12, dtype=np.int16).reshape(2, 2, 3)
    return pa.record_batch([tensor_array(values, ["h", "w"])], names=["volume"])


def raw_batch(
    tensor: Any = None, *, item: pa.Field | None = None, values: Any = None, **fields: Any
) -> pa.RecordBatch:
    """A batch of one list column whose extension metadata is written as given, without pyarrow's checks."""
    kind = pa.list_(item or pa.field("item", pa.int16(), nullable=False), 6)
    metadata = {
        "ARROW:extension:name": fields.get("extension", "arrow.fixed_shape_tensor"),
        "ARROW:extension:metadata": tensor if isinstance(tensor, str) else json.dumps(tensor or GOOD),
        **fields.get("more", {}),
    }
    field = pa.field(fields.get("name", "volume"), kind, metadata=metadata)
    rows = values or [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    return pa.record_batch(
        [pa.array(rows, type=kind)], schema=pa.schema([field], metadata=fields.get("schema"))
    )


def refusal(act: Callable[[], Any]) -> TomoeError:
    with pytest.raises(TomoeError) as caught:
        act()
    assert caught.value.hint
    return caught.value


def assert_refused(data: np.ndarray, message: str, code: str = "DATA_SHARD_SCHEMA") -> None:
    error = refusal(lambda: decode_tensors(data))
    assert error.code == code
    assert message in str(error)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("dtype", ["int16", "uint8", "int32", "int64", "float16", "float32"])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_every_dtype_written_by_pyarrow_reads_back_bit_for_bit(dtype: str, rows: int, stream: bool) -> None:
    random = np.random.default_rng(8)
    raw = random.integers(0, 256, rows * 24 * np.dtype(dtype).itemsize, dtype=np.uint8)
    values = raw.view(dtype).reshape(rows, 2, 3, 4)
    batch = pa.record_batch([tensor_array(values, ["d", "h", "w"])], names=["volume"])
    (column,) = decode_tensors(write(batch, stream=stream))
    assert (column.name, column.dtype, column.rows, column.shape) == ("volume", dtype, rows, (2, 3, 4))
    assert column.dim_names == ("d", "h", "w")
    assert column.tensor.numpy().tobytes() == values.tobytes()


def test_tensors_are_views_of_the_bytes_and_keep_them_alive() -> None:
    data = write(volume_batch())
    (column,) = decode_tensors(data)
    start, end = data.ctypes.data, data.ctypes.data + data.nbytes
    assert start <= column.tensor.data_ptr() < end
    at = column.tensor.data_ptr() - start
    data[at : at + 2] = np.frombuffer(struct.pack("<h", -7), np.uint8)
    assert column.tensor[0, 0, 0] == -7
    memory = weakref.ref(data.base)
    del data
    gc.collect()
    assert memory() is not None
    assert column.tensor[1, 1, 2] == 11
    del column
    gc.collect()
    assert memory() is None


def test_a_large_tensor_decodes_without_memory_of_its_size() -> None:
    values = np.zeros((1, 32, 1024, 1024), np.int16)  # 64 MiB
    data = write(pa.record_batch([tensor_array(values, ["d", "h", "w"])], names=["volume"]))
    before = pa.total_allocated_bytes()
    (column,) = decode_tensors(data)
    assert pa.total_allocated_bytes() - before < 2**20
    assert 0 <= column.tensor.data_ptr() - data.ctypes.data < data.nbytes


def test_writable_memory_gives_tensors_without_torchs_warning_and_read_only_memory_is_refused() -> None:
    data = write(volume_batch())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decode_tensors(data)
    data.flags.writeable = False
    error = refusal(lambda: decode_tensors(data))
    assert error.code == "TENSOR_INVALID"
    assert str(error) == f"[TENSOR_INVALID] the {data.nbytes} Arrow bytes are read-only memory"


@pytest.mark.parametrize("shift", [1, 2, 4, 7])
def test_misaligned_bytes_are_refused_and_not_copied(shift: int) -> None:
    good = write(volume_batch())
    memory = aligned(bytes(good.nbytes + 64))[shift : shift + good.nbytes]
    memory[:] = good
    error = refusal(lambda: decode_tensors(memory))
    assert error.code == "TENSOR_INVALID"
    assert "not at a multiple of 8" in str(error)


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compression_is_refused_before_anything_is_unpacked(codec: str) -> None:
    values = np.zeros((1, 1024, 1024), np.int16)
    batch = pa.record_batch([tensor_array(values, ["h", "w"])], names=["volume"])
    before = pa.total_allocated_bytes()
    data = write(batch, compression=codec)
    assert data.nbytes < 100_000
    assert_refused(data, "the record batch is compressed")
    assert pa.total_allocated_bytes() - before < 2**20


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (lambda: pa.record_batch({"volume": [1, 2]}), 'column "volume" has metadata keys []'),
        (lambda: pa.record_batch({"prompt": ["a", "b"]}), 'column "prompt" has metadata keys []'),
        (lambda: raw_batch(extension="arrow.uuid"), 'column "volume" has extension type "arrow.uuid"'),
        (lambda: raw_batch(more={"note": "x"}), "has metadata keys"),
        (lambda: raw_batch("{shape"), "not a valid Arrow tensor file"),
        (lambda: raw_batch("[1]"), 'column "volume" has tensor metadata [1]'),
        (lambda: raw_batch({**GOOD, "unit": "HU"}), "has tensor metadata"),
        (lambda: raw_batch({"shape": [2, 3]}), "has tensor metadata"),
        (lambda: raw_batch({"shape": ["6"], "dim_names": ["x"]}), "shape must contain integers"),
        (lambda: raw_batch({"shape": [1.5, 4], "dim_names": ["h", "w"]}), "shape must contain integers"),
        (lambda: raw_batch({"shape": [-2, -3], "dim_names": ["h", "w"]}), "non-negative"),
        (lambda: raw_batch({"shape": [2, 4], "dim_names": ["h", "w"]}), "not a valid Arrow tensor file"),
        (lambda: raw_batch({"shape": [2, 3], "dim_names": ["h"]}), "dim_names"),
        (lambda: raw_batch({"shape": [2, 3], "dim_names": ["h", "h"]}), "has dimension names ['h', 'h']"),
        (lambda: raw_batch({**GOOD, "permutation": [1, 0]}), "has permutation [1, 0]"),
        (
            lambda: raw_batch({"shape": [1] * 7 + [2, 3], "dim_names": list("abcdefghi")}),
            "has shape [1, 1, 1",
        ),
        (lambda: raw_batch(item=pa.field("item", pa.float64())), "has items of double"),
        (lambda: raw_batch(item=pa.field("item", pa.int8())), "has items of int8"),
        (lambda: raw_batch(item=pa.field("item", pa.uint16())), "has items of uint16"),
        (
            lambda: raw_batch(item=pa.field("item", pa.int16(), metadata={"a": "b"})),
            "has metadata on its items",
        ),
        (lambda: raw_batch(name=""), "a column name has 0 bytes, outside 1..128"),
        (lambda: raw_batch(name="n" * 129), "a column name has 129 bytes, outside 1..128"),
        (lambda: raw_batch(schema={"patient": "x"}), "the schema has metadata of its own"),
        (lambda: raw_batch(values=[[0, 1, 2, 3, 4, 5], None]), "has rows, nulls, items, nulls [2, 1,"),
        (lambda: raw_batch(values=[[0, 1, 2, 3, 4, None]]), "has rows, nulls, items, nulls [1, 0, 6, 1]"),
    ],
)
def test_a_schema_outside_the_allow_list_is_refused(
    batch: Callable[[], pa.RecordBatch], message: str
) -> None:
    assert_refused(write(batch()), message)


def test_dictionaries_are_refused() -> None:
    batch = pa.record_batch([pa.array(["a", "b"]).dictionary_encode()], names=["prompt"])
    for stream in (False, True):
        assert_refused(
            write(batch, stream=stream), "found a dictionary batch message where the record batch belongs"
        )


def test_a_file_holds_exactly_one_record_batch() -> None:
    batch = volume_batch()
    assert_refused(write(batch, batch), "behind the first record batch")
    assert_refused(write(batch, batch, stream=True), "behind the first record batch")
    assert_refused(
        write(schema=batch.schema, stream=True), "the record batch message announces 0 bytes of metadata"
    )


def test_repeated_names_and_no_columns_are_refused() -> None:
    column = tensor_array(np.zeros((1, 2), np.int16), ["x"])
    assert_refused(
        write(pa.RecordBatch.from_arrays([column, column], names=["a", "a"])), "repeats a name: ['a', 'a']"
    )
    assert_refused(write(pa.RecordBatch.from_arrays([], names=[]), stream=True), "the schema has no columns")


@pytest.mark.parametrize("count", [63, 64, 65])
def test_a_file_has_at_most_64_columns(count: int) -> None:
    column = tensor_array(np.zeros((1, 2), np.int16), ["x"])
    data = write(pa.RecordBatch.from_arrays([column] * count, names=[f"c{index}" for index in range(count)]))
    if count <= 64:
        assert len(decode_tensors(data)) == count
    else:
        assert_refused(data, "65 columns, more than 64")


@pytest.mark.parametrize("slack", [1, 0, -1])
def test_the_cap_on_bytes_holds(slack: int) -> None:
    data = write(volume_batch())
    limits = replace(TENSOR_LIMITS, total_bytes=data.nbytes + slack)
    if slack >= 0:
        assert len(decode_tensors(data, limits=limits)) == 1
    else:
        error = refusal(lambda: decode_tensors(data, limits=limits))
        assert error.code == "WIRE_TOO_LARGE"
        assert str(error).endswith(f"the Arrow bytes are {data.nbytes}, the cap is {data.nbytes - 1}")


@pytest.mark.parametrize("slack", [1, 0, -1])
def test_the_cap_on_metadata_holds(slack: int) -> None:
    data = write(volume_batch(), stream=True)
    largest = max(struct.unpack_from("<i", data, 4)[0], 0)
    limits = replace(TENSOR_LIMITS, metadata_bytes=largest + slack)
    if slack >= 0:
        assert len(decode_tensors(data, limits=limits)) == 1
    else:
        assert refusal(lambda: decode_tensors(data, limits=limits)).code == "WIRE_TOO_LARGE"


def test_a_file_cut_off_anywhere_is_refused_by_name() -> None:
    for data in (write(volume_batch()), write(volume_batch(), stream=True)):
        for length in range(0, data.nbytes):
            error = refusal(lambda length=length, data=data: decode_tensors(aligned(data[:length].tobytes())))
            assert error.code == "DATA_SHARD_SCHEMA"


def test_a_footer_that_disagrees_with_the_stream_is_refused() -> None:
    data = write(volume_batch())
    at = bytes(data).rindex(b"volume")
    renamed = data.copy()
    renamed[at] = ord("V")
    assert_refused(aligned(renamed.tobytes()), "the footer's schema differs from the stream's")
    start = bytes(data).index(struct.pack("<Ii", 0xFFFFFFFF, struct.unpack_from("<i", data, 12)[0]))
    batch_start = start + 8 + struct.unpack_from("<i", data, 12)[0]
    block = bytes(data).rindex(struct.pack("<q", batch_start))
    moved = data.copy()
    moved[block : block + 8] = np.frombuffer(struct.pack("<q", 8), np.uint8)
    assert_refused(aligned(moved.tobytes()), "the footer puts the record batch at [8, ")


def test_the_checksum_is_crc32_of_ieee() -> None:
    assert checksum(b"123456789") == 0xCBF43926
    random = np.random.default_rng(8)
    for size in (0, 1, 7, 63, 64, 65, 1000, 4097, 2**20 + 3):
        data = random.integers(0, 256, size, dtype=np.uint8).tobytes()
        assert checksum(data) == zlib.crc32(data)
        assert checksum(memoryview(data)) == zlib.crc32(data)


def test_announced_length_and_checksum_are_compared() -> None:
    view = memoryview(b"123456789")
    check_bytes(view, length_bytes=9, crc32=0xCBF43926, what="upload", code="WIRE_CHECKSUM")
    error = refusal(
        lambda: check_bytes(view, length_bytes=8, crc32=0xCBF43926, what="upload", code="WIRE_CHECKSUM")
    )
    assert (error.code, str(error)) == ("WIRE_INVALID", "[WIRE_INVALID] upload has 9 bytes, 8 were announced")
    error = refusal(lambda: check_bytes(view, length_bytes=9, crc32=1, what="upload", code="WIRE_CHECKSUM"))
    assert error.code == "WIRE_CHECKSUM"
    assert str(error).endswith("CRC-32 of the 9 bytes of upload is 0xcbf43926, announced was 0x00000001")
    assert error.details == {"found": 0xCBF43926, "expected": 1}


# Runs in a child: what it looks for is a crash of the process.
MUTATE = """
import json, sys
import numpy as np
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.arrow import checksum, decode_tensors

whole = np.fromfile(sys.argv[1], np.uint8)
good, random, outcomes, unseen = checksum(whole), np.random.default_rng(8), {}, 0
places = [(at, xor) for at in range(len(whole)) for xor in (1 << at % 8,)]
places += [(int(at), int(xor)) for at, xor in zip(random.integers(0, len(whole), 500), random.integers(1, 256,
500))]
words = [(at, value) for at in range(0, len(whole) - 4, 4) for value in (0x7FFFFFFF, 0xFFFFFFF0)]

def attempt(mutant):
    global unseen
    unseen += checksum(mutant) == good
    try:
        columns = decode_tensors(mutant)
        assert all(column.tensor.nbytes <= len(mutant) for column in columns)
        [column.tensor.float().sum() for column in columns]
        outcome = "read"
    except TomoeError as error:
        outcome = error.code
    outcomes[outcome] = outcomes.get(outcome, 0) + 1

for at, xor in places:
    mutant = whole.copy()
    mutant[at] ^= xor
    attempt(mutant)
for at, value in words:
    mutant = whole.copy()
    if mutant[at : at + 4].view("<u4")[0] == value:
        continue
    mutant[at : at + 4].view("<u4")[0] = value
    attempt(mutant)
print(json.dumps({"outcomes": outcomes, "unseen": unseen}))
"""


@pytest.mark.parametrize("name", ["six-dtypes.arrow", "pyarrow-stream.arrows"])
def test_mutants_are_all_found_by_the_checksum_and_never_crash_the_decoder(name: str) -> None:
    path = ROOT / "tests" / "fixtures" / "wire" / name
    environment = {"PYTHONPATH": str(ROOT / "py-runtime"), "OMP_NUM_THREADS": "1", "PATH": ""}
    run = subprocess.run(
        [sys.executable, "-c", MUTATE, str(path)], capture_output=True, text=True, env=environment
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout)
    assert found["unseen"] == 0
    assert set(found["outcomes"]) <= {"read", "DATA_SHARD_SCHEMA", "WIRE_TOO_LARGE"}
    assert sum(found["outcomes"].values()) > 3000
    assert found["outcomes"]["DATA_SHARD_SCHEMA"] > 800
