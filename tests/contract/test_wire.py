"""What TypeScript sends is what Python reads: bytes, every field, digests."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tomoe_worker.server.wire.specs import parse, to_spec
from tomoe_worker.server.wire.walk import digest_message, proto_json
from tomoe_worker.spec import ModelSpec, Query, RoutingPlan, StageSpec

FOLDER = Path(__file__).parents[1] / "fixtures" / "messages"
GOLDEN = json.loads((FOLDER / "golden.json").read_text())
IDS = [f"{row['name']} {row['noun']}" for row in GOLDEN]


def message_of(row: dict[str, str]) -> Any:
    return parse(row["name"], base64.b64decode(row["bytes"]))


@pytest.mark.parametrize("row", GOLDEN, ids=IDS)
def test_both_languages_give_a_message_the_same_digest(row: dict[str, str]) -> None:
    assert digest_message(message_of(row)) == row["digest"]


@pytest.mark.parametrize("row", GOLDEN, ids=IDS)
def test_python_writes_the_same_bytes_as_typescript(row: dict[str, str]) -> None:
    assert message_of(row).SerializeToString(deterministic=True) == base64.b64decode(row["bytes"])


def test_numbers_and_texts_arrive_exactly() -> None:
    row = {row["noun"]: row for row in GOLDEN}
    plan = to_spec(message_of(row["plan"]), RoutingPlan)
    first, second, third = (group.expert_bias for group in plan.layers[0].groups)
    assert first == tuple(-value for value in second) == tuple(reversed(third))
    assert [repr(value) for value in first[:7]] == [
        "0.0",
        "-0.0",
        "0.1",
        "0.30000000000000004",
        "0.3333333333333333",
        "1e-07",
        "-1e-07",
    ]
    assert plan.effective_from_step == 2**32 - 1 and plan.layers[1].groups[1].expert_bias == ()
    batch = proto_json(message_of(row["batch"]))
    assert batch["volumes"][0]["tensor"]["region"]["lengthBytes"] == "9007199254740991"
    assert batch["items"][0]["prompt"] == 'Is the "liver" <|end|> bright?\n\tA. yes \\ B. no\u2028\u0001'
    assert batch["items"][0]["target"] == "\U0001f600 yes"
    assert to_spec(message_of(row["model"]), ModelSpec).preprocess.windows[2].high == 1e21
    assert to_spec(message_of(row["stage"]), StageSpec).trains[1].learning_rate == 3.3e-7
    assert to_spec(message_of(row["query"]), Query).choices == ("a", "b", "a")


def test_the_golden_replies_are_those_of_the_contract_as_it_is_now() -> None:
    sys.path.insert(0, str(FOLDER))
    try:
        from make_replies import replies
    finally:
        sys.path.remove(str(FOLDER))
    assert replies() == json.loads((FOLDER / "replies.json").read_text())
