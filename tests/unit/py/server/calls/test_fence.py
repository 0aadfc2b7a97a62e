"""A replaced attempt can write nothing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.calls.fence import FENCE_FILE, check_fence, raise_fence


def test_a_root_nobody_claimed_is_open_to_any_attempt(tmp_path: Path) -> None:
    check_fence(str(tmp_path), 0)


def test_the_attempt_that_claimed_a_root_and_later_ones_may_go_on(tmp_path: Path) -> None:
    raise_fence(str(tmp_path), 2)
    assert (tmp_path / FENCE_FILE).read_text() == "2\n"
    check_fence(str(tmp_path), 2)
    raise_fence(str(tmp_path), 3)
    check_fence(str(tmp_path), 3)
    assert os.listdir(tmp_path) == [FENCE_FILE]


def test_an_earlier_attempt_is_refused_naming_both(tmp_path: Path) -> None:
    raise_fence(str(tmp_path), 3)
    for refused in (check_fence, raise_fence):
        with pytest.raises(TomoeError) as caught:
            refused(str(tmp_path), 2)
        assert caught.value.code == "WORKER_FENCED"
        assert caught.value.what == "attempt 2 was replaced by attempt 3"
        assert caught.value.details == {"attempt": 2, "highest": 3}


def test_a_fence_that_holds_no_number_is_refused_not_ignored(tmp_path: Path) -> None:
    (tmp_path / FENCE_FILE).write_text("soon")
    with pytest.raises(TomoeError) as caught:
        check_fence(str(tmp_path), 2)
    assert caught.value.code == "IO_FAILED" and "holds 'soon', not a number" in caught.value.what


def test_a_root_that_cannot_be_written_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(TomoeError) as caught:
        raise_fence(str(tmp_path / "absent"), 1)
    assert caught.value.code == "OUTPUT_CREATE" and str(tmp_path / "absent") in caught.value.what
    assert caught.value.details == {"path": str(tmp_path / "absent")}


@pytest.mark.parametrize(
    ("failing", "code"), [(errno.ENOSPC, "DISK_FULL"), (errno.EROFS, "PERMISSION"), (errno.EIO, "IO_FAILED")]
)
def test_a_fence_that_the_disk_refuses_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, code: str
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(failing, os.strerror(failing))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(TomoeError) as caught:
        raise_fence(str(tmp_path), 1)
    assert caught.value.code == code
    assert os.listdir(tmp_path) == []
