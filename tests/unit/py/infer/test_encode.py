"""infer/encode.py: what is refused before anything is computed, and what is shared."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from tiny_model import BATCHING, plan, query, spread_experts, tiny_model, tiny_tokenizer, volume
from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.encode import PassBounds, check_batching, check_queries, encode_queries, require_mode
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.spec import Batching

ROOM = PassBounds(reserve=4, batching=BATCHING, sees_image=True)


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
        list(encode_queries(model, [volume("a")], [asked], plan(model), ROOM))
    assert caught.value.code == code


def test_a_plan_for_other_groups_is_refused() -> None:
    model = tiny_model()
    steering = plan(model)
    model.clone_groups(model.spec.moe.tasks)
    with pytest.raises(TomoeError, match=r"\[ROUTER_SHAPE\] the routing plan does not fit the model"):
        list(encode_queries(model, [volume("a")], [query("q", 0, "Which?", "report")], steering, ROOM))


@torch.inference_mode()
def test_nothing_cached_before_lifting_or_cloning_is_used_after_it() -> None:
    held, asked = [volume("a", seed=1)], [query("q", 0, "Which side?", "open-vqa")]

    def tokens(model: TomoeModel) -> torch.Tensor:
        (encoded,) = encode_queries(model, held, asked, plan(model), ROOM)
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
        (together,) = encode_queries(model, volumes, asked, plan(model), ROOM)
        for place, one in enumerate(asked):
            (alone,) = encode_queries(model, volumes, [one], plan(model), ROOM)
            torch.testing.assert_close(together.image_SJL[place], alone.image_SJL[0], rtol=1e-4, atol=1e-5)
    assert torch.equal(together.image_SJL[0], together.image_SJL[2])
    assert float((together.image_SJL[0] - together.image_SJL[3]).abs().max()) > 1e-4


def passes(prompts: list[str], sequences: int, cache_bytes: int) -> list[int]:
    model, held = tiny_model(), [volume("a")]
    asked = [query(f"q{index}", 0, prompt, "report") for index, prompt in enumerate(prompts)]
    shared = Batching(sequences=sequences, cache_bytes=cache_bytes)
    bounds = PassBounds(reserve=4, batching=shared, sees_image=True)
    with torch.no_grad():
        return [len(one.queries) for one in encode_queries(model, held, asked, plan(model), bounds)]


def bytes_of(prompt: str) -> int:
    """Keys and values of a sequence of ``passes``: 4 slices pooled by 2, 4 x 4 patches merged by 2 x 2 are
    8 image tokens, 4 tokens may follow; 2 layers of width 16, 4 bytes a number.
    """
    tokenizer = tiny_tokenizer()
    frame = tokenizer.frame
    chat = len(frame.before) + len(frame.after_image) + len(frame.after_prompt)
    return (chat + 8 + len(tokenizer.encode(prompt)) + 4) * 2 * 2 * 16 * 4


def test_a_pass_holds_no_more_sequences_than_asked_for() -> None:
    assert passes(["Which side?"] * 5, 2, 1 << 30) == [2, 2, 1]
    assert passes(["Which side?"] * 5, 5, 1 << 30) == [5]


def test_a_pass_takes_no_more_bytes_of_keys_and_values_than_asked_for_but_one_sequence_at_least() -> None:
    each = bytes_of("Which side?")
    assert passes(["Which side?"] * 5, 256, 2 * each) == [2, 2, 1]
    assert passes(["Which side?"] * 5, 256, 3 * each - 1) == [2, 2, 1]
    assert passes(["Which side?"] * 3, 256, 1) == [1, 1, 1]


def test_the_longest_prompt_of_a_call_bounds_all_its_passes() -> None:
    short, long = ["Which side?"] * 4, ["Which side? " * 8]
    assert passes(short, 256, 2 * bytes_of(*long)) == [4]
    assert passes(short + long, 256, 2 * bytes_of(*long)) == [2, 2, 1]


def test_a_mode_that_is_not_there_is_refused() -> None:
    require_mode("text", "greedy", ("greedy",))
    with pytest.raises(
        TomoeError, match="text is asked for by mode 'beam', this worker has greedy"
    ) as caught:
        require_mode("text", "beam", ("greedy",))
    assert caught.value.code == "CONFIG_INVALID"


@pytest.mark.parametrize(
    ("batching", "what"),
    [
        (Batching(sequences=0, cache_bytes=1), "sequences is 0, it must be"),
        (Batching(sequences=1, cache_bytes=0), "cacheBytes is 0, it must be"),
    ],
)
def test_bounds_under_which_no_pass_could_be_made_are_refused(batching: Batching, what: str) -> None:
    with pytest.raises(TomoeError, match=what) as caught:
        check_batching(batching)
    assert caught.value.code == "CONFIG_INVALID"
    check_batching(BATCHING)
