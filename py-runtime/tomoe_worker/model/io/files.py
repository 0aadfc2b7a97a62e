"""A checkpoint's files one by one: JSON and safetensors, written or refused by name, and no pickle read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.disk import disk_failure

PICKLE_SUFFIXES: Final = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
# Where safetensors writes, the errno is in the text alone, as Rust tells it.
_OS_ERROR: Final = re.compile(r"\(os error (\d+)\)")
_PICKLE_MAGICS: Final = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


@contextmanager
def writing(needed: Callable[[], int], of: str) -> Iterator[None]:
    """Turn what a disk refuses into a typed failure.

    Args:
        of: what is being written, "the checkpoint".
        needed: bytes of what is being written, asked where there is no space for them.

    Raises:
        TomoeError: as ``disk_failure``; ``neededBytes`` in the details of ``DISK_FULL``.
    """
    try:
        yield
    except (OSError, SafetensorError) as cause:
        what = f"{of} could not be written: {type(cause).__name__}"
        failure = disk_failure(_errno_of(cause), "write", what)
        if failure.code == "DISK_FULL":
            failure.details["neededBytes"] = needed()
        raise failure from cause


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what keeps a file or folder from being read into a typed failure.

    Raises:
        TomoeError: as ``disk_failure``, naming the file.
    """
    try:
        yield
    except OSError as cause:
        raise disk_failure(
            cause.errno, "read", f"{path.name} could not be read", {"file": path.name}
        ) from cause


def _errno_of(cause: OSError | SafetensorError) -> int | None:
    if isinstance(cause, OSError):
        return cause.errno
    said = _OS_ERROR.search(str(cause))
    return None if said is None else int(said[1])


def refuse_pickles(folder: Path) -> None:
    """Refuse a folder that holds a pickle, whatever its name: loading one can run any code.

    Raises:
        TomoeError: ``CHECKPOINT_PICKLE`` naming the file, ``CHECKPOINT_MISSING`` if there is no folder,
            ``PERMISSION`` or ``IO_FAILED`` for a file that cannot be looked at.
    """
    with reading(folder):
        is_folder = folder.is_dir()
    if not is_folder:
        raise TomoeError(
            "CHECKPOINT_MISSING", "there is no checkpoint folder", hint="Give an existing checkpoint."
        )
    with reading(folder):
        paths = sorted(folder.iterdir())
    for path in paths:
        with reading(path):
            start = _start_of(path) if path.is_file() else None
        if start is None:
            continue
        if path.suffix.lower() in PICKLE_SUFFIXES or start.startswith(_PICKLE_MAGICS):
            raise TomoeError(
                "CHECKPOINT_PICKLE",
                f"{path.name} is a pickle, which can run code when it is read",
                hint="Convert the weights to safetensors with safetensors.torch.save_file on a machine "
                "you trust; a pickle beside safetensors that hold the same can be removed.",
                details={"file": path.name},
            )


def _start_of(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(4)


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors as safetensors, without a copy of what lies contiguous on the CPU.

    Two that share memory are a ``ValueError`` of the library: none of ours do.
    """
    save_file({key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}, path)


def require(folder: Path, names: tuple[str, ...]) -> None:
    """Refuse a folder that lacks a file. Raises ``CHECKPOINT_MISSING`` naming all of them."""
    absent = [name for name in names if not (folder / name).is_file()]
    if absent:
        raise TomoeError(
            "CHECKPOINT_MISSING",
            f"the checkpoint lacks {', '.join(absent)}",
            hint="Use a whole checkpoint folder; one saved without training state cannot be resumed.",
            details={"absent": list(absent)},
        )


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON; one that is not finite is a bug of ours."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")


def read_text(path: Path) -> str:
    """A text file, or ``CHECKPOINT_INVALID`` naming it."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise _unreadable(path, cause) from cause


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, or ``CHECKPOINT_INVALID`` naming the file."""
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError) as cause:
        raise _unreadable(path, cause) from cause
    if not isinstance(value, dict):
        raise _unreadable(path, TypeError("not an object"))
    return value


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file in memory of their own, or ``CHECKPOINT_INVALID`` naming it.

    Each is copied to where torch allocates: in the file they lie at odd addresses, on which a matrix product
    can round in another way, and a resumed run must come to the same bits.
    """
    try:
        with safe_open(path, framework="pt", backend="pread") as file:
            loaded: dict[str, Tensor] = {key: file.get_tensor(key).clone() for key in sorted(file.keys())}
    except (OSError, SafetensorError, ValueError, KeyError) as cause:
        raise _unreadable(path, cause) from cause
    return loaded


def _unreadable(path: Path, cause: Exception) -> TomoeError:
    return invalid(f"{path.name} is damaged or not what its name says ({type(cause).__name__})", path.name)


def is_finite(tensor: Tensor) -> bool:
    """Whether every number of a tensor is finite."""
    # Both bounds are NaN where one value is; in place of a mask as large as the tensor.
    return tensor.numel() == 0 or all(map(math.isfinite, map(float, tensor.aminmax())))


def invalid(what: str, file: str) -> TomoeError:
    """``CHECKPOINT_INVALID``, to be raised: a file says what no checkpoint of this version says."""
    return TomoeError(
        "CHECKPOINT_INVALID", what, hint="Go back to an earlier checkpoint.", details={"file": file}
    )
