"""server/wire/trials.py and the call behind it: places in the request become what they name."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_worker import PLAN, STAGE, batch_message, message_of, values_of
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.checkpoint import weights_digest
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.wire.specs import make
from tomoe_worker.server.wire.trials import to_trials


def request(*trials: dict[str, Any], steps: int = 2) -> Any:
    """A stage and the same of twice the clip, one plan, and a batch a step."""
    message = make(
        "TryStageRequest",
        {
            "stages": [values_of(STAGE), {**values_of(STAGE), "clip_norm": 1e-9}],
            "plans": [values_of(PLAN)],
            "batches": [],
            "trials": [{"plan": 0, "first_step": 0, "batches": [0], **one} for one in trials],
        },
    )
    message.batches.extend(batch_message(step) for step in range(steps))
    message.batch_count = steps
    return message


def test_places_become_what_they_name(ready: Session) -> None:
    message = request(
        {"stage": 0, "beside": 0, "batches": [0, 1]}, {"stage": 1, "beside": 0, "first_step": 1}
    )
    one, other = to_trials(message, ready.tensors.columns)
    assert (one.stage, other.stage.clip_norm) == (STAGE, 1e-9)
    assert one.plan == other.plan == PLAN
    assert [held.step for held in one.batches] == [0, 1]
    assert (other.first_step, other.beside) == (1, 0)
    assert one.batches[0] is other.batches[0]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"stage": 2}, "TryStageRequest.trials[0].stage is 2, there are 2"),
        ({"plan": 1}, "TryStageRequest.trials[0].plan is 1, there are 1"),
        ({"batches": [0, 7]}, "TryStageRequest.trials[0].batches is 7, there are 2"),
    ],
)
def test_a_place_that_is_not_there_is_refused(ready: Session, changes: dict[str, Any], what: str) -> None:
    with pytest.raises(TomoeError) as caught:
        to_trials(request({"stage": 0, "beside": 0, **changes}), ready.tensors.columns)
    assert (caught.value.code, caught.value.what) == ("WIRE_INVALID", what)


def test_the_call_tells_of_each_trial_and_leaves_the_model_as_it_was(ready: Session) -> None:
    before = weights_digest(ready.held.model)
    tried = ready.try_stage(request({"stage": 0, "beside": 0}, {"stage": 1, "beside": 0}))
    response = make("TryStageResponse", {"trials": tried})
    base, clipped = response.trials
    assert base.step_count == 1 and list(base.losses) == list(clipped.losses)
    assert base.apart == 0 and clipped.apart > 0
    assert weights_digest(ready.held.model) == before


def test_no_stage_is_tried_while_one_is_open(ready: Session) -> None:
    ready.begin_stage(message_of("StageSpec", STAGE))
    with pytest.raises(TomoeError) as caught:
        ready.try_stage(request({"stage": 0, "beside": 0}))
    assert caught.value.code == "WORKER_STATE"
    assert caught.value.what == "TryStage is not possible while stage 'shared' is open"
    ready.close_stage()


def test_a_model_made_again_after_trials_is_the_one_before_them(ready: Session) -> None:
    from tiny_worker import SPEC

    def made() -> str:
        ready.held.create(message_of("ModelSpec", SPEC), 5, None)
        return weights_digest(ready.held.model)

    before = made()
    ready.held.lift(6)
    ready.try_stage(request({"stage": 0, "beside": 0}))
    assert made() == before
