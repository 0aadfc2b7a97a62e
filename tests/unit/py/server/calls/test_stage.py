"""Plans and step commands of one stage, over the real trainer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from tiny_worker import PLAN, STAGE, batch_message, digest_of_plan, message_of
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.calls.stage import StageInProgress, drive_stage
from tomoe_worker.server.wire.specs import make, to_batch
from tomoe_worker.server.wire.walk import digest_message


@pytest.fixture
def stage(ready: Session) -> Iterator[StageInProgress]:
    yield ready.begin_stage(message_of("StageSpec", STAGE))
    ready.close_stage()


def feed(ready: Session, stage: StageInProgress, step: int) -> str:
    message = batch_message(step)
    digest = digest_message(message)
    stage.feed.put(step, digest, lambda: to_batch(message, digest, ready.tensors.columns))
    return digest


def command(step: int, batch_digest: str, plan_digest: str | None = None) -> Any:
    values = {"step": step, "plan_digest": plan_digest or digest_of_plan(), "batch_digest": batch_digest}
    return make("StepCommand", values)


def always() -> bool:
    return True


def plan(**changes: Any) -> Any:
    return message_of("RoutingPlan", dataclasses.replace(PLAN, **changes))


def test_a_step_gives_a_result_with_the_digests_it_was_commanded_with(
    ready: Session, stage: StageInProgress
) -> None:
    stage.take_plan(plan())
    digest = feed(ready, stage, 0)
    result = stage.run_step(command(0, digest), always)
    assert result is not None
    assert (result["step"], result["plan_digest"], result["batch_digest"], result["rank"]) == (
        0,
        digest_of_plan(),
        digest,
        0,
    )
    assert make("StepResult", result).expert_load.count == 4
    assert stage.steps_done == 1 and ready.compute.progress == 1


def test_a_step_out_of_order_is_refused_naming_both(ready: Session, stage: StageInProgress) -> None:
    with pytest.raises(TomoeError) as caught:
        stage.run_step(command(1, "x"), always)
    assert caught.value.code == "WORKER_STATE"
    assert caught.value.what == "step 1 of stage 'shared' was commanded, next is 0"


def test_a_step_under_another_plan_than_the_one_in_force_is_refused(
    ready: Session, stage: StageInProgress
) -> None:
    with pytest.raises(TomoeError) as caught:
        stage.run_step(command(0, "x"), always)
    assert caught.value.code == "ROUTER_PLAN_STALE" and "in force on rank 0 is none" in caught.value.what
    stage.take_plan(plan())
    with pytest.raises(TomoeError) as caught:
        stage.run_step(command(0, "x", "f" * 64), always)
    assert caught.value.what.startswith("step 0 is to run under plan ffffffffffff, in force on rank 0 is ")


def test_plans_that_govern_no_step_to_come_are_dropped(ready: Session, stage: StageInProgress) -> None:
    def held() -> list[int]:
        return [one.effective_from_step for one, _ in stage._plans]

    for effective in (0, 0, 1, 3):
        stage.take_plan(plan(effective_from_step=effective, z_loss_weight=0.125 * effective))
    # What has not been stepped over stays: the first step may still be commanded under any of them.
    assert held() == [0, 0, 1, 3]
    for step, left in ((0, [1, 3]), (1, [1, 3]), (2, [3])):
        digest = feed(ready, stage, step)
        governs = plan(effective_from_step=min(step, 1), z_loss_weight=0.125 * min(step, 1))
        assert stage.run_step(command(step, digest, digest_message(governs)), always) is not None
        assert held() == left


def test_the_plan_in_force_is_the_latest_by_step_and_then_by_arrival(stage: StageInProgress) -> None:
    first, second, later = plan(), plan(top_k=2), plan(effective_from_step=2)
    for message in (later, first, second):
        stage.take_plan(message)
    assert stage.plan_for(0, digest_message(second)).top_k == 2
    assert stage.plan_for(2, digest_message(later)).effective_from_step == 2
    with pytest.raises(TomoeError, match="ROUTER_PLAN_STALE"):
        stage.plan_for(2, digest_message(second))


def test_a_plan_that_would_change_a_step_that_is_done_is_refused(
    ready: Session, stage: StageInProgress
) -> None:
    stage.take_plan(plan())
    stage.run_step(command(0, feed(ready, stage, 0)), always)
    with pytest.raises(TomoeError) as caught:
        stage.take_plan(plan(top_k=2))
    assert caught.value.code == "ROUTER_PLAN_STALE"
    assert caught.value.what == "a plan effective from step 0 came when step 1 was next"
    stage.take_plan(plan(effective_from_step=1))


def test_a_plan_for_another_shape_of_model_is_refused_when_it_comes(stage: StageInProgress) -> None:
    with pytest.raises(TomoeError) as caught:
        stage.take_plan(plan(groups=("a", "b")))
    assert caught.value.code == "ROUTER_SHAPE"


def test_a_batch_that_is_not_the_commanded_one_is_refused_naming_both(
    ready: Session, stage: StageInProgress
) -> None:
    stage.take_plan(plan())
    fed = feed(ready, stage, 0)
    with pytest.raises(TomoeError) as caught:
        stage.run_step(command(0, "e" * 64), always)
    assert caught.value.code == "WIRE_DIGEST"
    assert caught.value.what == f"step 0 is to use batch eeeeeeeeeeee, rank 0 was fed {fed[:12]}"


def test_a_step_whose_caller_has_gone_is_not_run(ready: Session, stage: StageInProgress) -> None:
    stage.take_plan(plan())
    assert stage.run_step(command(0, "x"), lambda: False) is None
    assert stage.steps_done == 0


def train(kind: str, value: Any) -> Any:
    request = make("TrainRequest", {"end_stage": {"name": "x"}})
    getattr(request, kind).CopyFrom(value)
    return request


def test_commands_are_answered_in_order_and_the_end_by_its_name(
    ready: Session, stage: StageInProgress
) -> None:
    requests = [train("plan", plan())]
    requests += [train("step", command(step, feed(ready, stage, step))) for step in range(3)]
    requests.append(make("TrainRequest", {"end_stage": {"name": "shared"}}))
    answers = list(drive_stage(stage, iter(requests), always))
    assert [answer["step"]["step"] for answer in answers[:3]] == [0, 1, 2]
    assert answers[3] == {"stage_ended": {"name": "shared", "steps_done": 3}}


@pytest.mark.parametrize(
    ("request_of", "kind"),
    [
        (lambda: make("TrainRequest", {"end_stage": {"name": "other"}}), "end_stage"),
        (lambda: train("begin_stage", message_of("StageSpec", STAGE)), "begin_stage"),
    ],
)
def test_a_command_out_of_place_is_refused(stage: StageInProgress, request_of: Any, kind: str) -> None:
    with pytest.raises(TomoeError) as caught:
        list(drive_stage(stage, iter([request_of()]), always))
    assert (caught.value.code, caught.value.what) == (
        "WORKER_STATE",
        f"{kind} came while stage 'shared' is open",
    )
