"""model/io/lowering.py: what a fast model holds in bfloat16, and what trains at its own float32 master."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from published import FAMILIES, Written, published_base, published_model, rewrite, write_base
from safetensors.torch import load_file
from tiny_model import batch, plan, stage, tiny_model, volume
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.checkpoint import WEIGHTS, load_state, save_state, weights_digest
from tomoe_worker.model.io.lowering import lowerable
from tomoe_worker.model.lift.features import VisionRow
from tomoe_worker.model.lift.moe import GUIDE_TABLE
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

LOW, FULL = torch.bfloat16, torch.float32
LORA = {"lora": {"rank": 2, "alpha": 4.0, "targets": ("o_proj", "down_proj")}}
pytestmark = pytest.mark.skipif(
    not has_bfloat16(torch.device("cpu")), reason="this processor has no bfloat16 units"
)


@pytest.fixture(params=FAMILIES)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Written:
    return write_base(tmp_path / "base", request.param)


@pytest.fixture
def internvl(tmp_path: Path) -> Written:
    return write_base(tmp_path / "base", "internvl-llama")


def lifted(of: Written, precision: str = "fast") -> TomoeModel:
    """A base of files with adapters and experts, in a precision."""
    model = published_model(of, precision=precision, **LORA)
    model.lift(1)
    return model


def of_files(of: Written) -> dict[str, torch.Tensor]:
    """The tensors of a folder by their digest's owner: the files themselves."""
    return load_file(of.folder / "model.safetensors")


def store_as(of: Written, dtype: torch.dtype) -> None:
    """Write the folder's tensors anew in another type."""
    rewrite(of.folder, lambda tensors: tensors.update({key: one.to(dtype) for key, one in tensors.items()}))


def same_files(of: Written) -> BaseFiles:
    return BaseFiles(of.folder, "Bring the folder along.")


def test_matrices_of_the_files_are_held_in_half_the_memory_and_all_else_is_float32(written: Written) -> None:
    strict, fast = lifted(written, "strict"), lifted(written)
    assert lowerable(strict) == frozenset()
    assert all(tensor.dtype == FULL for tensor in strict.state_dict().values())
    low = {name for name, tensor in fast.state_dict().items() if tensor.dtype == LOW}
    assert low == lowerable(fast) - {GUIDE_TABLE}
    full = {name for name in fast.state_dict() if name not in low}
    kinds = ("norm", "bias", "lambda_", "position", "cls", "class_", ".lora_", ".router.", "prompt_guide.")
    heads = ("patch_head.", "fact_heads.")
    marks = ("glb_GN", "sub_GN")
    assert all(name.startswith(heads) or any(kind in name for kind in (*kinds, *marks)) for name in full)
    base = [name for name in low if ".experts." not in name]
    numbers = {name: strict.state_dict()[name].numel() for name in base}
    assert sum(numbers.values()) > 0.9 * sum(p.numel() for p in written_parameters(strict))
    for name in base:
        assert torch.equal(fast.state_dict()[name], strict.state_dict()[name].to(LOW))


def written_parameters(model: TomoeModel) -> list[torch.nn.Parameter]:
    inside = (".experts.", ".router.", ".lora_")
    return [p for name, p in model.base.named_parameters() if not any(part in name for part in inside)]


def test_bits_are_those_of_a_model_that_casts_its_float32_matrices_at_every_product(
    written: Written,
) -> None:
    held, cast = lifted(written), lifted(written)
    for parameter in cast.parameters():
        parameter.data = parameter.data.float()
    found = []
    for model in (held, cast):
        with torch.no_grad(), model.computing():
            shared = model.walk.shared([volume("a")], model.walk.shared_steps, model.inference_cache)
            features = model.walk.rows(shared, (VisionRow(volume=0, group=0, prompt=(5, 6)),), plan(model))
            image_RJL = model.base.projector.tokens(features.features_RDPC)
            x_RTL = torch.cat([image_RJL.to(LOW), model.base.decoder.embed(torch.tensor([[3, 4]]))], dim=1)
            read = torch.tensor([[x_RTL.shape[1] - 1]])
            found.append(model.base.decoder.read_positions(x_RTL, read))
            assert shared.dtype == features.features_RDPC.dtype == LOW
            logits = model.base.decoder.logits(found[-1])
            assert logits.dtype == FULL
    assert torch.equal(found[0], found[1])


def test_what_begins_to_train_is_the_files_own_float32_tensor(internvl: Written) -> None:
    model = lifted(internvl)
    trains = ("upperVision", "tokenExperts", "tokenRouter", "projector", "lora")
    trainer = StageTrainer(model, stage(trains), Ranks.alone())
    tensors = of_files(internvl)
    moving = {name: one for name, one in model.named_parameters() if one.requires_grad}
    assert all(one.dtype == FULL for one in moving.values())
    mlp = "encoder.layer.2.mlp."
    for expert in range(4):
        place = f"base.model.vision_tower.{mlp}groups.shared.experts.{expert}.fc1.weight"
        assert torch.equal(moving[place], tensors[f"vision_tower.{mlp}fc1.weight"])
    linear = "multi_modal_projector.linear_1.weight"
    assert torch.equal(moving[f"base.model.{linear}"], tensors[linear])
    trainer.step(batch(0), plan(model))
    assert all(one.grad is None or one.grad.dtype == FULL for one in moving.values())
    assert all(moment.dtype == FULL for moment in trainer.training_state().optimizer.values())
    still = [one for name, one in model.named_parameters() if name in lowerable(model) - moving.keys()]
    assert still and all(one.dtype == LOW and one.grad is None for one in still)


@pytest.mark.parametrize("stored", [FULL, LOW])
def test_a_lift_names_its_base_by_the_bytes_of_the_files_in_either_precision(
    internvl: Written, stored: torch.dtype
) -> None:
    store_as(internvl, stored)
    reports = []
    for precision in ("strict", "fast"):
        reports.append(published_model(internvl, precision=precision).lift(1))
    assert reports[0] == reports[1]
    model = lifted(internvl)
    assert model.base_files is not None
    held = model.kept.digests["base.model.language_model.layers.0.self_attn.q_proj.weight"]
    assert (model.base_files.origin(held) == held) == (stored == LOW)
    assert model.base_files.origin("of nothing") == "of nothing"
    assert published_base(internvl).weights_digest == model.base_files.digest


@pytest.mark.parametrize("precision", ["strict", "fast"])
@pytest.mark.parametrize("stored", [FULL, LOW])
def test_a_checkpoint_leans_on_its_files_whatever_type_they_and_the_model_have(
    internvl: Written, tmp_path: Path, precision: str, stored: torch.dtype
) -> None:
    store_as(internvl, stored)
    model = lifted(internvl, precision)
    trainer = StageTrainer(model, stage(("tokenRouter", "lora")), Ranks.alone())
    trainer.step(batch(0), plan(model))
    (tmp_path / "c").mkdir()
    save_state(tmp_path / "c", model, trainer)
    held = set(load_file(tmp_path / "c" / WEIGHTS))
    assert not any(".experts." in name for name in held)
    inside = ("patch_head.", "fact_heads.", "prompt_guide.")
    assert all(".lora_" in name or ".router." in name or name.startswith(inside) for name in held)
    loaded = load_state(tmp_path / "c", "cpu", training=True, find=lambda _digest: same_files(internvl))
    assert weights_digest(loaded.model) == weights_digest(model)
    assert loaded.model.kept == model.kept
    kinds = {name: tensor.dtype for name, tensor in model.state_dict().items()}
    assert {name: tensor.dtype for name, tensor in loaded.model.state_dict().items()} == kinds


@pytest.mark.parametrize("precision", ["strict", "fast"])
def test_a_run_goes_on_from_a_checkpoint_and_in_strict_to_the_same_bits(
    internvl: Written, tmp_path: Path, precision: str
) -> None:
    trains = ("upperVision", "tokenExperts", "tokenRouter", "projector", "lora")
    of = dataclasses.replace(stage(trains), steps=6)
    straight = lifted(internvl, precision)
    trainer = StageTrainer(straight, of, Ranks.alone())
    losses = [trainer.step(batch(step), plan(straight)).loss for step in range(6)]
    model = lifted(internvl, precision)
    trainer = StageTrainer(model, of, Ranks.alone())
    again = [trainer.step(batch(step), plan(model)).loss for step in range(3)]
    (tmp_path / "c").mkdir()
    save_state(tmp_path / "c", model, trainer)
    loaded = load_state(tmp_path / "c", "cpu", training=True, find=lambda _digest: same_files(internvl))
    trainer = StageTrainer(loaded.model, of, Ranks.alone(), loaded.training)
    again += [trainer.step(batch(step), plan(loaded.model)).loss for step in range(3, 6)]
    if precision == "strict":
        assert again == losses and weights_digest(loaded.model) == weights_digest(straight)
    else:
        assert again == pytest.approx(losses, rel=0.02)


def test_tensors_that_rounding_would_make_equal_stay_float32(internvl: Written) -> None:
    names = [f"language_model.model.layers.{layer}.mlp.up_proj.weight" for layer in (0, 1)]

    def alike(tensors: dict[str, torch.Tensor]) -> None:
        tensors[names[1]] = tensors[names[0]].clone()
        tensors[names[1]][0, 0] = torch.nextafter(tensors[names[1]][0, 0], torch.tensor(9.0))

    rewrite(internvl.folder, alike)
    model = lifted(internvl)
    places = [f"base.model.language_model.layers.{layer}.mlp.up_proj.weight" for layer in (0, 1)]
    assert all(model.state_dict()[place].dtype == FULL for place in places)
    down = "base.model.language_model.layers.0.mlp.gate_proj.weight"
    assert model.state_dict()[down].dtype == LOW
    trainer = StageTrainer(model, stage(("language",)), Ranks.alone())
    tensors = of_files(internvl)
    for name, place in zip(names, places, strict=True):
        assert torch.equal(trainer.model.state_dict()[place], tensors[name])


@pytest.mark.parametrize("precision", ["strict", "fast"])
def test_gates_read_the_decoders_own_table_until_it_trains_and_theirs_from_then_on(
    internvl: Written, tmp_path: Path, precision: str
) -> None:
    model = lifted(internvl, precision)
    guide, table = model.prompt_guide, model.base.decoder.table_VL
    assert guide is not None and GUIDE_TABLE not in model.state_dict()
    assert guide.table_VL.data_ptr() == table.data_ptr()
    before = table.detach().clone()
    StageTrainer(model, stage(("tokenRouter",)), Ranks.alone()).step(batch(0), plan(model))
    assert GUIDE_TABLE not in model.state_dict()
    trainer = StageTrainer(model, stage(("language",)), Ranks.alone())
    trainer.step(batch(0), plan(model))
    assert torch.equal(model.state_dict()[GUIDE_TABLE], before)
    assert not torch.equal(model.base.decoder.table_VL.detach().float(), before.float())
    (tmp_path / "c").mkdir()
    save_state(tmp_path / "c", model, trainer)
    # The copy is a tensor of the base, in the type that it was held in when the table began to train.
    assert GUIDE_TABLE not in load_file(tmp_path / "c" / WEIGHTS)
    loaded = load_state(tmp_path / "c", "cpu", training=False, find=lambda _digest: same_files(internvl))
    assert weights_digest(loaded.model) == weights_digest(model)


def test_a_model_of_no_files_is_its_own_only_copy_and_stays_float32(tmp_path: Path) -> None:
    spec = tiny_model().spec
    model = TomoeModel(dataclasses.replace(spec, precision="fast"), tiny_model().base.codec, 1, "cpu")
    model.lift(1)
    assert all(parameter.dtype == FULL for parameter in model.parameters())
    save_state(tmp_path, model, None)
    assert weights_digest(load_state(tmp_path, "cpu", training=False).model) == weights_digest(model)
