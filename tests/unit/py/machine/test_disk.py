"""machine/disk.py: one table of errno for both directions; tests/contract compares it with ts/files."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from tomoe_worker.errors import ERROR_CODES
from tomoe_worker.machine.disk import code_of_errno, disk_failure


@pytest.mark.parametrize(
    ("number", "read", "write"),
    [
        (errno.ENOSPC, "DISK_FULL", "DISK_FULL"),
        (errno.EDQUOT, "DISK_FULL", "DISK_FULL"),
        (errno.EACCES, "PERMISSION", "PERMISSION"),
        (errno.EPERM, "PERMISSION", "PERMISSION"),
        (errno.EROFS, "PERMISSION", "PERMISSION"),
        (errno.ENOENT, "PATH_NOT_FOUND", "OUTPUT_CREATE"),
        (errno.ENOTDIR, "PATH_NOT_FOUND", "OUTPUT_CREATE"),
        (errno.ENAMETOOLONG, "PATH_NOT_FOUND", "OUTPUT_CREATE"),
        (errno.ELOOP, "PATH_NOT_FOUND", "OUTPUT_CREATE"),
        (errno.EEXIST, "IO_FAILED", "OUTPUT_CREATE"),
        (errno.ENOTEMPTY, "IO_FAILED", "OUTPUT_CREATE"),
        (errno.EISDIR, "IO_FAILED", "OUTPUT_CREATE"),
        (errno.EMLINK, "IO_FAILED", "OUTPUT_CREATE"),
        (errno.EIO, "IO_FAILED", "IO_FAILED"),
        (errno.ESTALE, "IO_FAILED", "IO_FAILED"),
        (None, "IO_FAILED", "IO_FAILED"),
    ],
)
def test_an_errno_has_one_code_for_reading_and_one_for_writing(
    number: int | None, read: str, write: str
) -> None:
    assert (code_of_errno(number, "read"), code_of_errno(number, "write")) == (read, write)


def test_every_errno_has_a_code_of_the_closed_list_and_a_hint() -> None:
    for number in errno.errorcode:
        for direction in ("read", "write"):
            failure = disk_failure(number, direction, "cannot do it", {"path": "/x"})  # type: ignore[arg-type]
            assert failure.code in ERROR_CODES
            assert failure.what == f"cannot do it: {errno.errorcode[number]}"
            assert failure.hint[0].isupper() and failure.hint.endswith(".")
            assert failure.details == {"path": "/x"}


def test_what_no_errno_names_is_told_by_its_number() -> None:
    assert disk_failure(99_999, "write", "cannot write").what == "cannot write: 99999"
    assert disk_failure(None, "write", "cannot write").what == "cannot write: no errno"
    assert disk_failure(None, "write", "cannot write").details == {}


def test_what_the_system_really_raises_is_classified(tmp_path: Path) -> None:
    def raised(path: Path, mode: str) -> OSError:
        with pytest.raises(OSError) as caught:
            open(path, mode).close()
        return caught.value

    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path / "none" / "x", tmp_path / "file" / "x", tmp_path / ("x" * 300), tmp_path / "loop"):
        assert code_of_errno(raised(path, "r").errno, "read") == "PATH_NOT_FOUND"
        assert code_of_errno(raised(path, "w").errno, "write") == "OUTPUT_CREATE"
    assert code_of_errno(raised(tmp_path / "file", "x").errno, "write") == "OUTPUT_CREATE"
    assert code_of_errno(raised(tmp_path, "w").errno, "write") == "OUTPUT_CREATE"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this machine has no /dev/full")
def test_a_device_that_is_always_full_is_a_full_disk() -> None:
    with pytest.raises(OSError) as caught, open("/dev/full", "wb", buffering=0) as file:
        file.write(b"x")
    failure = disk_failure(caught.value.errno, "write", "cannot write")
    assert (failure.code, failure.what) == ("DISK_FULL", "cannot write: ENOSPC")
