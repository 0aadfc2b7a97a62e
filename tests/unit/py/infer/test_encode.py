"""infer/encode.py: what is refused before anything is computed, and what is shared."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from tiny_model import plan, query, spread_experts, tiny_model, volume
from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.encode import check_queries, encode_queries
from tomoe_worker.model.assembly import TomoeModel


@pytest.mark.parametrize(
    ("ids", "what"),
    [([("q", 0), ("q", 0)], "query id 'q' stands twice"), ([("q", 2)], "query q asks about volume 2 of 1")],
)
def test_queries_that_point_nowhere_or_twice_are_refused(ids: list[tuple[str, int]], what: str) -> None:
    asked = [query(name, index, "Which side?", "report") for name, index in ids]
    with pytest.raises(TomoeError, match=what) as caught:
        check_queries(tiny_model(lifted=False), [volume("a")], asked)
    assert caught.value.code == "WIRE_INVALID"


@pytest.mark.parametrize(
    ("changes", "code", "what"),
    [
        ({"prompt": ""}, "WIRE_INVALID", "item q has an empty prompt"),
        ({"prompt": "word " * 300}, "WIRE_TOO_LARGE", "item q needs"),
        ({"task": "poem"}, "ROUTER_UNKNOWN_TASK", "task 'poem' is not one of"),
    ],
)
def test_a_query_that_does_not_fit_is_refused(changes: dict[str, Any], code: str, what: str) -> None:
    model = tiny_model()
    asked = dataclasses.replace(query("q", 0, "Which side?", "report"), **changes)
    with pytest.raises(TomoeError, match=what) as caught:
        list(encode_queries(model, [volume("a")], [asked], plan(model), reserve=4))
    assert caught.value.code == code


def test_a_plan_for_other_groups_is_refused() -> None:
    model = tiny_model()
    steering = plan(model)
    model.clone_groups(model.spec.moe.tasks)
    with pytest.raises(TomoeError, match=r"\[ROUTER_SHAPE\] the routing plan does not fit the model"):
        list(encode_queries(model, [volume("a")], [query("q", 0, "Which?", "report")], steering, reserve=4))


@torch.inference_mode()
def test_nothing_cached_before_lifting_or_cloning_is_used_after_it() -> None:
    held, asked = [volume("a", seed=1)], [query("q", 0, "Which side?", "open-vqa")]

    def tokens(model: TomoeModel) -> torch.Tensor:
        (encoded,) = encode_queries(model, held, asked, plan(model), reserve=4)
        return encoded.image_SJL

    model = tiny_model(lifted=False)
    flat = tokens(model)
    model.lift(1)
    lifted = tokens(model)
    assert torch.equal(lifted, tokens(tiny_model()))
    assert float((lifted - flat).abs().max()) > 1e-6
    model.clone_groups(model.spec.moe.tasks)
    assert torch.equal(tokens(model), lifted)


def test_image_tokens_follow_the_queries_and_equal_questions_share_them() -> None:
    model = spread_experts(tiny_model(per_task=True))
    volumes = [volume("a", seed=1), volume("b", seed=2), volume("c", seed=3)]
    asked = [
        query("q0", 2, "Which side?", "report"),
        query("q1", 0, "Which side?", "report"),
        query("q2", 2, "Which side?", "report"),
        query("q3", 2, "Which side?", "open-vqa"),
    ]
    with torch.no_grad():
        (together,) = encode_queries(model, volumes, asked, plan(model), reserve=4)
        for place, one in enumerate(asked):
            (alone,) = encode_queries(model, volumes, [one], plan(model), reserve=4)
            torch.testing.assert_close(together.image_SJL[place], alone.image_SJL[0], rtol=1e-4, atol=1e-5)
    assert torch.equal(together.image_SJL[0], together.image_SJL[2])
    assert float((together.image_SJL[0] - together.image_SJL[3]).abs().max()) > 1e-4
