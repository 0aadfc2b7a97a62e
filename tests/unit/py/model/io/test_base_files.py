"""model/io/base_files.py: a checkpoint holds what was trained or is new, and leans on its base."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_model import SHARED_TRAINS, batch, plan, stage, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.components import is_of_base
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.checkpoint import BASE, WEIGHTS, load_state, save_state, weights_digest
from tomoe_worker.model.io.hollow import fill
from tomoe_worker.model.lift.inventory import tensor_digest
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

WAY = "Run: tomoe weights get tiny."


@pytest.fixture
def published(tmp_path: Path) -> BaseFiles:
    """The base of a tiny model in two files, under names of its publisher."""
    folder = tmp_path / "published"
    folder.mkdir()
    state = {key: one for key, one in tiny_model(lifted=False).state_dict().items() if is_of_base(key)}
    names = sorted(state)
    for part, keys in enumerate((names[:20], names[20:])):
        tensors = {f"theirs.{key}": state[key].clone() for key in keys}
        save_file(tensors, folder / f"model-{part}.safetensors")
    return BaseFiles(folder, WAY)


def opened(files: BaseFiles, lifted: bool = True) -> TomoeModel:
    """A model whose base is mapped from its files."""
    model = tiny_model(lifted=False)
    state = model.state_dict()
    found = files.tensors({key: tensor_digest(one) for key, one in state.items() if is_of_base(key)})
    fill(model, {**state, **found}, "cpu")
    model.base_files = files
    if lifted:
        model.lift(1)
    return model


def saved(folder: Path, model: TomoeModel, trainer: StageTrainer | None = None) -> set[str]:
    """The names that a checkpoint of a model holds itself."""
    folder.mkdir()
    save_state(folder, model, trainer)
    return set(load_file(folder / WEIGHTS))


def test_a_lifted_base_is_left_in_its_files_with_its_copies_and_the_embeddings_of_the_gates(
    published: BaseFiles, tmp_path: Path
) -> None:
    model = opened(published)
    held = saved(tmp_path / "c", model)
    heads = {key for key in model.state_dict() if key.startswith(("patch_head.", "fact_heads."))}
    gates = {key for key in model.state_dict() if ".router." in key or key.startswith("prompt_guide.")}
    assert held == heads | (gates - {"prompt_guide.embedding_VL"})
    loaded = load_state(tmp_path / "c", "cpu", training=False, find=lambda _digest: published).model
    assert weights_digest(loaded) == weights_digest(model)
    assert loaded.kept == model.kept and loaded.base_files is published


@pytest.mark.parametrize("lifted", [False, True])
def test_what_any_stage_has_trained_is_saved_from_then_on_and_the_rest_is_not(
    published: BaseFiles, tmp_path: Path, lifted: bool
) -> None:
    model = opened(published, lifted)
    if not lifted:
        StageTrainer(model, stage(("projector",)), Ranks.alone()).step(batch(0, depth=1), plan(model))
        model.lift(1)
    StageTrainer(model, stage(("upperVision",)), Ranks.alone()).step(batch(0), plan(model))
    StageTrainer(model, stage(("tokenRouter",)), Ranks.alone()).step(batch(0), plan(model))
    held = saved(tmp_path / "c", model)
    of_base = {key for key in held if is_of_base(key) and ".router." not in key}
    members = model.components()
    trained = {name for name, _ in members["upperVision"]}
    if not lifted:
        trained |= {name for name, _ in members["projector"]}
    assert of_base == trained
    loaded = load_state(tmp_path / "c", "cpu", training=False, find=lambda _digest: published).model
    assert weights_digest(loaded) == weights_digest(model)


def test_a_run_that_is_saved_and_resumed_has_the_bits_of_one_that_was_not(
    published: BaseFiles, tmp_path: Path
) -> None:
    straight = opened(published)
    trainer = StageTrainer(straight, stage(SHARED_TRAINS), Ranks.alone())
    losses = [trainer.step(batch(step), plan(straight)).loss for step in range(4)]
    model = opened(published)
    trainer = StageTrainer(model, stage(SHARED_TRAINS), Ranks.alone())
    again = [trainer.step(batch(step), plan(model)).loss for step in range(2)]
    saved(tmp_path / "c", model, trainer)
    loaded = load_state(tmp_path / "c", "cpu", training=True, find=lambda _digest: published)
    trainer = StageTrainer(loaded.model, stage(SHARED_TRAINS), Ranks.alone(), loaded.training)
    again += [trainer.step(batch(step), plan(loaded.model)).loss for step in range(2, 4)]
    assert again == losses
    assert weights_digest(loaded.model) == weights_digest(straight)


def test_what_begins_to_train_leaves_the_file_and_what_does_not_stays_mapped(published: BaseFiles) -> None:
    model = opened(published)
    StageTrainer(model, stage(("upperVision",)), Ranks.alone()).step(batch(0), plan(model))
    trained = [parameter for _, parameter in model.components()["upperVision"]]
    assert all(parameter.data_ptr() % 64 == 0 for parameter in trained)
    frozen = [one for one in model.base.parameters() if not one.requires_grad]
    assert any(parameter.data_ptr() % 64 for parameter in frozen)
    assert BaseFiles(published.folder, WAY).digest == published.digest


def test_a_base_that_is_not_here_is_named_with_the_way_to_it(published: BaseFiles, tmp_path: Path) -> None:
    saved(tmp_path / "c", opened(published))
    with pytest.raises(TomoeError, match=rf"its base, SHA-256 {published.digest}, is not here") as caught:
        load_state(tmp_path / "c", "cpu", training=False)
    assert (caught.value.code, caught.value.hint) == ("CHECKPOINT_MISSING", WAY)
    assert caught.value.details["base"] == published.digest


def test_a_base_with_one_other_bit_is_another_base(published: BaseFiles, tmp_path: Path) -> None:
    saved(tmp_path / "c", opened(published))
    path = published.folder / "model-0.safetensors"
    tensors = {key: tensor.clone() for key, tensor in load_file(path).items()}
    with torch.no_grad():
        tensors["theirs.base.lm_head.weight"][0, 0] += 1e-3
    save_file(tensors, path)
    other = BaseFiles(published.folder, WAY)
    with pytest.raises(TomoeError, match=r"the checkpoint leans on .*; 1 tensors are not in it") as caught:
        load_state(tmp_path / "c", "cpu", training=False, find=lambda _digest: other)
    assert (caught.value.code, caught.value.hint) == ("CHECKPOINT_INCOMPATIBLE", WAY)


def test_a_folder_without_files_a_cut_file_and_a_name_twice_are_refused(
    published: BaseFiles, tmp_path: Path
) -> None:
    with pytest.raises(TomoeError, match=r"\[CHECKPOINT_INVALID\] base c: c holds no safetensors"):
        (tmp_path / "c").mkdir()
        BaseFiles(tmp_path / "c", WAY)
    first = (published.folder / "model-0.safetensors").read_bytes()
    (published.folder / "model-2.safetensors").write_bytes(first)
    with pytest.raises(TomoeError, match=r"base model-2.safetensors: .* stands in another file as well"):
        BaseFiles(published.folder, WAY)
    (published.folder / "model-2.safetensors").write_bytes(first[:-8])
    with pytest.raises(TomoeError, match=r"base model-2.safetensors: it is damaged \(SafetensorError\)"):
        BaseFiles(published.folder, WAY)


def test_tensors_with_the_same_bytes_do_not_share_memory(published: BaseFiles) -> None:
    norms = [key for key, one in tiny_model(lifted=False).state_dict().items() if key.endswith("norm1.bias")]
    digest = tensor_digest(torch.zeros(16))
    found = published.tensors({key: digest for key in norms})
    assert len(norms) > 1 and len({one.data_ptr() for one in found.values()}) == len(norms)
    assert all(torch.equal(one, torch.zeros(16)) for one in found.values())


def test_a_model_that_came_from_no_files_is_saved_whole(tmp_path: Path) -> None:
    model = tiny_model()
    assert saved(tmp_path / "c", model) == model.state_dict().keys()
    nothing = {"digest": "", "way": "", "tensors": {}, "ignored": {}, "drawn": []}
    assert json.loads((tmp_path / "c" / BASE).read_text()) == nothing
