import gc
import mmap
import os
import struct
import threading
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
from tomoe_worker.server.tensors.regions import FileRegion, RegionMap

GOLDEN = Path(__file__).parents[4] / "fixtures" / "wire" / "volume-and-labels.arrow"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def region_map(root: Path, **caps: int) -> RegionMap:
    return RegionMap(
        {"cache": str(root)}, max_files=caps.get("max_files", 8), max_bytes=caps.get("max_bytes", 2**30)
    )


def put(file: Path, data: bytes, **changes: Any) -> FileRegion:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    region = FileRegion(
        root="cache",
        path=file.name,
        offset_bytes=0,
        length_bytes=len(data),
        crc32=zlib.crc32(data),
        generation=0,
    )
    return replace(region, **changes)


def refusal(act: Callable[[], Any], code: str, message: str) -> TomoeError:
    with pytest.raises(TomoeError) as caught:
        act()
    assert (caught.value.code, bool(caught.value.hint)) == (code, True)
    assert message in str(caught.value)
    return caught.value


def mapped_kib(path: Path, what: str) -> int:
    """A figure of this process's mapping of a file, from the kernel's own table."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ", 1)[0]:
            inside = line.endswith(str(path))
        elif inside and line.startswith(f"{what}:"):
            total += int(line.split()[1])
    return total


def is_mapped(path: Path) -> bool:
    return str(path) in Path("/proc/self/maps").read_text()


def test_a_shard_decodes_from_its_mapping_without_a_copy(root: Path) -> None:
    data = GOLDEN.read_bytes()
    regions = region_map(root)
    view = regions.open(put(root / "a.arrow", data))
    volume, labels = decode_tensors(view)
    assert (volume.tensor.shape, labels.tensor.flatten().tolist()) == ((1, 2, 3, 4), [-1, 0, 3, -1])
    start = np.frombuffer(view, np.uint8).ctypes.data
    assert start <= volume.tensor.data_ptr() < start + len(data)


def test_a_large_file_is_read_through_its_mapping_and_no_page_is_copied(root: Path) -> None:
    data = np.random.default_rng(8).integers(0, 256, 8 * 2**20, dtype=np.uint8).tobytes()
    path = root / "big"
    view = region_map(root).open(put(path, data))
    assert np.frombuffer(view, np.uint8).sum() == np.frombuffer(data, np.uint8).sum()
    assert mapped_kib(path, "Size") == 8 * 1024
    assert mapped_kib(path, "Anonymous") == 0
    view[0] = (
        view[0] ^ 1
    )  # writable for torch; one page, or one huge page, of our own, and the file stays as it is
    assert 0 < mapped_kib(path, "Anonymous") <= 2048
    assert path.read_bytes() == data


def test_a_region_is_a_span_of_its_file(root: Path) -> None:
    data = bytes(range(256)) * 2
    whole = put(root / "a", data)
    part = replace(whole, offset_bytes=64, length_bytes=100, crc32=zlib.crc32(data[64:164]))
    regions = region_map(root)
    assert bytes(regions.open(part)) == data[64:164]
    assert bytes(regions.open(whole)) == data
    assert regions.kept == (1, len(data))


def test_files_in_folders_below_the_root_are_found(root: Path) -> None:
    region = put(root / "x" / "y" / "a", b"abc", path="x/y/a")
    assert bytes(region_map(root).open(region)) == b"abc"


@pytest.mark.parametrize("path", ["../a", "x/../a", "./a", "/a", "a/", "", "x//a", "..", "a\0b", "x/./a"])
def test_a_path_that_may_leave_the_root_is_refused(root: Path, path: str) -> None:
    put(root.parent / "a", b"abc")
    put(root / "a", b"abc")
    region = put(root / "x" / "a", b"abc", path=path)
    refusal(lambda: region_map(root).open(region), "WIRE_ROOT", 'has an empty, ".", ".." or NUL segment')


def test_a_root_that_was_not_agreed_is_refused(root: Path) -> None:
    region = put(root / "a", b"abc", root="elsewhere")
    error = refusal(lambda: region_map(root).open(region), "WIRE_ROOT", 'root "elsewhere" was not agreed')
    assert error.hint == "Agreed in the hello: cache."


def test_symlinks_are_refused_as_file_and_as_folder(root: Path) -> None:
    secret = root.parent / "secret"
    region = put(secret / "a", b"abc")
    (root / "link").symlink_to(secret)
    (root / "file").symlink_to(secret / "a")
    regions = region_map(root)
    refusal(
        lambda: regions.open(replace(region, path="link/a")), "WIRE_ROOT", "link is a symlink, or no folder"
    )
    refusal(
        lambda: regions.open(replace(region, path="file")), "WIRE_ROOT", "file is a symlink, or no folder"
    )
    refusal(lambda: regions.open(replace(region, path="gone")), "PATH_NOT_FOUND", "gone does not exist")


def test_what_is_no_regular_file_is_refused_without_waiting(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    region = put(root / "a", b"abc")
    for name in ("pipe", "folder"):
        refusal(
            lambda name=name: region_map(root).open(replace(region, path=name)),
            "WIRE_ROOT",
            "not a regular file",
        )
    refusal(
        lambda: region_map(root).open(replace(region, path="a/b")),
        "WIRE_ROOT",
        "a is a symlink, or no folder",
    )


def test_a_file_that_ends_before_the_region_is_refused_before_it_is_mapped(root: Path) -> None:
    data = bytes(200)
    region = put(root / "a", data)
    regions = region_map(root)
    assert len(regions.open(region)) == 200
    longer = replace(region, length_bytes=201)
    refusal(lambda: regions.open(longer), "DATA_TRUNCATED", "ends at byte 201, the file has 200")
    refusal(
        lambda: regions.open(put(root / "empty", b"", length_bytes=1)), "DATA_TRUNCATED", "the file has 0"
    )


@pytest.mark.parametrize("offset", [1, 8, 32, 63, 65, -64])
def test_an_offset_that_is_no_multiple_of_64_is_refused(root: Path, offset: int) -> None:
    region = put(root / "a", bytes(256), offset_bytes=offset, length_bytes=64)
    refusal(
        lambda: region_map(root).open(region), "WIRE_INVALID", f"begins at {offset}, not at a multiple of 64"
    )


def test_numbers_out_of_range_are_refused(root: Path) -> None:
    region = put(root / "a", bytes(64))
    for changes in (
        {"length_bytes": 0},
        {"length_bytes": -1},
        {"generation": -1},
        {"crc32": -1},
        {"crc32": 2**32},
    ):
        refusal(
            lambda changes=changes: region_map(root).open(replace(region, **changes)),
            "WIRE_INVALID",
            "has length",
        )


def test_the_cap_on_a_region_holds_at_its_edge(root: Path) -> None:
    cap = TENSOR_LIMITS.total_bytes
    region = put(root / "a", bytes(64))
    for length in (cap - 1, cap):  # such lengths pass the cap and meet the file's own end
        refusal(
            lambda length=length: region_map(root).open(replace(region, length_bytes=length)),
            "DATA_TRUNCATED",
            "",
        )
    for length in (cap + 1, 2**31, 2**63 - 1):
        larger = replace(region, length_bytes=length)
        refusal(lambda larger=larger: region_map(root).open(larger), "WIRE_TOO_LARGE", f"the cap is {cap}")


def test_a_changed_byte_is_named_as_damage_of_a_file_and_as_a_wire_error_of_a_slot(root: Path) -> None:
    data = GOLDEN.read_bytes()
    region = put(root / "a", data)
    for at in range(0, len(data), 97):
        changed = bytearray(data)
        changed[at] ^= 4
        (root / "a").write_bytes(changed)
        refusal(
            lambda: region_map(root).open(region),
            "DATA_SHARD_CHECKSUM",
            f"announced was 0x{zlib.crc32(data):08x}",
        )
        refusal(lambda: region_map(root).open(replace(region, generation=1)), "WIRE_CHECKSUM", "cache:a [0..")


def test_a_checksum_is_compared_once_for_a_mapping_and_again_for_a_new_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tomoe_worker.server.tensors import regions as module

    checked: list[str] = []
    real = module.check_bytes
    monkeypatch.setattr(module, "check_bytes", lambda *a, **k: (checked.append(k["what"]), real(*a, **k))[1])
    regions = region_map(root)
    region = put(root / "a", b"abc")
    for _ in range(3):
        regions.open(region)
    assert len(checked) == 1
    other = put(root / "new", b"xyz")
    os.replace(root / "new", root / "a")
    assert bytes(regions.open(replace(other, path="a"))) == b"xyz"
    assert len(checked) == 2
    assert regions.kept == (1, 3)  # the replaced file is no longer kept
    refusal(lambda: regions.open(region), "DATA_SHARD_CHECKSUM", "0x352441c2")


def test_a_file_that_stays_is_compared_once_though_it_was_unmapped_between(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tomoe_worker.server.tensors import regions as module

    checked: list[str] = []
    real = module.check_bytes
    monkeypatch.setattr(module, "check_bytes", lambda *a, **k: (checked.append(k["what"]), real(*a, **k))[1])
    monkeypatch.setattr(module, "_MAX_VERIFIED", 3)
    regions = region_map(root, max_files=1)
    rows = [put(root / name, name.encode() * 50) for name in "abc"]
    for _ in range(3):
        assert [bytes(regions.open(row))[:1] for row in rows] == [b"a", b"b", b"c"]
    assert (len(checked), regions.kept) == (3, (1, 50))
    # Written again, in place: it is another file, and an old checksum is refused.
    (root / "a").write_bytes(b"x" * 50)
    os.utime(root / "a", ns=(1, 1))
    refusal(lambda: regions.open(rows[0]), "DATA_SHARD_CHECKSUM", "announced was")
    # What is dropped is compared again; of more than are remembered the first is.
    assert regions.drop(rows[0]) is False
    regions.open(rows[2])
    assert regions.drop(rows[2])
    regions.open(rows[2])
    assert len(checked) == 5
    regions.open(put(root / "d", b"d" * 50))
    regions.open(put(root / "e", b"e" * 50))
    regions.open(rows[1])
    assert len(checked) == 8


def test_a_slot_keeps_its_mapping_while_its_generations_change(root: Path) -> None:
    regions = region_map(root)
    path = root / "slot"
    path.write_bytes(bytes(4096))
    inode = os.stat(path).st_ino
    addresses = set()
    for generation in range(1, 6):
        data = bytes([generation]) * 4096
        descriptor = os.open(path, os.O_WRONLY)
        os.pwrite(descriptor, data, 0)
        os.close(descriptor)
        region = FileRegion(
            root="cache",
            path="slot",
            offset_bytes=0,
            length_bytes=4096,
            crc32=zlib.crc32(data),
            generation=generation,
        )
        view = regions.open(region)
        assert bytes(view) == data
        addresses.add(np.frombuffer(view, np.uint8).ctypes.data)
    assert os.stat(path).st_ino == inode
    assert len(addresses) == 1
    assert regions.kept == (1, 4096)


def test_an_older_generation_and_a_lying_one_are_refused(root: Path) -> None:
    regions = region_map(root)
    region = put(root / "slot", b"a" * 64, generation=3)
    regions.open(region)
    older = replace(region, generation=2)
    refusal(
        lambda: regions.open(older), "WIRE_INVALID", "is older than generation 3, which was opened before"
    )
    # The bytes of generation 4 were announced but are not there yet.
    early = replace(region, generation=4, crc32=zlib.crc32(b"b" * 64))
    refusal(lambda: regions.open(early), "WIRE_CHECKSUM", "generation 4")


def test_a_slot_that_a_tensor_was_written_through_is_mapped_afresh_on_the_second_try(root: Path) -> None:
    regions = region_map(root)
    view = regions.open(put(root / "slot", b"a" * 4096, generation=1))
    view[0] = 0  # this page now belongs to the process and no longer follows the file
    with (root / "slot").open("r+b") as slot:
        slot.write(b"b" * 4096)
    second = FileRegion(
        root="cache",
        path="slot",
        offset_bytes=0,
        length_bytes=4096,
        crc32=zlib.crc32(b"b" * 4096),
        generation=2,
    )
    refusal(lambda: regions.open(second), "WIRE_CHECKSUM", "generation 2")
    assert bytes(regions.open(second)) == b"b" * 4096


def test_mappings_are_bounded_by_files_and_by_bytes_the_oldest_out_first(root: Path) -> None:
    data = bytes(4096)
    shards = [put(root / f"s{index}", data) for index in range(4)]
    by_files = region_map(root, max_files=2)
    for shard in shards[:3]:
        by_files.open(shard)
    assert by_files.kept == (2, 8192)
    by_files.open(shards[1])  # used again: the other one goes next
    by_files.open(shards[3])
    assert [by_files.drop(shard) for shard in shards] == [False, True, False, True]
    by_bytes = region_map(root, max_bytes=8192)
    for shard in shards:
        by_bytes.open(shard)
    assert by_bytes.kept == (2, 8192)
    by_bytes.open(put(root / "large", bytes(20_000)))
    assert by_bytes.kept == (1, 20_000)


def test_a_dropped_mapping_lives_as_long_as_its_tensors(root: Path) -> None:
    path = root / "a.arrow"
    regions = region_map(root)
    region = put(path, GOLDEN.read_bytes())
    view = regions.open(region)
    volume, _ = decode_tensors(view)
    expected = volume.tensor.clone()
    del view
    path.unlink()
    assert regions.drop(region)
    assert not regions.drop(region)
    gc.collect()
    assert bool((volume.tensor == expected).all())
    assert is_mapped(path)
    alive = weakref.ref(volume.tensor)
    del volume, _
    gc.collect()
    assert alive() is None
    assert not is_mapped(path)


def test_close_forgets_everything(root: Path) -> None:
    regions = region_map(root)
    regions.open(put(root / "a", b"abc"))
    regions.close()
    gc.collect()
    assert regions.kept == (0, 0)
    assert not is_mapped(root / "a")


def test_no_descriptor_stays_open(root: Path) -> None:
    regions = region_map(root)
    region = put(root / "x" / "a", b"abc", path="x/a")
    regions.open(region)
    before = len(os.listdir("/proc/self/fd"))
    for path in ("x/a", "x/gone", "gone/a", "../a", "x/a/b"):
        for _ in range(20):
            try:
                regions.open(replace(region, path=path))
            except TomoeError:
                continue
    assert len(os.listdir("/proc/self/fd")) == before


def test_threads_that_open_and_evict_at_once_all_read_the_right_bytes(root: Path) -> None:
    shards = [(put(root / f"s{index}", struct.pack("<q", index) * 4096), index) for index in range(6)]
    regions = region_map(root, max_files=2)
    wrong: list[object] = []

    def work(seed: int) -> None:
        order = np.random.default_rng(seed).integers(0, len(shards), 200)
        for pick in order:
            shard, index = shards[pick]
            try:
                if set(np.frombuffer(regions.open(shard), np.int64).tolist()) != {index}:
                    wrong.append(index)
            except Exception as error:  # any at all fails the test
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_mmap_keeps_the_number_that_python_does_not_name_yet() -> None:
    from tomoe_worker.server.tensors import regions as module

    assert getattr(mmap, "MAP_NORESERVE", 0x4000) == module._MAP_NORESERVE
