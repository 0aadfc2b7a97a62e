"""model/lift/inventory.py: what a change altered, lost, tied or left stale is named, tensor by tensor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
import torch
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.lift.inventory import (
    check_kept,
    places_of,
    table_digest,
    take_inventory,
    tensor_digest,
)

MOVED = {"block.mlp": ["block.mlp.a", "block.mlp.b"]}


def flat() -> dict[str, torch.Tensor]:
    return {"table": torch.rand(2, 3), "block.mlp.weight": torch.ones(3), "head": torch.zeros(2)}


def lifted(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    weight = state["block.mlp.weight"]
    copies = {f"block.mlp.{name}.weight": weight.clone() for name in "ab"}
    return {"table": state["table"], **copies, "head": state["head"], "gate": torch.ones(2)}


def test_a_digest_is_that_of_type_shape_and_bytes() -> None:
    tensor = torch.arange(6, dtype=torch.int32).view(2, 3)
    expected = hashlib.sha256(b"torch.int32 [2, 3]\n" + tensor.numpy().tobytes()).hexdigest()
    assert tensor_digest(tensor) == expected
    others = [tensor.view(3, 2), tensor.float(), tensor + 1, tensor.view(torch.uint8)]
    assert expected not in map(tensor_digest, others)
    assert tensor_digest(torch.arange(6, dtype=torch.int32).view(3, 2).T.contiguous().T) == tensor_digest(
        torch.arange(6, dtype=torch.int32).view(3, 2)
    )


@pytest.mark.parametrize(
    "tensor", [torch.tensor(1.5), torch.zeros(0, 3), torch.ones(2, dtype=torch.bfloat16)]
)
def test_a_tensor_of_any_shape_and_type_has_a_digest(tensor: torch.Tensor) -> None:
    assert tensor_digest(tensor) == tensor_digest(tensor.clone()) != tensor_digest(tensor.double())


def test_a_tensor_longer_than_a_part_is_hashed_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    tensor = torch.arange(100.0)
    whole = tensor_digest(tensor)
    monkeypatch.setattr("tomoe_worker.model.lift.inventory._CHUNK_BYTES", 7)
    assert tensor_digest(tensor) == whole
    tensor[-1] += 1
    assert tensor_digest(tensor) != whole


def test_on_the_meta_device_shape_and_type_are_compared() -> None:
    one = torch.zeros(2, device="meta")
    assert tensor_digest(one) == tensor_digest(torch.ones(2, device="meta"))
    assert tensor_digest(one) != tensor_digest(torch.ones(3, device="meta"))


def test_the_digest_of_a_table_does_not_depend_on_its_order() -> None:
    table = take_inventory(flat()).digests
    assert table_digest(table) == table_digest(dict(reversed(table.items())))
    assert table_digest(table) != table_digest({**table, "head": "0"})


def test_a_tensor_is_found_under_its_name_or_as_each_copy() -> None:
    assert places_of("block.mlp.weight", MOVED) == ("block.mlp.a.weight", "block.mlp.b.weight")
    assert places_of("block.mlps.weight", MOVED) == ("block.mlps.weight",)


def test_a_change_that_keeps_everything_passes() -> None:
    state = flat()
    before = take_inventory(state)
    check_kept(before, take_inventory(lifted(state)), MOVED, "the lift")


def one_element(state: dict[str, torch.Tensor]) -> None:
    state["table"][1, 2] += 1e-6


def dropped(state: dict[str, torch.Tensor]) -> None:
    del state["head"]


def tied(state: dict[str, torch.Tensor]) -> None:
    state["block.mlp.b.weight"] = state["block.mlp.a.weight"]


def tied_in_part(state: dict[str, torch.Tensor]) -> None:
    both = torch.cat([state["block.mlp.a.weight"], torch.zeros(2)])
    state["block.mlp.a.weight"], state["gate"] = both[:3], both[2:]


def stale_copy(state: dict[str, torch.Tensor]) -> None:
    state["block.mlp.b.weight"][0] = 2


def missing_copy(state: dict[str, torch.Tensor]) -> None:
    del state["block.mlp.b.weight"]


def retyped(state: dict[str, torch.Tensor]) -> None:
    state["head"] = state["head"].view(torch.int32)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (one_element, "table has other values"),
        (dropped, "head is gone"),
        (tied, "block.mlp.a.weight and block.mlp.b.weight share memory"),
        (tied_in_part, "block.mlp.a.weight and gate share memory"),
        (stale_copy, "block.mlp.b.weight, a copy of block.mlp.weight, has other values"),
        (missing_copy, "block.mlp.b.weight, a copy of block.mlp.weight, is gone"),
        (retyped, "head has other values"),
    ],
)
def test_a_change_that_does_not_names_the_tensor(
    fault: Callable[[dict[str, torch.Tensor]], None], named: str
) -> None:
    state = flat()
    before = take_inventory(state)
    after = lifted(state)
    fault(after)
    with pytest.raises(TomoeError) as caught:
        check_kept(before, take_inventory(after), MOVED, "the lift")
    assert (caught.value.code, caught.value.what) == ("INTERNAL", f"the lift did not keep the model: {named}")


def test_ties_that_were_there_before_may_stay() -> None:
    state = flat()
    state["alias"] = state["table"]
    before = take_inventory(state)
    assert before.tied == {frozenset(("alias", "table"))}
    check_kept(before, take_inventory({**lifted(state), "alias": state["table"]}), MOVED, "the lift")


def test_ten_problems_are_named_and_all_are_counted() -> None:
    before = take_inventory({f"t{index:02}": torch.ones(1) for index in range(12)})
    with pytest.raises(TomoeError) as caught:
        check_kept(before, take_inventory({}), {}, "the lift")
    assert caught.value.details["count"] == 12
    assert caught.value.what.endswith("t08 is gone; t09 is gone")
