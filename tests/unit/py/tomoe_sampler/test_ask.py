from __future__ import annotations

import json
from typing import Any

import pytest
from tomoe_sampler.answer import answer_to
from tomoe_sampler.ask import Condition, NotAnAskError, ask_of

DIMENSION: dict[str, Any] = {
    "name": "rate",
    "kind": "float",
    "low": 1e-4,
    "high": 1e-2,
    "log": True,
    "step": 1,
    "when": None,
}
TRIED: dict[str, Any] = {"state": "done", "values": {"rate": 1e-3}, "value": 0.5, "points": [[4, 0.25]]}
ASK: dict[str, Any] = {
    "kind": "ask",
    "sampler": "tpe",
    "startup": 2,
    "direction": "max",
    "seed": 7,
    "dimensions": [DIMENSION],
    "tried": [TRIED],
}


def test_an_ask_is_what_it_says() -> None:
    weight = {**DIMENSION, "name": "weight", "log": False, "when": {"name": "rate", "value": 1}}
    ask = ask_of({**ASK, "dimensions": [DIMENSION, weight]})
    assert (ask.sampler, ask.startup, ask.direction, ask.seed) == ("tpe", 2, "max", 7)
    assert [one.when for one in ask.dimensions] == [None, Condition(name="rate", value=1)]
    assert [one.log for one in ask.dimensions] == [True, False]
    [tried] = ask.tried
    assert (tried.state, dict(tried.values), tried.value) == ("done", {"rate": 1e-3}, 0.5)
    assert dict(tried.points) == {4: 0.25}


def test_a_trial_that_came_to_no_number_has_none() -> None:
    [tried] = ask_of({**ASK, "tried": [{**TRIED, "state": "failed", "value": None}]}).tried
    assert tried.value is None


@pytest.mark.parametrize("field", sorted(ASK))
def test_a_field_that_is_missing_is_named(field: str) -> None:
    with pytest.raises(NotAnAskError, match="ask has"):
        ask_of({name: value for name, value in ASK.items() if name != field})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"more": 1}, "ask has"),
        ({"seed": "7"}, "seed is no whole number"),
        ({"seed": True}, "seed is no whole number"),
        ({"sampler": None}, "sampler is no text"),
        ({"dimensions": {}}, "dimensions is no list"),
        ({"dimensions": [3]}, "dimension is no object"),
        ({"dimensions": [{**DIMENSION, "low": "0"}]}, "low is no number"),
        ({"dimensions": [{**DIMENSION, "when": {"name": "a"}}]}, "when has"),
        ({"tried": [{**TRIED, "values": {"rate": None}}]}, "rate is no number"),
        ({"tried": [{**TRIED, "points": [[0.5, 1]]}]}, "points is no whole number"),
        ({"tried": [{**TRIED, "state": 1}]}, "state is no text"),
    ],
)
def test_another_shape_is_refused_by_the_name_of_its_field(change: dict[str, Any], why: str) -> None:
    with pytest.raises(NotAnAskError, match=why):
        ask_of({**ASK, **change})


def test_what_is_no_ask_or_cannot_be_answered_is_an_answer_too() -> None:
    for message in (b"\xff", b"{", json.dumps(ASK).encode(), b"3"):
        answer = answer_to(message)
        # Where Optuna is there, as in an environment of one's own, the whole ask is answered.
        if message != json.dumps(ASK).encode():
            assert answer["ok"] is False
        assert set(answer) in ({"ok", "error"}, {"ok", "by", "values"})
