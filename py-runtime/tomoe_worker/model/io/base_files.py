"""Published files of a base as a checkpoint sees them: tensors that need not be saved again, found by digest.

A tensor's name in the files, its place in the model and how often a lift copied it do not matter: what has
the bytes of a tensor of the base, in the files' type or cast to the one that a model holds it in, is that
tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.headers import weight_files
from tomoe_worker.model.lift.inventory import table_digest, tensor_digest


@dataclass(frozen=True, kw_only=True)
class SavedBase:
    """What ``base.json`` says: which base, how to get it, and which of its tensors stands where.

    Of a model that came from no files all of it is empty.
    """

    digest: str  # over names, types, shapes and bytes of all tensors of the files
    way: str  # one sentence on how to get the base
    tensors: Mapping[str, str]  # state-dict key -> SHA-256 of the base's tensor, in the type the model holds
    ignored: Mapping[str, str]  # tensors of the files that the model has not, and why
    drawn: tuple[str, ...]  # keys of the 2D model that came from no file


NO_BASE: Final = SavedBase(digest="", way="", tensors={}, ignored={}, drawn=())


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the tensor of a digest is: in a file, in the type of the file or cast to another."""

    path: Path
    key: str
    sha256: str  # as it is in the file
    cast: torch.dtype | None


class BaseFiles:
    """The safetensors of one folder, or those that its index lists; tensors are mapped from the files, and
    copied only to be cast.
    """

    def __init__(self, folder: Path, way: str) -> None:
        """Hash every tensor once.

        Args:
            way: one sentence on how to get the base, for those who lack it.

        Raises:
            TomoeError: ``CHECKPOINT_INVALID`` if there is no such file, one is damaged, or a name stands in
                two.
        """
        self.folder, self.way = folder, way
        self._places: dict[str, _Place] = {}
        self._known: set[torch.dtype] = set()
        self._confused: set[tuple[str, torch.dtype]] = set()
        digests: dict[str, str] = {}
        try:
            paths = weight_files(folder).read
        except TomoeError as cause:
            raise _invalid(folder, cause.what, way) from cause
        for path in paths:
            try:
                with _read_through(path) as file:
                    found = {key: tensor_digest(file.get_tensor(key)) for key in sorted(file.keys())}
            except (OSError, SafetensorError, ValueError) as cause:
                raise _invalid(path, f"it is damaged ({type(cause).__name__})", way) from cause
            twice = sorted(found.keys() & digests.keys())
            if twice:
                raise _invalid(path, f"{twice[0]} stands in another file as well", way)
            digests.update(found)
            for key, sha256 in found.items():
                self._places.setdefault(sha256, _Place(path=path, key=key, sha256=sha256, cast=None))
        self.digest = table_digest(digests)

    def know(self, dtypes: Collection[torch.dtype]) -> None:
        """Know the tensors by their bytes in other types as well, one after the other.

        A rounded tensor that two of the files would become is known by neither's digest: it could not be told
        whose it is.
        """
        for dtype in sorted(set(dtypes) - self._known, key=str):
            self._known.add(dtype)
            cast: dict[str, set[_Place]] = {}
            for path in sorted({place.path for place in self._places.values()}):
                with _read_through(path) as file:
                    for key in sorted(file.keys()):
                        tensor: Tensor = file.get_tensor(key)
                        if tensor.is_floating_point() and tensor.dtype != dtype:
                            own = _Place(path=path, key=key, sha256=tensor_digest(tensor), cast=dtype)
                            cast.setdefault(tensor_digest(tensor.to(dtype)), set()).add(own)
            for sha256, places in cast.items():
                if len({place.sha256 for place in places}) == 1:
                    self._places.setdefault(sha256, min(places, key=lambda place: place.key))
                else:
                    self._confused.update((place.key, dtype) for place in places)

    def tells(self, key: str, dtype: torch.dtype) -> bool:
        """Whether a tensor of the files, by its name there, is known by its bytes in a type."""
        return (key, dtype) not in self._confused

    def holds(self, sha256: str) -> bool:
        """Whether a tensor of the base has this digest."""
        return sha256 in self._places

    def origin(self, sha256: str) -> str:
        """A held tensor's digest in the type of the files; itself for one that is not of the base."""
        return self._places[sha256].sha256 if sha256 in self._places else sha256

    def master(self, sha256: str) -> Tensor:
        """The float32 tensor of a digest that ``holds`` knows, in memory of its own."""
        place = self._places[sha256]
        with _read_through(place.path) as file:
            tensor: Tensor = file.get_tensor(place.key)
            return tensor.to(torch.float32, copy=True)

    def tensors(self, wanted: Mapping[str, str]) -> dict[str, Tensor]:
        """Tensors by the names of the caller, each file mapped once; no two of them share memory.

        Args:
            wanted: name -> digest that ``holds`` knows.
        """
        found: dict[str, Tensor] = {}
        given: set[str] = set()
        for path in sorted({self._places[sha256].path for sha256 in wanted.values()}):
            with safe_open(path, framework="pt") as mapped, _read_through(path) as read:
                for name, sha256 in wanted.items():
                    place = self._places[sha256]
                    if place.path != path:
                        continue
                    if place.cast is not None:
                        found[name] = read.get_tensor(place.key).to(place.cast)
                        continue
                    tensor: Tensor = mapped.get_tensor(place.key)
                    found[name] = tensor.clone() if sha256 in given else tensor
                    given.add(sha256)
        return found


FindBase = Callable[[str], BaseFiles | None]


def no_base(_digest: str) -> BaseFiles | None:
    """Where no published base is at hand."""
    return None


def open_saved(
    saved: SavedBase, find: FindBase, dtypes: Collection[torch.dtype]
) -> tuple[BaseFiles | None, dict[str, Tensor]]:
    """The files a checkpoint leans on and the tensors it takes from them; nothing where it is whole.

    Args:
        dtypes: that the model holds tensors in.

    Raises:
        TomoeError: ``CHECKPOINT_MISSING`` naming digest and way if the base is not here,
            ``CHECKPOINT_INCOMPATIBLE`` if it is not the one it was.
    """
    if saved == NO_BASE:
        return None, {}
    files = find(saved.digest)
    if files is None:
        raise TomoeError(
            "CHECKPOINT_MISSING",
            f"the checkpoint holds what was trained; its base, SHA-256 {saved.digest}, is not here",
            hint=saved.way,
            details={"base": saved.digest, "tensors": len(saved.tensors)},
        )
    files.know(dtypes)
    lost = sorted(key for key, sha256 in saved.tensors.items() if not files.holds(sha256))
    if files.digest != saved.digest or lost:
        what = f"it is base {files.digest[:12]}, the checkpoint leans on {saved.digest[:12]}"
        raise TomoeError(
            "CHECKPOINT_INCOMPATIBLE",
            f"the base in {files.folder.name} has changed: {what}; {len(lost)} tensors are not in it",
            hint=saved.way,
            details={"found": files.digest, "expected": saved.digest},
        )
    return files, files.tensors(saved.tensors)


def _read_through(path: Path) -> Any:
    """A file of which each tensor is read by itself: none of it stays in memory behind the next one."""
    return safe_open(path, framework="pt", backend="pread")


def _invalid(path: Path, what: str, way: str) -> TomoeError:
    return TomoeError(
        "CHECKPOINT_INVALID", f"base {path.name}: {what}", hint=way, details={"file": path.name}
    )
