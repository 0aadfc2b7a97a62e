"""What a TensorRef opens: uploads, and regions of files below agreed roots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_worker import arrow_file, put_volumes, voxels
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.calls.held_tensors import HeldTensors
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.tensors.arrow import checksum
from tomoe_worker.server.wire.specs import make

UPLOADED = make("TensorRef", {"uploaded": {"upload_id": "volumes"}})


def region(name: str, data: bytes) -> Any:
    return make(
        "TensorRef",
        {
            "region": {
                "root": "cache",
                "path": name,
                "offset_bytes": 0,
                "length_bytes": len(data),
                "crc32": checksum(data),
                "generation": 0,
            }
        },
    )


def code_of(call: Any) -> tuple[str, str]:
    with pytest.raises(TomoeError) as caught:
        call()
    return caught.value.code, caught.value.what


def test_an_upload_is_opened_by_its_name_until_it_is_dropped(ready: Session) -> None:
    tensors = ready.tensors
    assert [(column.name, column.shape) for column in tensors.open(UPLOADED)] == [("volume", (4, 16, 16))]
    assert tensors.columns(UPLOADED)["volume"].equal(voxels(4))
    assert tensors.drop(UPLOADED) is True
    assert tensors.drop(UPLOADED) is False
    assert code_of(lambda: tensors.open(UPLOADED)) == ("WIRE_INVALID", 'no finished upload "volumes"')


def test_a_region_is_opened_below_an_agreed_root_alone(tmp_path: Path) -> None:
    data = arrow_file(2)
    (tmp_path / "a.arrow").write_bytes(data)
    tensors, reference = HeldTensors(), region("a.arrow", data)
    assert code_of(lambda: tensors.open(reference))[0] == "WIRE_ROOT"
    tensors.open_roots({"cache": str(tmp_path)})
    assert tensors.columns(reference)["volume"].equal(voxels(2))
    assert tensors.drop(reference) is True and tensors.drop(reference) is False
    tensors.close()


def test_other_roots_take_the_place_of_the_earlier_ones(tmp_path: Path) -> None:
    data = arrow_file(1)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    (tmp_path / "first" / "a.arrow").write_bytes(data)
    tensors, reference = HeldTensors(), region("a.arrow", data)
    tensors.open_roots({"cache": str(tmp_path / "first")})
    tensors.open(reference)
    tensors.open_roots({"cache": str(tmp_path / "second")})
    assert code_of(lambda: tensors.open(reference))[0] == "PATH_NOT_FOUND"
    tensors.close()


def test_other_roots_leave_uploads_as_they_are(session: Session, tmp_path: Path) -> None:
    put_volumes(session)
    session.tensors.open_roots({"cache": str(tmp_path)})
    assert session.tensors.columns(UPLOADED)["volume"].shape == (4, 4, 16, 16)
