"""Parts of a published base drawn at random in place of their weights, and said wherever it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from published import published_model, write_base
from safetensors.torch import load_file
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.io.checkpoint import load_state, save_state

NAMES = ["phi3_v", "internvl-llama", "internvl-qwen2"]


def parts(model: TomoeModel, folder: Path) -> tuple[dict[str, bool], set[str]]:
    """Whether each tensor of the base is the file's, by its key; the keys that belong to the tower."""
    spec = model.spec.base
    assert spec.kind == "published"
    rules, files = family_of(spec).rules(spec), load_file(folder / "model.safetensors")
    state = model.base.state_dict()
    same = {key: torch.equal(tensor, files[rules.on_disk(key)]) for key, tensor in state.items()}
    vision = {key for key in state if (model.base.part_of(key) or "").startswith("vision.")}
    return same, vision


@pytest.mark.parametrize("name", NAMES)
def test_the_part_is_drawn_by_the_seed_and_every_other_tensor_is_the_files(tmp_path: Path, name: str) -> None:
    written = write_base(tmp_path / "base", name)
    model = published_model(written, redraw=("vision",), lora={"rank": 0, "alpha": 0.0, "targets": ()})
    same, vision = parts(model, written.folder)
    assert vision and {key for key, equal in same.items() if not equal} == vision
    assert all(bool(torch.isfinite(tensor).all()) for tensor in model.state_dict().values())
    again = published_model(written, redraw=("vision",), lora={"rank": 0, "alpha": 0.0, "targets": ()})
    for key, tensor in again.base.state_dict().items():
        assert torch.equal(tensor, model.base.state_dict()[key]), key


@pytest.mark.parametrize("part", ["projector", "language"])
def test_each_part_can_be(tmp_path: Path, part: str) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    model = published_model(written, redraw=(part,), lora={"rank": 0, "alpha": 0.0, "targets": ()})
    same, _ = parts(model, written.folder)
    drawn = {key for key, equal in same.items() if not equal}
    # A norm's first values are ones, which the shaken file has nowhere.
    assert drawn == {key for key in same if model.base.part_of(key) == part}


def test_what_was_drawn_is_new_and_what_was_left_out_ignored_also_after_a_checkpoint(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    model = published_model(written, redraw=("vision",))
    plain = published_model(written).lift(1)
    vision = model.drawn_tensors
    (tmp_path / "checkpoint").mkdir()
    save_state(tmp_path / "checkpoint", model, None)
    files = model.base_files
    loaded = load_state(tmp_path / "checkpoint", "cpu", training=False, find=lambda _digest: files).model
    reports = model.lift(1), loaded.lift(1)
    assert reports[0] == reports[1]
    report = reports[0]
    left = {tensor.name: tensor.reason for tensor in report.tensors if tensor.fate == "ignored"}
    assert len(left) == len(vision) and set(left.values()) == {"drawn at random: vision"}
    assert report.count("reused") == plain.count("reused") - len(vision)
    added = {one.component: one.tensors for one in report.new}
    plainly = {one.component: one.tensors for one in plain.new}
    assert sum(added.values()) == sum(plainly.values()) + len(vision)
    assert added["lowerVision"] > 0 and "lowerVision" not in plainly
    assert report.base_digest != plain.base_digest


def test_what_was_drawn_has_its_published_name_also_beside_adapters(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    lora = {"rank": 2, "targets": ("q_proj",), "vision_targets": ("fc1",)}
    adapted = published_model(written, redraw=("vision",), lora=lora)
    plain = published_model(written, redraw=("vision",))
    assert adapted.ignored_tensors == plain.ignored_tensors
    names = {tensor.name for tensor in plain.lift(1).tensors}
    assert {tensor.name for tensor in adapted.lift(1).tensors} == names


def test_a_checkpoint_holds_what_was_drawn(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    model = published_model(written, redraw=("vision",))
    model.lift(1)
    (tmp_path / "checkpoint").mkdir()
    save_state(tmp_path / "checkpoint", model, None)
    held = load_file(tmp_path / "checkpoint" / "weights.safetensors")
    tower = [key for key in model.state_dict() if "vision_tower" in key]
    assert set(tower) <= set(held)
    assert not [key for key in held if key.startswith("base.model.language_model.") and "lora" not in key]


def test_a_part_that_is_none_is_refused(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    for redraw, what in ((("tower",), "redraw holds 'tower'"), (("vision", "vision"), "names a part twice")):
        with pytest.raises(TomoeError, match=what) as caught:
            published_model(written, redraw=redraw)
        assert caught.value.code == "CONFIG_INVALID"
