"""export/write.py: an export as a whole - complete, bit-equal where untouched, refused by name otherwise."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from exported import RUN, Exported, export, exported, lifted, moved, raw_tensors
from published import FAMILIES, internvl_config, published_model, rewrite, write_base, write_internvl
from safetensors.torch import load_file
from tiny_model import tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.export.write import Wanted, described, write_export
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.io.base_folder import open_folder
from tomoe_worker.model.io.checkpoint import save_state
from tomoe_worker.model.io.documents.sections import of_document
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.spec import ModelSpec


@pytest.fixture(scope="module", params=FAMILIES)
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return exported(tmp_path_factory.mktemp(request.param), request.param)


def wanted(folder: Path, checkpoint: Path, base: Path) -> Wanted:
    (folder / "out").mkdir(parents=True)
    return Wanted(
        checkpoint=checkpoint, base=base, out=folder / "out", probe=folder / "probe", merge=False, run=RUN
    )


def test_an_untouched_tensor_has_the_bytes_of_the_published_file_and_a_trained_one_its_own(
    one: Exported,
) -> None:
    before = raw_tensors(one.written.folder / "model.safetensors")
    after = raw_tensors(one.out / "base" / "model.safetensors")
    assert before.keys() == after.keys()
    spec = one.model.spec.base
    rules = family_of(spec).rules(spec)
    state = {rules.on_disk(own_name(key)): tensor for key, tensor in one.model.base.state_dict().items()}
    projector = {name for name in before if "multi_modal_projector" in name or "img_projection" in name}
    changed = {name for name in before if before[name] != after[name]}
    assert changed and changed == projector
    for name in changed:
        assert after[name] == ("F32", before[name][1], state[name].numpy().tobytes())


def test_what_is_no_weight_is_copied_byte_by_byte(one: Exported) -> None:
    for name in ("config.json", "tokenizer.json"):
        assert (one.out / "base" / name).read_bytes() == (one.written.folder / name).read_bytes()


def test_every_tensor_of_the_model_lies_in_one_of_the_folders(one: Exported) -> None:
    spec, state = one.model.spec.base, one.model.state_dict()
    rules, site = family_of(spec).rules(spec), one.model.sites[0]
    experts = one.model.tower.block(int(site.split(".")[2])).mlp
    place = next(name for name, module in one.model.named_modules() if module is experts) + "."
    base = load_file(one.out / "base" / "model.safetensors")
    adapter = load_file(one.out / "adapter" / "adapter_model.safetensors")
    own = {
        key: tensor
        for name in ("experts", "gates", "heads")
        for key, tensor in load_file(one.out / "tomoe" / f"{name}.safetensors").items()
    }
    config = json.loads((one.out / "tomoe" / "config.json").read_text())
    used = 0
    table = config["promptTable"]
    assert torch.equal(base[table["tensor"]], one.model.prompt_guide.table_VL)  # type: ignore[union-attr]
    for key, tensor in state.items():
        name = key.replace(".default.", ".")
        if key.startswith(place):
            found = own[f"{site}.{own_name(name).removeprefix(place)}"]
        elif not key.startswith("base."):
            found = own[key]
        elif ".lora_" in key:
            found = adapter["base_model.model." + name.removeprefix("base.")]
            used += 1
        else:
            found = base[rules.on_disk(own_name(key.removeprefix("base.")))]
        assert torch.equal(found.float(), tensor), key
    assert used == len(adapter)
    assert len(own) == sum(key.startswith(place) or not key.startswith("base.") for key in state)
    assert any(".experts.3.fc1.lora_B.weight" in key for key in own)


def test_the_config_says_spec_run_sites_and_how_they_attach(one: Exported) -> None:
    config = json.loads((one.out / "tomoe" / "config.json").read_text())
    assert config["format"] == "tomoe.export/1" and config["lifted"] is True
    assert config["run"] == {**RUN, "weightsDigest": config["spec"]["base"]["weights_digest"]}
    assert of_document(ModelSpec, "model", config["spec"], "config.json") == one.model.spec
    assert config["sites"] == list(one.model.sites) and config["groups"] == ["shared"]
    assert set(config["attach"]) == {"experts", "gates", "projector", "lift"}
    projector = load_file(one.out / "tomoe" / "projector.safetensors")
    base = load_file(one.out / "base" / "model.safetensors")
    assert projector and all(torch.equal(tensor, base[name]) for name, tensor in projector.items())


def test_the_files_are_listed_with_size_and_digest(one: Exported) -> None:
    assert one.files == described(one.out)
    names = [file["path"] for file in one.files]
    assert {"README.md", "adapter/adapter_config.json", "base/config.json", "tomoe/config.json"} <= set(names)
    assert names == sorted(names) and all(len(file["sha256"]) == 64 for file in one.files)


def test_our_own_reader_takes_the_base_as_a_base(one: Exported) -> None:
    again = published_model(dataclasses.replace(one.written, folder=one.out / "base"))
    state = one.model.base.state_dict()
    names = {own_name(key): key for key in state}
    for key, tensor in again.base.state_dict().items():
        if key in names:
            assert torch.equal(tensor, state[names[key]]), key


def test_a_base_stored_in_halves_stays_so_where_untouched(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    rewrite(written.folder, lambda held: held.update({k: v.bfloat16() for k, v in held.items()}))
    done = export(tmp_path / "export", written, lifted(written))
    before = raw_tensors(written.folder / "model.safetensors")
    after = raw_tensors(done.out / "base" / "model.safetensors")
    kinds = {name: after[name][0] for name in after}
    assert {kinds[name] for name in kinds if "multi_modal" in name} == {"F32"}
    rest = [name for name in kinds if "multi_modal" not in name]
    assert {kinds[name] for name in rest} == {"BF16"} and all(before[name] == after[name] for name in rest)


def test_shards_stay_shards_and_what_was_new_lies_in_the_last(tmp_path: Path) -> None:
    written = write_base(tmp_path / "unused", "internvl-llama")
    write_internvl(tmp_path / "base", internvl_config("llama"), shards=3)
    written = dataclasses.replace(written, folder=tmp_path / "base")
    index = json.loads((tmp_path / "base" / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) > 1
    done = export(tmp_path / "export", written, lifted(written))
    after = json.loads((done.out / "base" / "model.safetensors.index.json").read_text())
    assert after == index
    for name in set(index["weight_map"].values()):
        assert raw_tensors(tmp_path / "base" / name).keys() == raw_tensors(done.out / "base" / name).keys()


def test_a_projector_that_the_files_lacked_is_in_the_base_now_and_new_no_more(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    new = [name for name in load_file(written.folder / "model.safetensors") if "multi_modal" in name]
    rewrite(written.folder, lambda held: [held.pop(name) for name in new])
    source = {"package": "p", "version": "1", "sha256": "0" * 64, "licence": "MIT"}
    own = {"format": "tomoe.base/1", "new": new, "sources": [source]}
    (written.folder / "tomoe.json").write_text(json.dumps(own))
    (written.folder / "tomoe-built.json").write_text("{}")
    done = export(tmp_path / "export", written, lifted(written))
    assert set(new) <= set(load_file(done.out / "base" / "model.safetensors"))
    assert json.loads((done.out / "base" / "tomoe.json").read_text()) == {**own, "new": []}
    assert not (done.out / "base" / "tomoe-built.json").exists()
    assert "- p 1: MIT" in (done.out / "README.md").read_text()


def test_a_copy_under_another_name_follows_what_it_is_a_copy_of(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    table = "language_model.model.embed_tokens.weight"
    rewrite(written.folder, lambda held: held.update({"language_model.lm_head.weight": held[table].clone()}))
    model = lifted(written)
    # As a stage does that trains the language model.
    model.prompt_guide.keep()  # type: ignore[union-attr]
    moved(model, ("embed_tokens",), seed=4)
    done = export(tmp_path / "export", written, model)
    base = load_file(done.out / "base" / "model.safetensors")
    assert torch.equal(base["language_model.lm_head.weight"], base[table])
    assert torch.equal(base[table], model.base.decoder.table_VL)
    # The gates read the words as they were at the lift.
    config = json.loads((done.out / "tomoe" / "config.json").read_text())
    gates = load_file(done.out / "tomoe" / "gates.safetensors")
    assert config["promptTable"] is None and "prompt_guide.embedding_VL" in gates


@pytest.mark.skipif(not has_bfloat16(torch.device("cpu")), reason="this processor has no bfloat16 units")
def test_a_fast_run_gives_back_the_float32_of_the_files_where_it_held_less(tmp_path: Path) -> None:
    done = exported(tmp_path, "internvl-llama", precision="fast")
    assert any(parameter.dtype == torch.bfloat16 for parameter in done.model.parameters())
    before = raw_tensors(done.written.folder / "model.safetensors")
    after = raw_tensors(done.out / "base" / "model.safetensors")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {name for name in before if "multi_modal" in name}
    for name in ("experts", "gates", "heads", "projector"):
        kinds = {kind for kind, _, _ in raw_tensors(done.out / "tomoe" / f"{name}.safetensors").values()}
        assert kinds == {"F32"}


def test_groups_of_tasks_are_exported_each_with_its_gate(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    model = lifted(written)
    model.clone_groups(model.spec.moe.tasks)
    done = export(tmp_path / "export", written, moved(model, seed=5))
    config = json.loads((done.out / "tomoe" / "config.json").read_text())
    assert config["groups"] == list(model.spec.moe.tasks)
    gates = load_file(done.out / "tomoe" / "gates.safetensors")
    for task in model.spec.moe.tasks:
        assert f"{model.sites[0]}.groups.{task}.router.weight" in gates


def test_a_2d_model_without_adapters_is_a_base_and_heads(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    model = moved(published_model(written), ("lm_head", "layernorm", "patch_head"))
    done = export(tmp_path / "export", written, model)
    assert sorted(path.name for path in done.out.iterdir()) == ["README.md", "base", "tomoe"]
    assert sorted(path.name for path in (done.out / "tomoe").iterdir()) == [
        "config.json",
        "heads.safetensors",
        "projector.safetensors",
    ]
    assert "no adapters" in (done.out / "README.md").read_text()


@pytest.mark.parametrize("name", ["phi3_v", "internvl-qwen3"])
def test_merging_puts_adapters_into_base_and_experts_and_writes_none(tmp_path: Path, name: str) -> None:
    done = exported(tmp_path, name, merge=True)
    assert not (done.out / "adapter").exists()
    experts = load_file(done.out / "tomoe" / "experts.safetensors")
    assert not any("lora" in key for key in experts)
    found, scale = 0, done.model.spec.lora.alpha / done.model.spec.lora.rank
    state, site = done.model.state_dict(), done.model.sites[0]
    for key in [key for key in state if ".experts.1." in key and key.endswith("lora_A.default.weight")]:
        stem = key.removesuffix("lora_A.default.weight")
        change = scale * state[stem + "lora_B.default.weight"] @ state[key]
        merged = experts[f"{site}.groups.{stem.split('.groups.')[1]}weight"]
        torch.testing.assert_close(merged, state[stem + "base_layer.weight"] + change, rtol=1e-5, atol=1e-6)
        found += 1
    assert found == 2


def test_a_base_from_scratch_has_no_published_model_to_give_back(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    (tmp_path / "checkpoint").mkdir()
    save_state(tmp_path / "checkpoint", tiny_model(), None)
    with pytest.raises(TomoeError, match="no published model to give back") as caught:
        write_export(wanted(tmp_path / "export", tmp_path / "checkpoint", written.folder))
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"


def test_another_base_than_the_runs_is_refused(tmp_path: Path) -> None:
    written, other = (write_base(tmp_path / name, "internvl-llama") for name in ("base", "other"))
    rewrite(other.folder, lambda held: held["language_model.model.norm.weight"].add_(1.0))
    (tmp_path / "checkpoint").mkdir()
    save_state(tmp_path / "checkpoint", lifted(written), None)
    with pytest.raises(TomoeError, match="its base, SHA-256") as caught:
        write_export(wanted(tmp_path / "export", tmp_path / "checkpoint", other.folder))
    assert caught.value.code == "CHECKPOINT_MISSING"


def test_a_base_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(TomoeError, match="there is no folder") as caught:
        write_export(wanted(tmp_path / "export", tmp_path, tmp_path / "gone"))
    assert caught.value.code == "PATH_NOT_FOUND"


def test_an_mlp_that_was_drawn_and_became_experts_is_refused_by_name(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    model = lifted(written, redraw=("vision",))
    with pytest.raises(TomoeError, match=r"mlp\.fc1\.\w+ was drawn at random and became experts") as caught:
        export(tmp_path / "export", written, model)
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"


def test_a_drawn_tower_without_experts_is_exported_as_it_was_trained(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    model = lifted(written, redraw=("vision",), moe={"sites": ()})
    done = export(tmp_path / "export", written, model)
    base = load_file(done.out / "base" / "model.safetensors")
    key = "base.model.vision_tower.encoder.layer.0.mlp.fc1.base_layer.weight"
    assert torch.equal(base["vision_tower.encoder.layer.0.mlp.fc1.weight"], model.state_dict()[key])


def test_a_place_that_cannot_be_written_is_a_typed_failure(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    (tmp_path / "checkpoint").mkdir()
    save_state(tmp_path / "checkpoint", lifted(written), None)
    request = wanted(tmp_path / "export", tmp_path / "checkpoint", written.folder)
    (tmp_path / "export" / "out").rmdir()
    with pytest.raises(TomoeError, match="the export could not be written") as caught:
        write_export(request)
    assert caught.value.code == "OUTPUT_CREATE"


def test_the_exported_base_can_be_lifted_again(tmp_path: Path) -> None:
    done = exported(tmp_path, "internvl-llama", merge=True)
    again: TomoeModel = published_model(dataclasses.replace(done.written, folder=done.out / "base"))
    again.lift(1)
    assert open_folder(done.out / "base").new == ()
