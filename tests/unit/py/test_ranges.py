"""ranges.py: what travels is held against the table of options, and the worker can do all that it allows."""

from __future__ import annotations

import dataclasses
import json
import math
from importlib import resources
from typing import Any

import pytest
from tiny_model import plan, stage, tiny_model, tiny_spec
from tomoe_worker.model.bases.lora import LORA_INITIALS
from tomoe_worker.ranges import range_problems
from tomoe_worker.spec import ComponentRate, PublishedBase
from tomoe_worker.train.optimizer import DECAYS, KINDS, SCHEDULES

TABLE = json.loads(resources.files("tomoe_worker").joinpath("ranges.json").read_text(encoding="utf-8"))


def test_what_the_tests_compute_with_is_in_range() -> None:
    assert range_problems("model", tiny_spec()) == []
    assert range_problems("stage", stage()) == []
    assert range_problems("plan", plan(tiny_model())) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"steps": 0}, "steps is 0, it must be a whole number of at least 1"),
        ({"steps": 2**32}, "steps is 4294967296, it must be a whole number of at least 1"),
        ({"warmup_fraction": 1.0}, "warmupFraction is 1.0, it must be a number of at least 0, below 1"),
        ({"clip_norm": math.nan}, "clipNorm is nan, it must be a number above 0"),
        ({"clip_norm": math.inf}, "clipNorm is inf, it must be a number above 0"),
        ({"weight_decay": -1e-9}, "weightDecay is -1e-09, it must be a number of at least 0"),
        ({"routing": "hard"}, "routing is 'hard', it must be one of shared, per-task"),
    ],
)
def test_a_field_out_of_range_is_named_as_the_recipe_names_it(changes: dict[str, Any], problem: str) -> None:
    assert range_problems("stage", dataclasses.replace(stage(), **changes)) == [problem]


def test_entries_of_a_list_are_told_by_their_place() -> None:
    rates = (
        ComponentRate(component="a", learning_rate=1.0),
        ComponentRate(component="b", learning_rate=-2.0),
    )
    problems = range_problems("stage", dataclasses.replace(stage(), trains=rates))
    assert [problem.split(",")[0] for problem in problems] == ["trains[1].learningRate is -2.0"]


def test_a_field_of_another_member_of_a_union_is_not_asked_for() -> None:
    published = PublishedBase(
        kind="published",
        family="x",
        config="{}",
        weights_digest="",
        image_size=0,
        max_positions=0,
        layout="",
        redraw=(),
    )
    assert range_problems("model", dataclasses.replace(tiny_spec(), base=published)) == []
    assert range_problems("model", tiny_spec(vision={"hidden": 0}))[0].startswith("base.vision.hidden is 0")


def test_none_travels_beside_the_range() -> None:
    assert range_problems("model", tiny_spec(lora={"rank": 0, "alpha": 0.0})) == []
    assert range_problems("model", tiny_spec(lora={"rank": -1})) == [
        "lora.rank is -1, it must be 0 (none) or a whole number of at least 1"
    ]


def test_the_least_and_the_most_of_every_range_are_taken_and_their_neighbours_refused() -> None:
    for path, rule in TABLE["stage"].items():
        if "." in path or "[]" in path or rule["kind"] != "whole":
            continue
        field = "".join("_" + letter.lower() if letter.isupper() else letter for letter in path)
        for value, fits in (
            (rule["min"], True),
            (rule["min"] - 1, False),
            (rule["max"], True),
            (rule["max"] + 1, False),
        ):
            problems = range_problems("stage", dataclasses.replace(stage(), **{field: value}))
            assert (problems == []) is fits, f"{path} = {value}"


@pytest.mark.parametrize(
    ("message", "path", "known"),
    [
        ("stage", "optimizer.kind", KINDS),
        ("stage", "optimizer.schedule", SCHEDULES),
        ("stage", "optimizer.decays", DECAYS),
        ("model", "lora.initial", LORA_INITIALS),
    ],
)
def test_the_worker_can_do_each_choice_that_the_table_allows(message: str, path: str, known: Any) -> None:
    assert sorted(TABLE[message][path]["of"]) == sorted(known)
