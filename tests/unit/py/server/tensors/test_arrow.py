import gc
import json
import struct
import subprocess
import sys
import tracemalloc
import warnings
import weakref
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from arrow_files import aligned, assert_refused, raw_batch, refusal, tensor_array, volume_batch, write
from tomoe_worker.server.tensors.arrow import TENSOR_LIMITS, check_bytes, checksum, decode_tensors

ROOT = Path(__file__).parents[5]


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
    tracemalloc.start()
    (column,) = decode_tensors(data)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 2**20
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
def test_compression_is_refused(codec: str) -> None:
    values = np.zeros((1, 1024, 1024), np.int16)
    batch = pa.record_batch([tensor_array(values, ["h", "w"])], names=["volume"])
    data = write(batch, compression=codec)
    assert data.nbytes < 100_000
    assert_refused(data, "the record batch is compressed")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[0, 1, 2, 3, 4, 5], None], "has rows, nulls, items, nulls [2, 1,"),
        ([[0, 1, 2, 3, 4, None]], "has rows, nulls, items, nulls [1, 0, 6, 1]"),
    ],
)
def test_missing_values_are_refused(values: list[Any], message: str) -> None:
    assert_refused(write(raw_batch(values=values)), message)


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
