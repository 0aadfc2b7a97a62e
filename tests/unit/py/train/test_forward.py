"""train/forward.py: a batch in parts, what they count before they are computed, and their gradient."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_model import (
    SHARED_TRAINS,
    SPECIFIC_TRAINS,
    VISION_LORA,
    batch,
    item,
    plan,
    sites,
    spread_experts,
    stage,
    tiny_model,
)
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.checkpoint import load_state, save_state, weights_digest
from tomoe_worker.spec import Batch, BatchVolume, StepResult
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.forward import StageForward, drawing, micro_batches, seeds_of
from tomoe_worker.train.trainer import StageTrainer

OBJECTIVES = ("language", "patches", "facts", "words")


def model_for(per_task: bool, **changes: Any) -> TomoeModel:
    return spread_experts(tiny_model(per_task=per_task, moe={"sites": sites(1, 2)}, **changes))


def step_of(
    held: Batch,
    micro_batch: int,
    *,
    per_task: bool = True,
    objectives: tuple[str, ...] = ("language", "patches", "facts"),
    balance: float = 0.02,
    **changes: Any,
) -> tuple[TomoeModel, StepResult]:
    model = model_for(per_task, **changes)
    trains, routing = (SPECIFIC_TRAINS, "per-task") if per_task else (SHARED_TRAINS, "shared")
    of = stage((*trains, "patchHead", "factHeads"), objectives, routing=routing, micro_batch=micro_batch)
    running = StageTrainer(model, of, Ranks.alone())
    return model, running.step(held, plan(model, balance=balance, z=balance / 10))


def gradients(model: TomoeModel) -> torch.Tensor:
    graded = [one.grad.flatten().double() for one in model.parameters() if one.grad is not None]
    return torch.cat(graded)


def test_a_batch_falls_into_parts_of_whole_volumes_with_their_items() -> None:
    whole = batch(3, volumes=5)
    parts = micro_batches(whole, 2)
    assert [len(part.volumes) for part in parts] == [2, 2, 1]
    assert [one.volume_id for part in parts for one in part.volumes] == [
        one.volume_id for one in whole.volumes
    ]
    asked = {(part.volumes[one.volume_index].volume_id, one.item_id) for part in parts for one in part.items}
    assert asked == {(whole.volumes[one.volume_index].volume_id, one.item_id) for one in whole.items}
    assert all(part.step == 3 and part.global_volume_count == 5 for part in parts)
    for enough in (0, 5, 9):
        assert micro_batches(whole, enough) == (whole,)


@pytest.mark.parametrize("per_task", [False, True])
@pytest.mark.parametrize("micro_batch", [1, 2, 3])
def test_the_gradient_in_micro_batches_is_that_of_one_batch_within_1e_6_of_its_norm(
    per_task: bool, micro_batch: int
) -> None:
    held = batch(0, volumes=4)
    whole, one = step_of(held, 0, per_task=per_task)
    cut, several = step_of(held, micro_batch, per_task=per_task)
    expected = gradients(whole)
    assert float((gradients(cut) - expected).norm() / expected.norm()) < 1e-6
    assert several.loss == pytest.approx(one.loss, rel=1e-6)
    assert several.gradient_norm == pytest.approx(one.gradient_norm, rel=1e-6)
    assert several.objective_losses == pytest.approx(one.objective_losses, rel=1e-6)
    assert torch.equal(several.expert_load.tokens_LGE, one.expert_load.tokens_LGE)


def test_the_routing_losses_are_of_the_steps_load_and_not_of_a_part_alone() -> None:
    held = batch(0, volumes=4)
    without, _ = step_of(held, 1, balance=0.0)
    weighed, _ = step_of(held, 1)
    whole, _ = step_of(held, 0)
    expected = gradients(whole)
    # They are large enough to show, and are what one batch has.
    assert float((gradients(without) - expected).norm() / expected.norm()) > 1e-3
    assert float((gradients(weighed) - expected).norm() / expected.norm()) < 1e-6


def test_what_is_dropped_in_the_pass_that_counts_is_dropped_in_the_one_that_trains(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = model_for(False, lora={**VISION_LORA, "dropout": 0.4})
    running = StageTrainer(
        model, stage((*SHARED_TRAINS, "visionLora"), ("language",), micro_batch=1), Ranks.alone()
    )
    counted, ahead = running._load_ahead, []

    def kept(*given: Any) -> torch.Tensor:
        ahead.append(counted(*given))
        return ahead[-1]

    monkeypatch.setattr(running, "_load_ahead", kept)
    for step in range(2):
        loads = running.step(batch(step, volumes=3), plan(model, balance=0.05)).expert_load.tokens_LGE
        assert torch.equal(ahead[step], loads)
    # Another step draws anew.
    assert not torch.equal(ahead[0], ahead[1])


def test_a_part_that_nobody_asks_about_is_left_out_unless_its_volumes_are_asked_for_themselves() -> None:
    model = model_for(False)
    held = batch(0, volumes=3, items=(item("a", 1, "Which phase was used?", "arterial", "closed-vqa"),))
    alone = StageForward(model, stage(objectives=("language",)))
    assert [part.batch.volumes[0].volume_id for part in alone.parts(held, 1)] == [held.volumes[1].volume_id]
    beside = StageForward(model, stage((*SHARED_TRAINS, "factHeads"), ("language", "facts")))
    assert len(beside.parts(held, 1)) == 3
    _, one = step_of(held, 0, per_task=False)
    _, several = step_of(held, 1, per_task=False)
    assert several.loss == pytest.approx(one.loss, rel=1e-6)


def test_what_a_sum_is_divided_by_is_known_before_it_is_computed() -> None:
    model = model_for(False)
    forward = StageForward(model, stage((*SHARED_TRAINS, "patchHead", "factHeads"), OBJECTIVES[:3]))
    for part in forward.parts(batch(0, volumes=3), 2):
        counted = forward.counted(part)
        sums = forward.run(part, plan(model)).sums
        assert counted == {name: one.weight for name, one in sums.items()} and min(counted.values()) > 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"volume_index": 2}, "item a asks about volume 2 of 2"),
        ({"volume_index": -1}, "item a asks about volume -1 of 2"),
        ({"loss_weight": 0.0}, "item a has loss weight 0.0, it must be above 0"),
        ({"loss_weight": float("nan")}, "item a has loss weight nan"),
        ({"target": "  "}, "item a has an empty target"),
        ({"prompt": ""}, "item a has an empty prompt"),
    ],
)
def test_an_item_is_refused_before_the_batch_is_cut(changes: dict[str, Any], said: str) -> None:
    asked = dataclasses.replace(item("a", 0, "Which?", "this", "report"), **changes)
    forward = StageForward(model_for(False), stage())
    with pytest.raises(TomoeError, match=said) as caught:
        forward.parts(batch(0, items=(asked,)), 1)
    assert caught.value.code == "WIRE_INVALID"


def test_a_step_that_passes_at_once_is_the_same_to_the_last_bit_whatever_it_says_of_micro_batches() -> None:
    held = batch(0, volumes=3)
    model, first = step_of(held, 0)
    for enough in (3, 64):
        other, again = step_of(held, enough)
        assert torch.equal(gradients(other), gradients(model))
        assert dataclasses.replace(again, seconds=first.seconds, expert_load=first.expert_load) == first


def test_the_pass_that_counts_leaves_no_graph_and_no_gradient() -> None:
    model = model_for(False)
    forward = StageForward(model, stage())
    (part,) = forward.parts(batch(0), 0)
    routings = forward.routings(part, plan(model))
    assert len(routings) == 2 and not any(one.probability_E.requires_grad for one in routings)
    assert all(one.grad is None for one in model.parameters())
    trained = forward.run(part, plan(model)).features.routings
    for counted, one in zip(routings, trained, strict=True):
        assert torch.equal(counted.load_E, one.load_E) and one.probability_E.requires_grad


def test_a_part_without_a_label_passes_and_a_step_without_any_is_refused() -> None:
    whole = batch(0, volumes=3)
    bare = dataclasses.replace(whole.volumes[1], patch_labels_DHW=None)
    trains = ("upperVision", "patchHead")

    def step(volumes: tuple[BatchVolume, ...], micro_batch: int) -> tuple[TomoeModel, StepResult]:
        model = model_for(False)
        of = stage(trains, ("patches",), micro_batch=micro_batch)
        held = dataclasses.replace(whole, volumes=volumes, items=())
        return model, StageTrainer(model, of, Ranks.alone()).step(held, plan(model))

    volumes = (whole.volumes[0], bare, whole.volumes[2])
    (model, one), (cut, several) = step(volumes, 0), step(volumes, 1)
    assert float((gradients(cut) - gradients(model)).norm()) < 1e-6
    assert several.objective_losses == pytest.approx(one.objective_losses, rel=1e-6)
    with pytest.raises(TomoeError, match="nothing in the batch of step 0 counts for objective patches"):
        step((bare, dataclasses.replace(bare, volume_id="other"), bare), 1)


def test_a_stage_stopped_between_steps_of_micro_batches_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    def begun() -> tuple[TomoeModel, StageTrainer]:
        model = model_for(False, lora={**VISION_LORA, "dropout": 0.3})
        of = stage((*SHARED_TRAINS, "visionLora"), ("language",), micro_batch=2)
        return model, StageTrainer(model, of, Ranks.alone())

    def steps(running: StageTrainer, model: TomoeModel, *numbers: int) -> list[float]:
        held = [batch(number, volumes=3, seed=number) for number in numbers]
        return [running.step(one, plan(model, balance=0.02)).loss for one in held]

    model, through = begun()
    losses = steps(through, model, 0, 1, 2, 3)
    stopped, first = begun()
    assert steps(first, stopped, 0, 1) == losses[:2]
    save_state(tmp_path, stopped, first)
    torch.manual_seed(99)
    loaded = load_state(tmp_path, "cpu", training=True)
    assert loaded.training is not None and loaded.training.stage.micro_batch == 2
    again = StageTrainer(loaded.model, loaded.training.stage, Ranks.alone(), loaded.training)
    assert steps(again, loaded.model, 2, 3) == losses[2:]
    assert weights_digest(loaded.model) == weights_digest(model)


def crowded() -> Batch:
    """A report that is far longer than the positions, and a question on another volume."""
    items = (
        item("r", 0, "Describe the scan.", "A cyst in the liver. " * 60, "report"),
        item("c", 1, "Which phase was used?", "arterial", "closed-vqa"),
    )
    return batch(0, items=items)


def test_a_report_that_does_not_fit_is_cut_where_the_stage_says_so_and_else_refused() -> None:
    def running(too_long: str) -> StageTrainer:
        model = tiny_model(language={"max_positions": 64})
        return StageTrainer(model, stage(too_long=too_long), Ranks.alone())

    with pytest.raises(TomoeError) as caught:
        refusing = running("refuse")
        refusing.step(crowded(), plan(refusing.model))
    assert (caught.value.code, caught.value.details["limit"]) == ("WIRE_TOO_LARGE", 64)
    cutting = running("cut-report")
    result = cutting.step(crowded(), plan(cutting.model))
    assert result.loss > 0 and result.gradient_norm > 0


def test_only_the_tokens_that_are_left_of_a_cut_report_count() -> None:
    model = tiny_model(language={"max_positions": 64})
    forward = StageForward(model, stage(too_long="cut-report"))
    (part,) = forward.parts(crowded(), 0)
    report, question = part.asked
    assert (report.ends, question.ends) == (False, True)
    image = model.base.projector.count(4)
    assert len(report.answer) == 64 - image - len(report.prompt) - 8
    assert forward.counted(part)["language"] == len(report.answer) + len(question.answer) + 1


def test_a_cut_report_trains_on_the_beginning_of_the_whole_one() -> None:
    long = tiny_model(language={"max_positions": 512})
    forward = StageForward(long, stage())
    (whole,) = forward.parts(crowded(), 0)
    (part,) = StageForward(tiny_model(language={"max_positions": 64}), stage(too_long="cut-report")).parts(
        crowded(), 0
    )
    cut = part.asked[0].answer
    assert whole.asked[0].answer[: len(cut)] == cut
    assert part.asked[1] == whole.asked[1]


def test_nothing_changes_for_items_that_fit() -> None:
    def loss(too_long: str) -> float:
        model = spread_experts(tiny_model())
        return StageTrainer(model, stage(too_long=too_long), Ranks.alone()).step(batch(0), plan(model)).loss

    assert loss("cut-report") == loss("refuse")


def test_a_lone_part_draws_as_it_comes() -> None:
    torch.manual_seed(4)
    before = torch.get_rng_state()
    assert seeds_of(1) == [None]
    assert torch.equal(torch.get_rng_state(), before)
    with drawing(torch.device("cpu"), None):
        inside = torch.rand(3)
    torch.manual_seed(4)
    assert torch.equal(inside, torch.rand(3))


def test_each_of_several_parts_has_a_seed_of_the_generator() -> None:
    torch.manual_seed(4)
    first = seeds_of(3)
    assert len(set(first)) == 3 and all(isinstance(seed, int) for seed in first)
    assert seeds_of(3) != first
    torch.manual_seed(4)
    assert seeds_of(3) == first


def test_a_part_that_passes_again_draws_the_same_and_leaves_the_generator_alone() -> None:
    torch.manual_seed(4)
    seed, *_ = seeds_of(2)
    after = torch.get_rng_state()
    drawn = []
    for _ in range(2):
        with drawing(torch.device("cpu"), seed):
            drawn.append(torch.rand(5))
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(torch.get_rng_state(), after)
