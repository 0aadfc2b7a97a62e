"""What ``cache.epoch`` times: every way delivers the same volumes, ours without believing a row."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bench.cache_epoch import Arrays, Rows, consume, copies, loader, ways_of, write_arrays
from tomoe_worker.errors import TomoeError

from tests.support.arrow_files import tensor_array, write

SHAPE = (2, 3, 4)


def row(folder: Path, at: int) -> dict[str, Any]:
    """One row of a cache, with something behind its tensors as a row has its record."""
    import pyarrow as pa

    values = np.arange(at, at + 24, dtype=np.int16).reshape(1, *SHAPE)
    batch = pa.record_batch([tensor_array(values, ["d", "h", "w"])], names=["volume"])
    data = bytes(write(batch))
    (folder / f"{at}.arrow").write_bytes(data + b"record")
    return {"path": f"{at}.arrow", "lengthBytes": len(data), "crc32": zlib.crc32(data)}


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, Any]]:
    return [row(tmp_path, at) for at in range(5)]


def test_rows_come_in_batches_each_once(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    batches = list(Rows(tmp_path, rows, kept=2).batches(2))
    assert [tuple(batch.shape) for batch in batches] == [(2, *SHAPE), (2, *SHAPE), (1, *SHAPE)]
    assert torch.cat(list(batches))[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4]
    parts = list(Rows(tmp_path, rows, kept=2).parts(2))
    assert [len(part) for part in parts] == [2, 2, 1]
    assert [int(one[0, 0, 0]) for part in parts for one in part] == [0, 1, 2, 3, 4]


def test_a_row_that_changed_is_refused(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = tmp_path / rows[3]["path"]
    data = bytearray(path.read_bytes())
    data[-60] ^= 1
    path.write_bytes(data)
    with pytest.raises(TomoeError) as refused:
        consume(Rows(tmp_path, rows, kept=2).batches(2))
    assert refused.value.code == "DATA_SHARD_CHECKSUM"


def test_rivals_read_the_same_volumes(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    ours = Rows(tmp_path, rows, kept=2)
    for dtype in (np.float32, np.int16):
        paths = write_arrays(ours, tmp_path / np.dtype(dtype).name, dtype)
        arrays = Arrays(paths)
        assert len(arrays) == 5
        for at in range(5):
            assert np.dtype(dtype) == arrays[at].numpy().dtype
            assert torch.equal(arrays[at].to(torch.int16), ours.volume(at))


def test_a_loader_takes_a_whole_epoch_again_and_again(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    epoch = loader(Arrays(write_arrays(Rows(tmp_path, rows, kept=2), tmp_path / "a", np.int16)), 2)
    for _ in range(2):
        epoch()


def test_the_floor_copies_every_volume(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    assert copies(Rows(tmp_path, rows, kept=5))() is None


def test_the_cache_of_monai_gives_the_same_volumes(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    pytest.importorskip("monai")
    from bench.cache_epoch import persistent

    paths = write_arrays(Rows(tmp_path, rows, kept=5), tmp_path / "floats", np.float32)
    epoch = persistent(paths, tmp_path / "pickles", 2)
    epoch()
    assert len(list((tmp_path / "pickles").iterdir())) == 5
    for path in paths:
        path.unlink()
    epoch()  # from its own files


def test_an_epoch_is_reported_in_rounds_by_way(
    tmp_path: Path, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench import cache_epoch as module

    told: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(module, "report", lambda case, **facts: told.append((case, facts)))
    monkeypatch.setattr(module, "loader", lambda data, batch, make=None: lambda: len(data))
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    settings = {"cache": str(tmp_path), "rows": rows, "folder": str(tmp_path / "rivals"), "batch": 2}
    monkeypatch.setattr("sys.argv", ["", json.dumps({**settings, "rounds": 3, "threads": 1})])
    module.main()
    ((case, facts),) = told
    assert case == "epoch"
    assert set(facts["ways"]) == {"ours", "copied", "float32", "int16", "copy"}
    assert all(len(way["wallMs"]) == 3 for way in facts["ways"].values())


def test_all_ways_are_named(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    settings = {"cache": str(tmp_path), "rows": rows, "folder": str(tmp_path / "rivals"), "batch": 2}
    ways = ways_of(settings)
    assert {"ours", "copied", "float32", "int16", "copy"} <= set(ways)
    ways["ours"]()
    ways["copy"]()
