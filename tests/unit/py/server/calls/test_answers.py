"""Answers of a real tiny model, also while it trains."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_worker import GENERATING, PLAN, SCORING, STAGE, batch_message, message_of, values_of
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.calls.telemetry import Telemetry
from tomoe_worker.server.wire.specs import make


def always() -> bool:
    return True


def query(name: str, volume: int = 1, choices: tuple[str, ...] = (), task: str = "report") -> dict[str, Any]:
    return {
        "query_id": name,
        "volume_index": volume,
        "prompt": "describe the scan",
        "task": task,
        "choices": list(choices),
    }


def asking(name: str, queries: list[dict[str, Any]], **more: Any) -> Any:
    volumes = [
        {
            "volume_id": volume.volume_id,
            "slot": volume.slot,
            "tensor": {"uploaded": {"upload_id": volume.tensor.uploaded.upload_id}},
            "row": volume.row,
            "facts": [],
            "has_patch_labels": False,
            "has_caption": False,
            "words": [],
            "change": {"mirrored": False, "turned_degrees": 0.0, "gain": 1.0, "shift_hu": 0.0},
        }
        for volume in batch_message(0).volumes
    ]
    return make(name, {"volumes": volumes, "queries": queries, "plan": values_of(PLAN), **more})


def generating(queries: list[dict[str, Any]], **changes: Any) -> Any:
    return asking("GenerateRequest", queries, max_new_tokens=3, **{**GENERATING, **changes})


def test_text_is_generated_and_options_are_scored_also_while_a_stage_is_open(ready: Session) -> None:
    ready.begin_stage(message_of("StageSpec", STAGE))
    (text,) = ready.answers.generate(generating([query("q")]), always)
    assert text["query_id"] == "q" and 0 <= text["tokens"] <= 3
    closed = [query("q", 0, ("bright", "dark"), "closed-vqa")]
    (scored,) = ready.answers.score(asking("ScoreRequest", closed, **SCORING), always)
    assert scored["query_id"] == "q" and len(scored["log_probs"]) == 2
    assert all(value < 0 for value in scored["log_probs"])


def test_how_often_the_cache_of_volumes_was_of_use_is_said_after_every_call(ready: Session) -> None:
    said: list[str] = []

    class Heard(Telemetry):
        def log(self, level: str, text: str) -> None:
            said.append(f"{level}: {text}")

    ready.telemetry = Heard("", rank=0, attempt=0, device_bytes=lambda: 0)
    list(ready.answers.generate(generating([query("a", 0), query("b", 1)]), always))
    closed = [query("q", 0, ("bright", "dark"), "closed-vqa")]
    list(ready.answers.score(asking("ScoreRequest", closed, **SCORING), always))
    assert said == [
        "info: of 2 volumes asked about 0 were in the cache",
        "info: of 3 volumes asked about 1 were in the cache",
    ]


def test_values_make_whole_messages(ready: Session) -> None:
    for values in ready.answers.generate(generating([query("a"), query("b", 0)]), always):
        assert make("GenerateResponse", values).query_id in ("a", "b")
    closed = [query("q", 0, ("bright", "dark"), "closed-vqa")]
    for values in ready.answers.score(asking("ScoreRequest", closed, **SCORING), always):
        assert make("ScoreResponse", values).choice_count == 2


def test_how_many_share_a_pass_is_the_caller_s_to_say_and_changes_no_answer(ready: Session) -> None:
    queries = [query(f"q{index}", index % 2) for index in range(4)]
    together = {one["query_id"]: one["text"] for one in ready.answers.generate(generating(queries), always)}
    alone = generating(queries, batching={"sequences": 1, "cache_bytes": 1 << 30})
    apart = list(ready.answers.generate(alone, always))
    assert {one["query_id"]: one["text"] for one in apart} == together
    # One pass a query: they end in the order they were asked.
    assert [one["query_id"] for one in apart] == ["q0", "q1", "q2", "q3"]


@pytest.mark.parametrize("name", ["GenerateRequest", "ScoreRequest"])
def test_a_mode_that_this_worker_lacks_is_refused_by_name(ready: Session, name: str) -> None:
    closed = [query("q", 0, ("bright", "dark"), "closed-vqa")]
    fields = {**GENERATING, "mode": "beam"}
    with pytest.raises(TomoeError, match="mode 'beam', this worker has") as caught:
        if name == "GenerateRequest":
            list(ready.answers.generate(asking(name, closed, max_new_tokens=1, **fields), always))
        else:
            list(ready.answers.score(asking(name, closed, **fields), always))
    assert caught.value.code == "CONFIG_INVALID"


def test_a_query_on_a_volume_that_was_not_sent_is_refused(ready: Session) -> None:
    with pytest.raises(TomoeError, match=r"GenerateRequest.queries\[0\].volumeIndex is 2") as caught:
        list(ready.answers.generate(generating([query("q", 2)]), always))
    assert caught.value.code == "WIRE_INVALID"


def test_without_a_model_there_are_no_answers(session: Session) -> None:
    with pytest.raises(TomoeError, match="there is no model") as caught:
        list(session.answers.generate(generating([query("q")]), always))
    assert caught.value.code == "WORKER_STATE"


def test_answers_stop_when_nobody_wants_them(ready: Session) -> None:
    assert list(ready.answers.generate(generating([query("q")]), lambda: False)) == []
