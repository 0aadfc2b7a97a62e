"""model/io/headers.py: what a folder holds, and what of it is refused by name before a weight is read."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.headers import INDEX, read_headers

FILE = "model.safetensors"


def written(folder: Path, **tensors: torch.Tensor) -> Path:
    save_file(tensors or {"a": torch.ones(2, 3), "b": torch.zeros(4)}, folder / FILE)
    return folder / FILE


def with_header(path: Path, header: str, data: bytes = b"\0" * 64) -> None:
    encoded = header.encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + data)


def test_every_tensor_has_its_file_type_and_shape(tmp_path: Path) -> None:
    path = written(tmp_path)
    found = read_headers(tmp_path)
    assert {name: (one.file, one.dtype, one.shape, one.numbers) for name, one in found.items()} == {
        "a": (path, "F32", (2, 3), 6),
        "b": (path, "F32", (4,), 4),
    }


def test_shards_of_an_index_are_read_and_files_beside_them_are_not(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "one.safetensors")
    save_file({"b": torch.ones(3)}, tmp_path / "two.safetensors")
    save_file({"c": torch.ones(3)}, tmp_path / "other.safetensors")
    (tmp_path / INDEX).write_text(
        json.dumps({"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}})
    )
    assert set(read_headers(tmp_path)) == {"a", "b"}
    (tmp_path / "two.safetensors").unlink()
    with pytest.raises(TomoeError, match=r"lists two\.safetensors, which the folder lacks") as caught:
        read_headers(tmp_path)
    assert caught.value.code == "CHECKPOINT_MISSING"


def test_a_tensor_in_two_files_is_refused_by_name(tmp_path: Path) -> None:
    written(tmp_path)
    save_file({"b": torch.ones(3)}, tmp_path / "another.safetensors")
    with pytest.raises(TomoeError, match=r"tensor b stands in another\.safetensors as well") as caught:
        read_headers(tmp_path)
    assert caught.value.code == "CHECKPOINT_INVALID" and caught.value.details["tensor"] == "b"


ENTRY = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (f'{{"a":{ENTRY},"a":{ENTRY}}}', "tensor a stands twice"),
        ('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', r"tensor a of F32 \[3\] has 8 bytes"),
        ('{"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}', "tensor a is of type F99"),
        ('{"a":{"dtype":"F32","shape":[2]}}', "the header of tensor a is none"),
        ('{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', "the header of tensor a is none"),
        ('{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}', "the header of tensor a is none"),
        ('{"a":3}', "the header of tensor a is none"),
        ('{"a":{"dtype":"F32","shape":[40],"data_offsets":[0,160]}}', "ends inside tensor a: it is cut"),
        ("[1]", "its header is not readable"),
        ("{'a'}", "its header is not readable"),
    ],
)
def test_a_damaged_header_is_refused_by_the_tensors_name(tmp_path: Path, header: str, what: str) -> None:
    with_header(tmp_path / FILE, header)
    with pytest.raises(TomoeError, match=what) as caught:
        read_headers(tmp_path)
    assert caught.value.code == "CHECKPOINT_INVALID" and caught.value.details["file"] == FILE


@pytest.mark.parametrize("kept", [0, 5, 30, 100])
def test_a_file_that_is_cut_anywhere_is_refused(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(TomoeError, match=r"\[CHECKPOINT_INVALID\] model\.safetensors") as caught:
        read_headers(tmp_path)
    assert "cut" in caught.value.what


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: None, "CHECKPOINT_MISSING"),
        (lambda folder: (folder / "x.bin").write_bytes(b"1"), "CHECKPOINT_PICKLE"),
        (lambda folder: (folder / INDEX).write_text("[]"), "CHECKPOINT_INVALID"),
        (lambda folder: (folder / INDEX).write_text('{"weight_map": 3}'), "CHECKPOINT_INVALID"),
    ],
)
def test_a_folder_without_tensors_or_with_a_pickle_is_refused(
    tmp_path: Path, spoil: Callable[[Path], object], code: str
) -> None:
    spoil(tmp_path)
    with pytest.raises(TomoeError) as caught:
        read_headers(tmp_path)
    assert caught.value.code == code
