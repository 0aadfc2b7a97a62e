"""model/lift/report.py: a lift's table counts the base alone, and what no stage trains stays the base's."""

from __future__ import annotations

import pytest
import torch
from tiny_model import SHARED_TRAINS, SPECIFIC_TRAINS, TASKS, VISION_LORA, batch, plan, stage, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.lift import moe
from tomoe_worker.model.lift.inventory import table_digest, tensor_digest
from tomoe_worker.model.lift.report import Kept
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

HEADS = ("patch_head.", "fact_heads.")


def test_every_tensor_of_the_base_is_reused_inactive_or_ignored_and_all_else_is_new() -> None:
    model = tiny_model(lifted=False)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    base = {name: tensor for name, tensor in before.items() if not name.startswith(HEADS)}
    model.ignored_tensors = {"mask_token": "nothing reads it"}
    report = model.lift(9)
    assert [tensor.name for tensor in report.tensors] == [*base, "mask_token"]
    assert report.count("reused") + report.count("inactive") == len(base)
    # Behind the feature tap: the last of four blocks, and the norm after it.
    assert report.count("inactive") == 16 + 2
    assert {one.reason for one in report.tensors if one.fate == "inactive"} == {"behind the feature tap"}
    ignored = report.tensors[-1]
    assert (ignored.fate, ignored.reason, ignored.sha256, ignored.copies) == (
        "ignored",
        "nothing reads it",
        "",
        0,
    )
    of_block = [one for one in report.tensors if ".layers.2.mlp." in one.name and "vision" in one.name]
    assert [one.copies for one in of_block] == [4] * 4
    assert all(one.sha256 == tensor_digest(base[one.name]) for one in report.tensors[:-1])
    # Three further copies of four tensors; a gate and the guide's norm and projection; two heads.
    new = {added.component: added.tensors for added in report.new}
    assert new == {"tokenExperts": 12, "tokenRouter": 5, "patchHead": 4, "factHeads": 6}
    assert sum(new.values()) + len(base) == len(model.state_dict())
    assert report.base_digest == table_digest({name: tensor_digest(one) for name, one in base.items()})


def test_adapters_are_new_and_none_of_the_bases() -> None:
    report = tiny_model(lifted=False, lora={"rank": 2, "targets": ("qkv_proj",)}).lift(1)
    assert {one.component: one.tensors for one in report.new}["lora"] == 2 * 2
    assert not any(".lora_" in one.name for one in report.tensors)


def test_the_base_has_one_name_and_one_digest_with_adapters_and_without() -> None:
    model = tiny_model(lifted=False, lora=VISION_LORA)
    plain = tiny_model(lifted=False)
    state = {own_name(name): one for name, one in model.state_dict().items() if ".lora_" not in name}
    plain.load_state_dict(state)
    adapted, bare = model.lift(1), plain.lift(1)
    assert adapted.base_digest == bare.base_digest
    assert [one.name for one in adapted.tensors] == [one.name for one in bare.tensors]
    assert {one.component: one.tensors for one in adapted.new}["visionLora"] == (2 * 6 + 4 + 4 * 2) * 2


def fault_of(model: TomoeModel, monkeypatch: pytest.MonkeyPatch, damage: object) -> str:
    """What the lift says when building the first expert group does damage on the way."""
    real = moe.MoeMlp.__init__

    def init(self: moe.MoeMlp, *given: object) -> None:
        real(self, *given)  # type: ignore[arg-type]
        damage(model, self)  # type: ignore[operator]

    monkeypatch.setattr(moe.MoeMlp, "__init__", init)
    with torch.no_grad(), pytest.raises(TomoeError) as caught:
        model.lift(1)
    assert caught.value.code == "INTERNAL"
    return caught.value.what.removeprefix("the lift did not keep the model: ")


def table_of(model: TomoeModel) -> tuple[str, torch.Tensor]:
    return next((name, one) for name, one in model.named_parameters() if name.endswith("embed_tokens.weight"))


def test_a_lift_that_scales_a_tensor_in_place_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model(lifted=False)
    name, table = table_of(model)
    assert fault_of(model, monkeypatch, lambda *_: table.mul_(3)) == f"{name} has other values"


def test_a_lift_that_changes_one_element_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model(lifted=False)
    name, table = table_of(model)
    assert fault_of(model, monkeypatch, lambda *_: table[7, 3].add_(1e-6)) == f"{name} has other values"


def test_a_lift_that_drops_a_tensor_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model(lifted=False)

    def drop(_model: TomoeModel, made: moe.MoeMlp) -> None:
        made.groups["shared"].experts[0].fc2.bias = None

    said = fault_of(model, monkeypatch, drop)
    assert said.endswith(".mlp.fc2.bias, is gone") and ".experts.0.fc2.bias, a copy of " in said


def test_a_lift_that_ties_two_experts_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model(lifted=False)

    def tie(_model: TomoeModel, made: moe.MoeMlp) -> None:
        experts = made.groups["shared"].experts
        experts[2].fc1.weight = experts[1].fc1.weight

    said = fault_of(model, monkeypatch, tie)
    assert said.endswith(".experts.2.fc1.weight share memory") and ".experts.1.fc1.weight and " in said


@pytest.mark.parametrize("expert", [0, 3])
def test_a_lift_that_leaves_one_expert_stale_is_caught(monkeypatch: pytest.MonkeyPatch, expert: int) -> None:
    model = tiny_model(lifted=False)

    def stale(_model: TomoeModel, made: moe.MoeMlp) -> None:
        made.groups["shared"].experts[expert].fc1.weight[0, 0] += 1

    said = fault_of(model, monkeypatch, stale)
    assert f".experts.{expert}.fc1.weight, a copy of " in said and said.endswith(
        ".mlp.fc1.weight, has other values"
    )


def test_cloning_that_leaves_one_task_stale_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    model, real = tiny_model(), moe.MoeMlp.clone_group

    def clone(self: moe.MoeMlp, source: str, names: tuple[str, ...]) -> None:
        real(self, source, names)
        with torch.no_grad():
            self.groups[names[1]].router.weight[0, 0] += 1

    monkeypatch.setattr(moe.MoeMlp, "clone_group", clone)
    with pytest.raises(
        TomoeError, match=r"cloning the groups did not keep the model: .*groups\.closed-vqa\."
    ) as caught:
        model.clone_groups(TASKS)
    assert caught.value.code == "INTERNAL"


def begin(model: TomoeModel, trains: tuple[str, ...], routing: str = "shared") -> StageTrainer:
    return StageTrainer(model, stage(trains, routing=routing), Ranks.alone())


def test_what_is_kept_shrinks_by_what_each_stage_trains_and_follows_the_clones() -> None:
    model = tiny_model()
    lifted = set(model.kept.digests)
    assert lifted == {
        name
        for name in model.state_dict()
        if not name.startswith((*HEADS, "prompt_guide.")) and ".router." not in name
    }
    begin(model, ("projector",)).step(batch(0), plan(model))
    trained = {name for name, _ in model.components()["projector"]}
    assert set(model.kept.digests) == lifted - trained
    begin(model, ("tokenRouter",), "per-task")
    assert sum(".experts." in name for name in model.kept.digests) == 3 * 4 * 4
    begin(model, SPECIFIC_TRAINS, "per-task").step(batch(0), plan(model))
    tower = [name for name, _ in model.components()["lowerVision"] + model.components()["upperVision"]]
    assert set(tower) <= set(model.kept.digests)
    assert not any(".experts." in name for name in model.kept.digests)


def test_a_frozen_tensor_that_moved_stops_the_next_stage_by_name() -> None:
    model = tiny_model()
    begin(model, SHARED_TRAINS)
    name, parameter = model.components()["lowerVision"][0]
    with torch.no_grad():
        parameter.flatten()[0] += 1
    with pytest.raises(TomoeError) as caught:
        begin(model, SHARED_TRAINS)
    assert (caught.value.code, caught.value.what) == (
        "INTERNAL",
        f"1 tensors of the base changed though no stage trained them: {name}",
    )


def test_a_tensor_that_is_gone_counts_as_changed() -> None:
    kept = Kept(base_digest="b", digests={"gone": "d"})
    with pytest.raises(TomoeError, match="1 tensors of the base changed though no stage trained them: gone"):
        kept.into_stage({}, ())
