"""The rules of the wire: everything set, counts that match, nothing unknown, one digest."""

from __future__ import annotations

import hashlib
import json
import math

import pytest
from fill_messages import choices, filled, leaves
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FieldDescriptor
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.wire import walk as module
from tomoe_worker.server.wire.walk import (
    check_message,
    contract,
    count_field,
    digest_message,
    proto_json,
)

NAMES = sorted(contract().messages)
PAIRS = [(name, choice) for name in NAMES for choice in choices(name)]


def test_the_descriptor_set_is_the_committed_file_and_names_the_whole_service() -> None:
    names = [method.name for method in contract().methods]
    assert len(names) == 19 and names[0] == "Hello" and "Train" in names
    train = next(method for method in contract().methods if method.name == "Train")
    assert (train.client_streaming, train.server_streaming) == (True, True)
    assert len(contract().digest) == 64


@pytest.mark.parametrize(("name", "choice"), PAIRS, ids=str)
def test_a_whole_message_passes_and_each_missing_field_is_refused_by_name(
    name: str, choice: dict[str, str]
) -> None:
    check_message(filled(name, choice))
    count = len(list(leaves(filled(name, choice), name)))
    for index in range(count):
        message = filled(name, choice)
        owner, field, path = list(leaves(message, name))[index]
        owner.ClearField(field)
        with pytest.raises(TomoeError) as caught:
            check_message(message)
        assert caught.value.code == "WIRE_INCOMPLETE"
        assert str(caught.value) == f"[WIRE_INCOMPLETE] the message lacks {path}"


def test_every_repeated_field_has_a_count_right_before_it() -> None:
    for name in NAMES:
        for field in contract().message(name).DESCRIPTOR.fields:
            if field.is_repeated:
                count = count_field(field)
                assert count.name.endswith("count") or count.name == "rank", field.full_name
                assert field.number - count.number <= 2, field.full_name


@pytest.mark.parametrize("name", NAMES)
def test_a_count_that_differs_from_the_items_is_refused(name: str) -> None:
    for field in contract().message(name).DESCRIPTOR.fields:
        if not field.is_repeated or field.containing_oneof is not None:
            continue
        message = filled(name)
        setattr(message, count_field(field).name, 3)
        with pytest.raises(TomoeError) as caught:
            check_message(message)
        assert caught.value.code == "WIRE_INCOMPLETE"
        assert "holds 2 items but" in caught.value.what and caught.value.what.endswith("says 3")


def test_a_field_the_contract_lacks_is_refused_with_its_number_wherever_it_hides() -> None:
    stranger = b"\x9a\x3f\x03abc"  # field 1011, length-delimited
    whole = contract().message("FeedRequest").FromString(filled("FeedRequest").SerializeToString() + stranger)
    with pytest.raises(TomoeError) as caught:
        check_message(whole)
    assert (caught.value.code, caught.value.what) == (
        "WIRE_INVALID",
        "FeedRequest holds field 1011, which the contract lacks",
    )
    nested = filled("FeedRequest")
    nested.batch.items[1].MergeFromString(stranger)
    with pytest.raises(TomoeError, match=r"FeedRequest.batch.items\[1\] holds field 1011"):
        check_message(nested)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_unless_results_are_checked(value: float) -> None:
    message = filled("GroupPlan")
    message.expert_bias[1] = value
    with pytest.raises(TomoeError) as caught:
        check_message(message)
    assert caught.value.code == "WIRE_INVALID" and caught.value.what == f"GroupPlan.expertBias[1] is {value}"
    check_message(message, finite=False)


def test_proto_json_names_fields_in_camel_case_and_writes_wide_integers_as_text() -> None:
    region = filled("FileRegion")
    region.offset_bytes = 2**63
    assert proto_json(region) == {
        "root": "text-1",
        "path": "text-2",
        "offsetBytes": "9223372036854775808",
        "lengthBytes": "4",
        "crc32": 5,
        "generation": "6",
    }
    chunk = contract().message("PutTensorRequest")(chunk=b"\x00\xff")
    assert proto_json(chunk) == {"chunk": "AP8="}
    assert proto_json(contract().message("GroupPlan")(expert_count=0)) == {"expertCount": 0, "expertBias": []}


def test_the_digest_is_sha256_over_canonical_json() -> None:
    plan = contract().message("GroupPlan")(expert_count=4, expert_bias=[0.1, 1e-7, -0.0, 1e21])
    canonical = b'{"expertBias":[0.1,1e-7,0,1e+21],"expertCount":4}'
    assert json.loads(canonical) == proto_json(plan)
    assert digest_message(plan) == hashlib.sha256(canonical).hexdigest()


def test_a_message_with_nan_has_no_digest() -> None:
    with pytest.raises(TomoeError) as caught:
        digest_message(contract().message("GroupPlan")(expert_count=1, expert_bias=[math.nan]))
    assert caught.value.code == "WIRE_INVALID" and caught.value.what.startswith("GroupPlan has no digest")


def test_no_field_is_of_a_kind_the_rules_do_not_know() -> None:
    known = {"string", "bool", "uint32", "uint64", "sint32", "fixed32", "double", "bytes", "message"}
    kinds = {
        value: name.removeprefix("TYPE_").lower()
        for name, value in vars(FieldDescriptor).items()
        if name.startswith("TYPE_")
    }
    found = {kinds[field.type] for name in NAMES for field in contract().message(name).DESCRIPTOR.fields}
    assert found <= known
    assert module.PROTOCOL_MAJOR == 1


def test_an_unset_oneof_is_refused_by_its_own_name() -> None:
    for name in ("TrainRequest", "TensorRef", "PutTensorRequest", "TrainResponse"):
        message = contract().message(name)()
        oneof = next(one.name for one in message.DESCRIPTOR.oneofs if not one.name.startswith("_"))
        with pytest.raises(TomoeError) as caught:
            check_message(message)
        assert (caught.value.code, caught.value.details) == (
            "WIRE_INCOMPLETE",
            {"field": f"{name}.{oneof}"},
        )


def test_lists_that_share_a_count_must_both_have_it() -> None:
    spec = filled("PreprocessSpec")
    assert count_field(spec.DESCRIPTOR.fields_by_name["mean"]).name == "channel_count"
    assert count_field(spec.DESCRIPTOR.fields_by_name["std"]).name == "channel_count"
    del spec.std[1:]
    with pytest.raises(TomoeError, match=r"PreprocessSpec.std holds 1 items but") as caught:
        check_message(spec)
    assert caught.value.details == {"field": "PreprocessSpec.std", "announced": 2, "found": 1}


def test_a_list_without_a_count_before_it_is_a_mistake_of_ours() -> None:
    file = descriptor_pb2.FileDescriptorProto(name="lone.proto", syntax="proto3")
    message = file.message_type.add(name="Lone")
    message.field.add(name="items", number=1, type=9, label=3, json_name="items")
    message.field.add(name="item_count", number=2, type=13, label=1, json_name="itemCount")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    field = pool.FindMessageTypeByName("Lone").fields_by_name["items"]
    with pytest.raises(TomoeError) as caught:
        count_field(field)
    assert (caught.value.code, caught.value.what) == ("INTERNAL", "Lone.items has no count before it")


@pytest.mark.parametrize(("name", "choice"), PAIRS, ids=str)
def test_a_digest_does_not_depend_on_how_the_bytes_were_ordered(name: str, choice: dict[str, str]) -> None:
    whole = filled(name, choice)
    again = contract().message(name).FromString(whole.SerializeToString())
    assert digest_message(again) == digest_message(whole)


@pytest.mark.parametrize("name", ["StageSpec", "ModelSpec", "RoutingPlan", "Batch", "Batching"])
def test_the_digest_sees_every_field(name: str) -> None:
    whole = digest_message(filled(name))
    seen = {whole}
    for index in range(len(list(leaves(filled(name), name)))):
        message = filled(name)
        owner, field, _path = list(leaves(message, name))[index]
        owner.ClearField(field)
        seen.add(digest_message(message))
    assert len(seen) == 1 + len(list(leaves(filled(name), name)))
