"""What one worker holds, and the order of calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_model import LINES
from tiny_worker import (
    PLAN,
    SPEC,
    STAGE,
    batch_message,
    hello_message,
    message_of,
    put_volumes,
)
from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.process_state import ProcessState
from tomoe_worker.server.calls.fence import FENCE_FILE
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.wire.specs import make
from tomoe_worker.train.distributed import Ranks


def always() -> bool:
    return True


def refused(call: Any, code: str = "WORKER_STATE") -> str:
    with pytest.raises(TomoeError) as caught:
        call()
    assert caught.value.code == code
    return caught.value.what


def test_nothing_goes_before_the_hello() -> None:
    session = Session(torch.device("cpu"), Ranks.alone())
    assert refused(lambda: session.check_attempt(0)) == "nobody has said hello yet"
    session.close()


def test_the_same_hello_again_changes_nothing_and_another_of_the_same_attempt_is_refused(
    ready: Session,
) -> None:
    model = ready.held.model
    ready.greet(hello_message())
    assert ready.held.model is model
    what = refused(lambda: ready.greet(hello_message(run_id="other")))
    assert what == "attempt 0 said hello before, with other words"


def test_a_later_attempt_takes_over_and_the_earlier_one_is_fenced(ready: Session) -> None:
    stage = ready.begin_stage(message_of("StageSpec", STAGE))
    ready.greet(hello_message(attempt=2))
    assert not ready.stage_is(stage)
    assert refused(lambda: ready.check_attempt(1), "WORKER_FENCED") == "attempt 1 was replaced by attempt 2"
    assert refused(lambda: ready.greet(hello_message(attempt=1)), "WORKER_FENCED")
    ready.check_attempt(2)


def test_the_hello_claims_writable_roots_and_leaves_the_others_alone(
    session: Session, tmp_path: Path
) -> None:
    for name in ("w", "r"):
        (tmp_path / name).mkdir()
    roots = [{"name": name, "path": str(tmp_path / name), "writable": name == "w"} for name in ("w", "r")]
    session.greet(hello_message(attempt=4, roots=roots))
    assert (tmp_path / "w" / FENCE_FILE).read_text() == "4\n" and not (tmp_path / "r" / FENCE_FILE).exists()
    gone = [{"name": "x", "path": str(tmp_path / "gone"), "writable": False}]
    what = refused(lambda: session.greet(hello_message(attempt=5, roots=gone)), "PATH_NOT_FOUND")
    assert what == f"root 'x' is no folder: {tmp_path / 'gone'}"


def test_the_hello_sets_the_threads_of_the_thread_that_computes() -> None:
    session = Session(torch.device("cpu"), Ranks.alone())
    before = torch.get_num_threads()
    try:
        session.greet(hello_message(threads=2))
        assert session.compute.run("idle", torch.get_num_threads) == 2
    finally:
        session.compute.run("idle", lambda: torch.set_num_threads(before))
        session.close()


def test_a_model_needs_a_tokenizer_and_everything_else_needs_a_model(session: Session) -> None:
    assert (
        refused(lambda: session.between_stages("CreateModel").create(message_of("ModelSpec", SPEC), 1, None))
        == "no tokenizer was fitted"
    )
    assert refused(lambda: session.between_stages("LiftModel").lift(1)) == "there is no model"
    assert refused(lambda: session.begin_stage(message_of("StageSpec", STAGE))) == "there is no model"
    assert refused(session.open_stage) == "no stage is open"


def test_while_a_stage_is_open_the_model_is_not_replaced(ready: Session) -> None:
    ready.begin_stage(message_of("StageSpec", STAGE))
    calls = {
        "FitTokenizer": lambda: ready.between_stages("FitTokenizer").fit_tokenizer(300, LINES),
        "CreateModel": lambda: ready.between_stages("CreateModel").create(
            message_of("ModelSpec", SPEC), 1, None
        ),
        "LiftModel": lambda: ready.between_stages("LiftModel").lift(1),
        "LoadCheckpoint": lambda: ready.load_checkpoint(None),
        "a stage": lambda: ready.begin_stage(message_of("StageSpec", STAGE)),
    }
    for name, call in calls.items():
        assert refused(call) == f"{name} is not possible while stage 'shared' is open"


def test_a_stage_goes_on_where_a_loaded_checkpoint_was_saved(ready: Session, tmp_path: Path) -> None:
    from tiny_worker import digest_of_plan
    from tomoe_worker.server.wire.specs import to_batch

    roots = [{"name": "checkpoints", "path": str(tmp_path), "writable": True}]
    ready.greet(hello_message(attempt=1, roots=roots))
    stage = ready.begin_stage(message_of("StageSpec", STAGE))
    stage.take_plan(message_of("RoutingPlan", PLAN))
    batch = batch_message(0)
    stage.feed.put(0, "d", lambda: to_batch(batch, "d", ready.tensors.columns))
    stage.run_step(
        make("StepCommand", {"step": 0, "plan_digest": digest_of_plan(), "batch_digest": "d"}), always
    )
    (tmp_path / "step-1").mkdir()
    files = ready.save_checkpoint("checkpoints", "step-1")
    ready.close_stage()
    request = {"root": "checkpoints", "path": "step-1", "files": files, "training_state": True}
    summary = ready.load_checkpoint(make("LoadCheckpointRequest", request))
    assert (summary["stage"], summary["next_step"], summary["lifted"]) == ("shared", 1, True)
    assert ready.begin_stage(message_of("StageSpec", STAGE)).trainer.next_step == 1
    ready.close_stage()
    assert ready.begin_stage(message_of("StageSpec", STAGE)).trainer.next_step == 0


def test_only_writable_roots_are_written(ready: Session, tmp_path: Path) -> None:
    ready.greet(hello_message(attempt=1, roots=[{"name": "cache", "path": str(tmp_path), "writable": False}]))
    (tmp_path / "a").mkdir()
    what = refused(lambda: ready.save_checkpoint("cache", "a"), "WIRE_ROOT")
    assert what == "root 'cache' was not agreed for this"


def trained(session: Session) -> tuple[list[str], dict[str, Any]]:
    """Losses of a stage and texts of a run over the tiny model; the same for every fresh session."""
    session.held.fit_tokenizer(SPEC.base.language.vocab, LINES)
    session.held.create(message_of("ModelSpec", SPEC), 5, None)
    session.held.lift(6)
    weights = {name: parameter.detach().clone() for name, parameter in session.held.model.named_parameters()}
    # Not drawn by a seed of the model: what a run takes from the global random state.
    drawn = session.compute.run("idle", lambda: torch.rand(3))
    return sorted(weights), {**weights, "drawn": drawn}


def test_a_renewed_session_is_as_one_of_a_process_that_has_just_started() -> None:
    session, state = Session(torch.device("cpu"), Ranks.alone()), ProcessState.take()
    session.greet(hello_message())
    names, first = trained(session)
    put_volumes(session)
    torch.manual_seed(99)
    torch.use_deterministic_algorithms(False)
    compute = session.compute
    renewed = session.renewed(state)
    assert refused(lambda: renewed.check_attempt(0)) == "nobody has said hello yet"
    assert refused(lambda: renewed.held.model) == "there is no model"
    assert renewed.compute is not compute and renewed.compute.progress == 0
    reference = make("TensorRef", {"uploaded": {"upload_id": "volumes"}})
    assert renewed.tensors.drop(reference) is False
    # Attempt 0 of another run: the fence of the first one is not its.
    renewed.greet(hello_message(run_id="another"))
    again, second = trained(renewed)
    assert again == names and all(torch.equal(second[name], first[name]) for name in first)
    renewed.close()


def test_a_model_that_somebody_holds_is_not_left_to_the_next_run(ready: Session) -> None:
    state, held = ProcessState.take(), ready.held.model
    assert refused(lambda: ready.renewed(state)) == "the model of the run that ended is still held"
    assert held is not None
