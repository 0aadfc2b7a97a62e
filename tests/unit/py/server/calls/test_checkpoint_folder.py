"""Checkpoint folders: inside the root, fenced, hashed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from published import published_model, rewrite, write_base
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.calls.checkpoint_folder import folder_below, read_checkpoint, write_checkpoint
from tomoe_worker.server.calls.fence import raise_fence
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.wire.specs import make


def written(ready: Session, root: Path, name: str = "step-0") -> tuple[dict[str, str], list[dict[str, Any]]]:
    (root / name).mkdir()
    roots = {"checkpoints": str(root)}
    return roots, write_checkpoint(roots, "checkpoints", name, 0, ready.held.model, None, 0)


def request(files: list[dict[str, Any]], *, training: bool = False, path: str = "step-0") -> Any:
    return make(
        "LoadCheckpointRequest",
        {"root": "checkpoints", "path": path, "files": files, "training_state": training},
    )


def test_what_is_reported_is_what_is_on_the_disk_and_loads_again(ready: Session, tmp_path: Path) -> None:
    roots, files = written(ready, tmp_path)
    assert [file["name"] for file in files] == sorted(os.listdir(tmp_path / "step-0"))
    for file in files:
        data = (tmp_path / "step-0" / file["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["length_bytes"], file["sha256"])
    loaded = read_checkpoint(roots, request(files), torch.device("cpu"), 0)
    assert loaded.summary["lifted"] is True and loaded.summary["routing"] == "shared"
    assert loaded.summary["tokenizer_digest"] == ready.held.model.base.codec.digest
    for (key, saved), (other, found) in zip(
        sorted(ready.held.model.state_dict().items()), sorted(loaded.model.state_dict().items()), strict=True
    ):
        assert key == other and torch.equal(saved, found)


@pytest.mark.parametrize(
    ("damage", "code", "what"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes()[:-1]),
            "CHECKPOINT_INVALID",
            "weights.safetensors has ",
        ),
        (lambda path: flip(path), "CHECKPOINT_INVALID", "weights.safetensors has "),
        (lambda path: path.unlink(), "CHECKPOINT_MISSING", "the checkpoint lacks weights.safetensors"),
        (
            lambda path: replace_by_link(path),
            "CHECKPOINT_MISSING",
            "the checkpoint lacks weights.safetensors",
        ),
    ],
    ids=["truncated", "flipped", "absent", "symlink"],
)
def test_a_file_that_is_not_what_was_saved_is_refused_by_name(
    ready: Session, tmp_path: Path, damage: Callable[[Path], None], code: str, what: str
) -> None:
    roots, files = written(ready, tmp_path)
    damage(tmp_path / "step-0" / "weights.safetensors")
    with pytest.raises(TomoeError) as caught:
        read_checkpoint(roots, request(files), torch.device("cpu"), 0)
    assert caught.value.code == code and caught.value.what.startswith(what)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def replace_by_link(path: Path) -> None:
    moved = path.rename(path.with_name("elsewhere"))
    path.symlink_to(moved)


def test_a_file_that_would_be_read_must_be_listed(ready: Session, tmp_path: Path) -> None:
    roots, files = written(ready, tmp_path)
    with pytest.raises(TomoeError) as caught:
        read_checkpoint(roots, request(files[1:]), torch.device("cpu"), 0)
    assert caught.value.code == "CHECKPOINT_MISSING"
    assert caught.value.what == f"the manifest does not list {files[0]['name']}"
    with pytest.raises(TomoeError, match=r"does not list optimizer.safetensors, stage.json"):
        read_checkpoint(roots, request(files, training=True), torch.device("cpu"), 0)


def test_a_pickle_among_the_files_is_refused_before_anything_is_read(ready: Session, tmp_path: Path) -> None:
    roots, files = written(ready, tmp_path)
    (tmp_path / "step-0" / "extra.pt").write_bytes(b"x")
    with pytest.raises(TomoeError) as caught:
        read_checkpoint(roots, request(files), torch.device("cpu"), 0)
    assert caught.value.code == "CHECKPOINT_PICKLE" and "extra.pt" in caught.value.what


@pytest.mark.parametrize("path", ["", ".", "..", "a/../b", "/etc", "a//b", "a/./b", "a\0b"])
def test_a_path_that_leaves_the_root_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(TomoeError) as caught:
        folder_below({"checkpoints": str(tmp_path)}, "checkpoints", path)
    assert (
        caught.value.code == "WIRE_ROOT" and f"path {path!r} leaves root 'checkpoints'" in caught.value.what
    )


def test_a_root_that_was_not_agreed_and_a_symlink_out_of_it_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TomoeError, match="root 'cache' was not agreed for this"):
        folder_below({"checkpoints": str(tmp_path)}, "cache", "a")
    (tmp_path / "out").symlink_to(tmp_path.parent)
    with pytest.raises(TomoeError, match="path 'out/x' goes through a symlink"):
        folder_below({"checkpoints": str(tmp_path)}, "checkpoints", "out/x")


def test_a_root_that_is_reached_through_a_symlink_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real" / "a").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert folder_below({"r": str(tmp_path / "link")}, "r", "a").is_dir()


def test_an_attempt_that_was_replaced_writes_nothing(ready: Session, tmp_path: Path) -> None:
    (tmp_path / "late").mkdir()
    raise_fence(str(tmp_path), 1)
    with pytest.raises(TomoeError) as caught:
        write_checkpoint({"c": str(tmp_path)}, "c", "late", 0, ready.held.model, None, 0)
    assert caught.value.code == "WORKER_FENCED" and os.listdir(tmp_path / "late") == []


def test_an_attempt_that_is_replaced_while_it_writes_does_not_report_success(
    ready: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tomoe_worker.server.calls import checkpoint_folder

    (tmp_path / "late").mkdir()
    real = checkpoint_folder.save_state

    def save_then_lose(*given: Any) -> Any:
        names = real(*given)
        raise_fence(str(tmp_path), 9)
        return names

    monkeypatch.setattr(checkpoint_folder, "save_state", save_then_lose)
    with pytest.raises(TomoeError, match="attempt 0 was replaced by attempt 9"):
        write_checkpoint({"c": str(tmp_path)}, "c", "late", 0, ready.held.model, None, 0)


def test_a_checkpoint_of_a_published_base_is_read_with_the_base_at_hand(tmp_path: Path) -> None:
    of = write_base(tmp_path / "base", "internvl-llama")
    model = published_model(of)
    model.lift(1)
    (tmp_path / "step-0").mkdir()
    roots = {"checkpoints": str(tmp_path)}
    files = write_checkpoint(roots, "checkpoints", "step-0", 0, model, None, 0)
    sizes = {file["name"]: file["length_bytes"] for file in files}
    assert sizes["weights.safetensors"] < (of.folder / "model.safetensors").stat().st_size
    with_base = {**roots, "base": str(of.folder)}
    loaded = read_checkpoint(with_base, request(files), torch.device("cpu"), 0).model
    for (key, saved), found in zip(model.state_dict().items(), loaded.state_dict().values(), strict=True):
        assert torch.equal(saved, found), key
    with pytest.raises(TomoeError, match=r"its base, SHA-256 .* is not here") as caught:
        read_checkpoint(roots, request(files), torch.device("cpu"), 0)
    assert caught.value.code == "CHECKPOINT_MISSING" and "base" in caught.value.hint
    rewrite(of.folder, lambda tensors: tensors["language_model.model.norm.weight"].add_(1))
    with pytest.raises(TomoeError, match="the base in base has changed") as caught:
        read_checkpoint(with_base, request(files), torch.device("cpu"), 0)
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
