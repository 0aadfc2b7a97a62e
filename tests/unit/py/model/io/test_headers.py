"""model/io/headers.py: what a folder holds, and what of it is refused by name before a weight is read."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from plain_rights import plain_rights
from safetensors.torch import save_file
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.headers import INDEX, read_headers, weight_files

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
        ('{"a":{"dtype":["F32"],"shape":[2],"data_offsets":[0,8]}}', "tensor a is of type"),
        ('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}', "the header of tensor a is none"),
        (
            f'{{"a":{ENTRY},"b":{{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}}}',
            "tensor b overlaps tensor a",
        ),
        (f'{{"a":{ENTRY},"b":{ENTRY}}}', "tensor b overlaps tensor a"),
        (
            f'{{"a":{ENTRY},"b":{{"dtype":"F32","shape":[2],"data_offsets":[12,20]}}}}',
            "4 bytes in front of tensor b belong to none",
        ),
        (f'{{"a":{ENTRY}}}', "56 bytes at its end belong to no tensor"),
        (f'{{"__metadata__":3,"a":{ENTRY}}}', "its __metadata__ is no table of texts"),
        (f'{{"__metadata__":{{"format":1}},"a":{ENTRY}}}', "its __metadata__ is no table of texts"),
        ('{"a":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}', "dtype stands twice"),
        ("[1]", "its header is not readable"),
        ("{'a'}", "its header is not readable"),
    ],
)
def test_a_damaged_header_is_refused_by_the_tensors_name(tmp_path: Path, header: str, what: str) -> None:
    with_header(tmp_path / FILE, header)
    with pytest.raises(TomoeError, match=what) as caught:
        read_headers(tmp_path)
    assert caught.value.code == "CHECKPOINT_INVALID" and caught.value.details["file"] == FILE


@pytest.mark.parametrize("length", [0, 1, 1 << 20, 1 << 40, (1 << 64) - 1])
def test_a_header_longer_than_its_file_is_refused_and_never_made_room_for(
    tmp_path: Path, length: int
) -> None:
    (tmp_path / FILE).write_bytes(struct.pack("<Q", length) + b"{}")
    with pytest.raises(TomoeError, match=r"model\.safetensors: it has no whole header") as caught:
        read_headers(tmp_path)
    assert caught.value.code == "CHECKPOINT_INVALID"


def test_every_type_of_the_format_has_its_width(tmp_path: Path) -> None:
    types = [name for name in vars(torch) if name.startswith(("float", "int", "uint", "bool", "bfloat"))]
    held = {}
    for name in types:
        kind = getattr(torch, name)
        try:
            if isinstance(kind, torch.dtype):
                save_file({name: torch.zeros(8, dtype=torch.uint8).view(kind)}, tmp_path / FILE)
        except (KeyError, ValueError, TypeError, RuntimeError, NotImplementedError):
            continue  # a type of torch that the format does not have, or that no bytes can be seen as
        if isinstance(kind, torch.dtype):
            (held[name],) = (one.dtype for one in read_headers(tmp_path).values())
    assert {"float32", "float64", "bfloat16", "float16", "int64", "uint8", "float8_e4m3fn"} <= held.keys()
    assert len(set(held.values())) == len({getattr(torch, name) for name in held})


def test_a_number_alone_and_a_tensor_of_none_are_tensors(tmp_path: Path) -> None:
    written(tmp_path, scalar=torch.tensor(2.0), none=torch.zeros(0, 3), vector=torch.ones(2))
    found = read_headers(tmp_path)
    assert {name: (one.shape, one.numbers) for name, one in found.items()} == {
        "scalar": ((), 1),
        "none": ((0, 3), 0),
        "vector": ((2,), 2),
    }


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


def indexed(folder: Path, **listed: str) -> None:
    (folder / INDEX).write_text(json.dumps({"weight_map": listed}))


@pytest.mark.parametrize(
    ("listed", "code", "what"),
    [
        ({"a": "two.safetensors", "b": "two.safetensors"}, "CHECKPOINT_INVALID", "says two.safetensors"),
        (
            {"a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"},
            "CHECKPOINT_INVALID",
            "tensor c stands in no file of it",
        ),
        (
            {"a": "one.safetensors", "x": "two.safetensors"},
            "CHECKPOINT_INVALID",
            "the index does not list it",
        ),
        ({"a": "../one.safetensors"}, "CHECKPOINT_INVALID", "lists '../one.safetensors', which is no name"),
        ({"a": "sub/one.safetensors"}, "CHECKPOINT_INVALID", "which is no name of a file in this folder"),
        ({"a": "/etc/passwd"}, "CHECKPOINT_INVALID", "which is no name of a file in this folder"),
        ({"a": ".."}, "CHECKPOINT_INVALID", "which is no name of a file in this folder"),
        ({"a": "gone.safetensors"}, "CHECKPOINT_MISSING", "lists gone.safetensors, which the folder lacks"),
        ({}, "CHECKPOINT_MISSING", "holds no safetensors"),
    ],
)
def test_an_index_that_says_something_else_than_its_files_is_refused(
    tmp_path: Path, listed: dict[str, str], code: str, what: str
) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "one.safetensors")
    save_file({"b": torch.ones(3)}, tmp_path / "two.safetensors")
    indexed(tmp_path, **listed)
    with pytest.raises(TomoeError) as caught:
        read_headers(tmp_path)
    assert caught.value.code == code and what in caught.value.what


def test_an_index_that_lists_a_tensor_twice_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / INDEX).write_text('{"weight_map": {"a": "model.safetensors", "a": "x.safetensors"}}')
    with pytest.raises(TomoeError, match=r"it is no index \(a stands twice\)"):
        read_headers(tmp_path)


def test_a_whole_model_beside_an_index_of_others_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    save_file({"c": torch.ones(2)}, tmp_path / "one.safetensors")
    indexed(tmp_path, c="one.safetensors")
    with pytest.raises(TomoeError, match="which of the two is the model") as caught:
        read_headers(tmp_path)
    assert caught.value.details["file"] == FILE


def test_what_the_index_does_not_list_is_told(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "one.safetensors")
    save_file({"a": torch.ones(2)}, tmp_path / "consolidated.safetensors")
    indexed(tmp_path, a="one.safetensors")
    assert weight_files(tmp_path).beside == ("consolidated.safetensors",)


def test_a_link_to_itself_or_to_nothing_and_a_folder_are_no_files(tmp_path: Path) -> None:
    for name, make in {
        "loop": lambda at: at.symlink_to(at.name),
        "dangling": lambda at: at.symlink_to("blobs/gone"),
        "folder": lambda at: at.mkdir(),
        "pipe": lambda at: os.mkfifo(at),
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        make(folder / FILE)
        with pytest.raises(TomoeError, match=r"model\.safetensors: it is no file") as caught:
            read_headers(folder)
        assert caught.value.code == "CHECKPOINT_INVALID"


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "snapshot").mkdir()
    written(tmp_path / "blobs").rename(tmp_path / "blobs" / "0f")
    (tmp_path / "snapshot" / FILE).symlink_to("../blobs/0f")
    assert set(read_headers(tmp_path / "snapshot")) == {"a", "b"}


@pytest.mark.parametrize("name", ["model.gguf", "model.onnx"])
def test_another_format_alone_is_told_with_the_command_that_converts(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"GGUF")
    with pytest.raises(TomoeError, match=f"holds no safetensors, but {name}") as caught:
        read_headers(tmp_path)
    assert caught.value.code == "CHECKPOINT_MISSING" and "tomoe weights get" in caught.value.hint


@pytest.mark.parametrize(
    "name", ["a.bin", "a.pt", "a.pth", "a.ckpt", "a.PKL", "model.pickle", "renamed.safetensors"]
)
def test_a_pickle_under_any_name_is_refused_naming_the_converter(tmp_path: Path, name: str) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / name)
    with pytest.raises(TomoeError, match=name) as caught:
        read_headers(tmp_path)
    assert caught.value.code == "CHECKPOINT_PICKLE" and "safetensors.torch.save_file" in caught.value.hint


@pytest.mark.parametrize("name", [FILE, INDEX, "notes.txt", "."])
def test_what_may_not_be_read_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    written(tmp_path)
    indexed(tmp_path, a=FILE, b=FILE)
    (tmp_path / "notes.txt").write_text("read me")
    (tmp_path / name).chmod(0o000)
    with plain_rights(), pytest.raises(TomoeError) as caught:
        read_headers(tmp_path)
    tmp_path.chmod(0o700)
    assert caught.value.code == "PERMISSION"
    assert caught.value.details["file"] == (tmp_path if name == "." else tmp_path / name).name
