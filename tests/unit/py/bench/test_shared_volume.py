"""What ``shared.volume`` times: the same questions one a pass, behind one vision pass, behind one image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from bench.shared_volume import (
    ORGANS,
    TASKS,
    TEXTS,
    items_of,
    measure,
    model_of,
    one_each,
    operations,
    plan_of,
    stage_of,
    step_gain,
    stepping,
    together,
)
from tomoe_worker.model.bases import causal
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

ASKED: dict[str, Any] = {
    "imageSize": 8,
    "patchSize": 4,
    "hidden": 16,
    "heads": 2,
    "blocks": 3,
    "upperBlocks": 2,
    "depth": 4,
    "poolDepth": 2,
    "language": {"hidden": 16, "heads": 2, "layers": 2},
    "questionsOfTask": 2,
    "rounds": 1,
    "threads": 1,
}
VOXELS = torch.randint(-1000, 1000, (4, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.int16)


@pytest.mark.parametrize(("guidance", "per_task", "gain"), [("off", False, 6.0), ("question", True, 1.0)])
def test_every_way_has_the_loss_of_one_question_a_pass(guidance: str, per_task: bool, gain: float) -> None:
    # Experts in the first block: what lies before is next to nothing.
    found = measure(ASKED, ASKED, (0, 2), guidance, per_task, items_of(2), 1)
    assert list(found["ways"]) == ["alone", "vision", "prefix"]
    assert all(len(one["wallMs"]) == len(one["cpuMs"]) == 1 for one in found["ways"].values())
    assert found["figures"]["lossApart"] < 1e-5
    assert found["figures"]["visionGain"] == pytest.approx(gain, rel=0.2)
    assert found["figures"]["fullStepGain"] == found["figures"]["stepGain"]
    assert set(found["figures"]) == {"lossApart", "visionGain", "stepGain", "fullStepGain"}


def test_what_a_step_can_gain_is_bounded_by_what_is_done_again_for_each_question() -> None:
    # Image tokens enough that they are most of what the decoder reads.
    asked = {**ASKED, "imageSize": 20, "depth": 16}
    whole = together(items_of(2), torch.zeros((16, 20, 20), dtype=torch.int16), "v")

    def gain(guidance: str) -> float:
        return step_gain(lambda: model_of(asked, (2,), guidance, False, "meta"), False, whole)

    def step(guidance: str, questions: int) -> int:
        model = model_of(asked, (2,), guidance, False, "meta")
        few = replace(whole, items=whole.items[:questions])
        return operations(model, stage_of(False, share_prefix=True), few)

    assert 1 < gain("question") < gain("task") < gain("off") < 6
    # A further question costs a pass of the decoder where its text is at the gates, else its own words alone.
    words = step("off", 2) - step("off", 1)
    assert step("question", 2) - step("question", 1) > 4 * words > 0


def test_the_questions_are_two_of_each_task_and_no_two_are_alike() -> None:
    items = items_of(2)
    assert [one.task for one in items] == [task for task in TASKS for _ in range(2)]
    assert len({one.prompt for one in items}) == len({one.item_id for one in items}) == 6
    assert all(one.volume_index == 0 and one.target for one in items)
    assert set(TEXTS) == set(TASKS) and len(ORGANS) >= 2


def test_one_a_pass_are_the_same_questions_each_beside_the_same_voxels() -> None:
    whole = together(items_of(2), VOXELS, "v")
    alone = one_each(whole)
    assert alone.global_volume_count == len(alone.volumes) == len(alone.items) == 6
    assert [one.volume_index for one in alone.items] == list(range(6))
    assert [replace(one, volume_index=0) for one in alone.items] == list(whole.items)
    assert all(torch.equal(one.voxels_DHW, VOXELS) for one in alone.volumes)
    # What the frozen tower gave of one is not found again for another.
    assert len({one.volume_id for one in alone.volumes}) == 6


def test_a_step_never_finds_what_an_earlier_one_left() -> None:
    model = model_of(ASKED, (2,), "off", False)
    seen: list[str] = []

    def batches(named: str) -> Any:
        seen.append(named)
        return together(items_of(1), VOXELS, named)

    losses: list[float] = []
    step = stepping(model, stage_of(False, share_prefix=True), batches, losses)
    for _ in range(3):
        step()
    assert len(set(seen)) == len(losses) == 3
    assert losses[2] < losses[0]


def test_the_ways_are_what_they_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[tuple[str, int]] = []
    for name in ("read_positions", "read_apart"):
        walk = getattr(causal.CausalDecoder, name)

        def kept(self: Any, x_RTL: torch.Tensor, *rest: Any, _walk: Any = walk, _name: str = name) -> Any:
            rows.append((_name, len(x_RTL)))
            return _walk(self, x_RTL, *rest)

        monkeypatch.setattr(causal.CausalDecoder, name, kept)

    def passed(*, alone: bool = False, **fields: Any) -> list[tuple[str, int]]:
        rows.clear()
        model = model_of(ASKED, (2,), "off", False)
        whole = together(items_of(2), VOXELS, "v")
        trainer = StageTrainer(model, stage_of(False, **fields), Ranks.alone())
        trainer.step(one_each(whole) if alone else whole, plan_of(model))
        return list(rows)

    assert passed(alone=True, micro_batch=1) == [("read_positions", 1)] * 6
    # Two of each task, task by task.
    assert passed() == [("read_positions", 2)] * 3
    assert passed(share_prefix=True) == [("read_apart", 1)]


def test_models_of_one_case_begin_with_equal_weights() -> None:
    one, other = (model_of(ASKED, (1, 2), "task", True).state_dict() for _ in range(2))
    assert one.keys() == other.keys()
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())
    assert any(f".mlp.groups.{TASKS[1]}." in name for name in one)
    assert any(".lora_A." in name for name in one)
