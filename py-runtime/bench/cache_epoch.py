"""``cache.epoch``: batches of prepared volumes, from rows of Tomoe's cache and by the loaders people use.

Usage: python -m bench.cache_epoch SETTINGS, a JSON object with ``cache`` (the folder of rows), ``rows``
(path, lengthBytes and crc32 of each), ``folder`` (for the rivals' files), ``batch``, ``rounds`` and
``threads``. A rival that is not installed is a way that is missing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tomoe_worker.server.tensors.arrow import decode_tensors
from tomoe_worker.server.tensors.regions import FileRegion, RegionMap
from torch.utils.data import DataLoader, Dataset

from bench.turns import in_turns, report

WORKERS = 2


class Rows:
    """Rows of the cache as the worker opens them: mapped, compared with their CRC-32, decoded."""

    def __init__(self, cache: Path, rows: list[dict[str, Any]], *, kept: int) -> None:
        """``kept``: mappings that stay open; fewer than rows, so that each epoch maps every row anew."""
        self._map = RegionMap({"rows": str(cache)}, max_files=kept, max_bytes=64 << 30)
        self._regions = [
            FileRegion(
                root="rows",
                path=row["path"],
                offset_bytes=0,
                length_bytes=row["lengthBytes"],
                crc32=row["crc32"],
                generation=0,
            )
            for row in rows
        ]

    def __len__(self) -> int:
        return len(self._regions)

    def volume(self, at: int) -> torch.Tensor:
        """D x H x W, int16."""
        column = decode_tensors(self._map.open(self._regions[at]))[0]
        return column.tensor[0]

    def parts(self, size: int) -> Iterable[list[torch.Tensor]]:
        """Batches as the worker has them: a view of the mapped row for each volume, nothing copied."""
        for start in range(0, len(self), size):
            yield [self.volume(at) for at in range(start, min(start + size, len(self)))]

    def batches(self, size: int) -> Iterable[torch.Tensor]:
        """B x D x H x W: every byte read and copied once."""
        for part in self.parts(size):
            yield torch.stack(part)


class Arrays(Dataset[torch.Tensor]):
    """``.npy`` files as torch's own loader reads them."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, at: int) -> torch.Tensor:
        return torch.from_numpy(np.load(self._paths[at]))


def write_arrays(rows: Rows, folder: Path, dtype: type[np.generic]) -> list[Path]:
    """The same volumes as one ``.npy`` each."""
    folder.mkdir(parents=True)
    paths = [folder / f"{at:05d}.npy" for at in range(len(rows))]
    for at, path in enumerate(paths):
        np.save(path, rows.volume(at).numpy().astype(dtype))
    return paths


def loader(data: Dataset[Any], batch: int, make: Any = DataLoader) -> Callable[[], object]:
    """One epoch of a loader whose processes stay."""
    epoch = make(data, batch_size=batch, num_workers=WORKERS, persistent_workers=True, prefetch_factor=2)
    return partial(consume, epoch)


def consume(batches: Iterable[torch.Tensor] | Iterable[list[torch.Tensor]]) -> None:
    """Takes every batch; one voxel of each is looked at."""
    for batch in batches:
        batch[-1][-1, -1, -1].item()


def copies(rows: Rows) -> Callable[[], object]:
    """The floor: every volume's bytes copied once, from memory to memory."""
    source = [rows.volume(at).numpy().copy() for at in range(len(rows))]
    target = np.empty_like(source[0])

    def copy() -> None:
        for one in source:
            np.copyto(target, one)

    return copy


def persistent(paths: list[Path], folder: Path, batch: int) -> Callable[[], object]:
    """MONAI's cache on the disk: what is loaded once is a pickle the next time."""
    from monai.data import DataLoader as MonaiLoader
    from monai.data import PersistentDataset
    from monai.transforms import Transform

    class Load(Transform):
        """What is no Transform of theirs is taken for random, and not cached."""

        def __call__(self, path: str) -> torch.Tensor:
            return torch.from_numpy(np.load(path))

    data = PersistentDataset([str(path) for path in paths], Load(), folder)
    return loader(data, batch, MonaiLoader)


def ways_of(settings: Mapping[str, Any]) -> dict[str, Callable[[], object]]:
    """The ways by name; rivals read float32, as M3D's files are, and the same bytes."""
    folder, batch = Path(settings["folder"]), settings["batch"]
    count = len(settings["rows"])
    rows = Rows(Path(settings["cache"]), settings["rows"], kept=max(1, count // 2))
    floats = write_arrays(rows, folder / "float32", np.float32)
    same = write_arrays(rows, folder / "int16", np.int16)
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: consume(rows.parts(batch)),
        "copied": lambda: consume(rows.batches(batch)),
        "float32": loader(Arrays(floats), batch),
        "int16": loader(Arrays(same), batch),
        "copy": copies(rows),
    }
    if find_spec("monai") is not None:
        ways["persistent"] = persistent(floats, folder / "persistent", batch)
    return ways


def main() -> None:
    settings = json.loads(sys.argv[1])
    torch.set_num_threads(settings["threads"])
    report("epoch", ways=in_turns(ways_of(settings), settings["rounds"]))


if __name__ == "__main__":
    main()
