"""Messages <-> specs."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import pytest
import torch
from fill_messages import choices, filled
from tiny_model import tiny_spec
from tiny_worker import values_of
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.regions import FileRegion
from tomoe_worker.server.tensors.uploads import UploadHeader
from tomoe_worker.server.wire.specs import (
    facts_of,
    make,
    parse,
    step_result,
    to_batch,
    to_generation,
    to_queries,
    to_scoring,
    to_spec,
    to_volume,
)
from tomoe_worker.server.wire.walk import contract
from tomoe_worker.spec import (
    BaseSpec,
    Batching,
    BatchItem,
    ExpertLoad,
    Generation,
    ModelSpec,
    Query,
    RoutingPlan,
    Scoring,
    StageSpec,
    StepResult,
    TaskCosine,
    VolumeChange,
)


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("ModelSpec", ModelSpec),
        ("StageSpec", StageSpec),
        ("RoutingPlan", RoutingPlan),
        ("BatchItem", BatchItem),
        ("Query", Query),
        ("FileRegion", FileRegion),
        ("PutTensorHeader", UploadHeader),
    ],
)
def test_every_field_of_a_message_arrives_in_its_spec(name: str, spec: Any) -> None:
    for choice in choices(name):
        message = filled(name, choice)
        _same(message, to_spec(message, spec))


def test_a_union_has_a_member_for_every_field_of_its_oneof_and_no_other() -> None:
    fields = {field.name for field in filled("ModelSpec").DESCRIPTOR.oneofs_by_name["base"].fields}
    kinds = {typing.get_args(typing.get_type_hints(one)["kind"])[0] for one in typing.get_args(BaseSpec)}
    assert fields == kinds


def test_a_message_is_made_of_a_unions_member_by_its_kind() -> None:
    built = make("ModelSpec", values_of(tiny_spec()))
    assert built.WhichOneof("base") == "phi3v"
    assert to_spec(built, ModelSpec) == tiny_spec()


def _same(message: Any, spec: Any) -> None:
    for field in dataclasses.fields(spec):
        union = message.DESCRIPTOR.oneofs_by_name.get(field.name)
        if union is not None:
            member = message.WhichOneof(field.name)
            assert getattr(spec, field.name).kind == member
            _same(getattr(message, member), getattr(spec, field.name))
            continue
        if field.name == "kind" and "kind" not in message.DESCRIPTOR.fields_by_name:
            continue
        sent, taken = getattr(message, field.name), getattr(spec, field.name)
        if dataclasses.is_dataclass(taken):
            _same(sent, taken)
        elif isinstance(taken, tuple):
            assert len(sent) == len(taken) == 2
            for one, other in zip(sent, taken, strict=True):
                if dataclasses.is_dataclass(other):
                    _same(one, other)
                else:
                    assert one == other
        else:
            assert sent == taken


def test_a_spec_that_lacks_a_field_of_the_message_is_our_own_fault() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Short:
        low: float

    with pytest.raises(TomoeError) as caught:
        to_spec(filled("WindowHu"), Short)
    assert caught.value.code == "INTERNAL" and caught.value.what == "WindowHu and Short differ in ['high']"


def test_bytes_that_are_no_message_are_refused() -> None:
    with pytest.raises(TomoeError) as caught:
        parse("FeedRequest", b"\xff\xff\xff\xff")
    assert (caught.value.code, caught.value.what) == ("WIRE_INVALID", "4 bytes are no FeedRequest")
    with pytest.raises(TomoeError, match=r"the message lacks FeedRequest.batch"):
        parse("FeedRequest", b"")


def test_make_fills_the_counts_and_refuses_to_send_half_a_message() -> None:
    message = make("MeasureResponse", {"signature": "s", "scores": [1.0, 0.5]})
    assert message.count == 2
    with pytest.raises(TomoeError, match=r"the message lacks MeasureResponse.signature"):
        make("MeasureResponse", {"scores": []})
    nested = make("CreateModelResponse", {"spec_digest": "d", "groups": [], "tokenizer_digest": "t"})
    assert nested.HasField("group_count") and nested.group_count == 0


def volume(**changes: Any) -> Any:
    message = filled("BatchVolume")
    message.row = 1
    for name, value in changes.items():
        setattr(message, name, value)
    message.facts[0].name, message.facts[1].name = "side", "plane"
    return message


def columns(**changes: Any) -> dict[str, torch.Tensor]:
    held = {
        "volume": torch.arange(2 * 3 * 4 * 5, dtype=torch.int16).view(2, 3, 4, 5),
        "patchLabels": torch.ones(2, 3, 2, 2, dtype=torch.int16),
    }
    return {name: tensor for name, tensor in {**held, **changes}.items() if tensor is not None}


def test_a_volume_is_its_row_of_the_column_and_shares_its_memory() -> None:
    held = columns()
    taken = to_volume(volume(), lambda _reference: held)
    assert taken.voxels_DHW.shape == (3, 4, 5) and taken.voxels_DHW.dtype == torch.int16
    assert taken.voxels_DHW.data_ptr() == held["volume"][1].data_ptr()
    assert taken.patch_labels_DHW is not None and taken.patch_labels_DHW.shape == (3, 2, 2)
    assert taken.facts == {"side": 2, "plane": 2}
    assert to_volume(volume(has_patch_labels=False), lambda _reference: held).patch_labels_DHW is None


def test_a_change_arrives_number_by_number() -> None:
    message = volume()
    message.change.mirrored, message.change.turned_degrees = True, -7.5
    message.change.gain, message.change.shift_hu = 0.9, 1e-7
    taken = to_volume(message, lambda _reference: columns())
    assert taken.change == VolumeChange(mirrored=True, turned_degrees=-7.5, gain=0.9, shift_hu=1e-7)


def test_a_caption_without_words_is_another_thing_than_no_caption() -> None:
    def words(*, has_caption: bool, held: tuple[int, ...]) -> tuple[int, ...] | None:
        message = volume(has_caption=has_caption, word_count=len(held))
        del message.words[:]
        message.words.extend(held)
        return to_volume(message, lambda _reference: columns()).words

    assert words(has_caption=True, held=(1, 4)) == (1, 4)
    assert words(has_caption=True, held=()) == ()
    assert words(has_caption=False, held=()) is None
    with pytest.raises(TomoeError, match="has 1 words and no caption") as caught:
        words(has_caption=False, held=(1,))
    assert caught.value.code == "WIRE_INVALID"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"volume": None}, "there is no column \"volume\" among ['patchLabels']"),
        ({"patchLabels": None}, "there is no column \"patchLabels\" among ['volume']"),
        (
            {"volume": torch.zeros(2, 3, 4, 5)},
            'column "volume" is torch.float32 with 3 axes a row, not int16 with 3',
        ),
        (
            {"volume": torch.zeros(2, 3, dtype=torch.int16)},
            'column "volume" is torch.int16 with 1 axes a row, not int16 with 3',
        ),
        ({"volume": torch.zeros(1, 3, 4, 5, dtype=torch.int16)}, 'row 1 of column "volume", which has 1'),
    ],
)
def test_a_tensor_that_is_no_volume_is_refused_naming_both(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(TomoeError) as caught:
        to_volume(volume(), lambda _reference: columns(**changes))
    assert caught.value.code == "TENSOR_INVALID" and caught.value.what == f"volume text-1: {what}"


def test_a_fact_given_twice_is_refused() -> None:
    message = filled("BatchVolume")
    message.facts[0].name = message.facts[1].name = "side"
    with pytest.raises(TomoeError) as caught:
        facts_of(message)
    assert (caught.value.code, caught.value.what) == ("WIRE_INVALID", "the fact side is given twice")


def test_a_batch_keeps_order_and_digest_and_refuses_an_item_without_a_volume() -> None:
    message = filled("Batch")
    for index, held in enumerate(message.volumes):
        held.CopyFrom(volume(volume_id=f"v{index}"))
    for item in message.items:
        item.volume_index = 1
    batch = to_batch(message, "digest", lambda _reference: columns())
    assert [held.volume_id for held in batch.volumes] == ["v0", "v1"]
    assert batch.digest == "digest" and batch.items[1].volume_index == 1
    message.items[1].volume_index = 2
    with pytest.raises(TomoeError) as caught:
        to_batch(message, "digest", lambda _reference: columns())
    assert caught.value.code == "WIRE_INVALID"
    assert caught.value.what == "Batch.items[1].volumeIndex is 2, there are 2 volumes"


def test_queries_are_checked_against_the_volumes_beside_them() -> None:
    message = filled("GenerateRequest")
    for query in message.queries:
        query.volume_index = 0
    assert [query.choices for query in to_queries(message)] == [("text-6", "text-7")] * 2
    message.queries[0].volume_index = 9
    with pytest.raises(
        TomoeError, match=r"GenerateRequest.queries\[0\].volumeIndex is 9, there are 2 volumes"
    ):
        to_queries(message)


def test_a_step_result_carries_the_load_row_major_and_a_loss_that_diverged() -> None:
    load = ExpertLoad(
        step=4,
        tokens_LGE=torch.arange(12, dtype=torch.int64).view(2, 3, 2),
        body_LGE=torch.arange(12, dtype=torch.int64).view(2, 3, 2) // 2,
        gate_entropy_LG=torch.arange(6, dtype=torch.float64).view(2, 3) / 4,
    )
    result = StepResult(
        step=4,
        loss=float("nan"),
        gradient_norm=1.0,
        learning_rate_scale=0.5,
        objective_losses={"patches": 2.0, "language": 1.0},
        expert_load=load,
        seconds=0.1,
        terms={"language": 1.0, "balance": 0.25},
        cosines=(TaskCosine(block="vision.blocks.2", one="report", other="open-vqa", cosine=-0.5),),
    )
    message = make("StepResult", step_result(result, plan_digest="p", batch_digest="b", rank=1))
    assert list(message.expert_load.tokens) == list(range(12)) and message.expert_load.count == 12
    assert list(message.expert_load.body_tokens) == [at // 2 for at in range(12)]
    assert list(message.expert_load.gate_entropy) == [at / 4 for at in range(6)]
    assert message.expert_load.gate_count == 6
    assert [(one.block, one.other, one.cosine) for one in message.cosines] == [
        ("vision.blocks.2", "open-vqa", -0.5)
    ]
    assert (message.expert_load.layer_count, message.expert_load.group_count) == (2, 3)
    assert [entry.objective for entry in message.objective_losses] == ["language", "patches"]
    assert [(entry.objective, entry.loss) for entry in message.terms] == [
        ("language", 1.0),
        ("balance", 0.25),
    ]
    assert message.loss != message.loss
    assert contract().message("StepResult").FromString(message.SerializeToString()) is not None


def test_how_answers_are_made_is_read_from_the_request_beside_the_queries() -> None:
    generating, scoring = filled("GenerateRequest"), filled("ScoreRequest")
    generating.batching.sequences, generating.batching.cache_bytes = 3, 2**40
    assert to_generation(generating) == Generation(
        mode=generating.mode,
        max_new_tokens=generating.max_new_tokens,
        batching=Batching(sequences=3, cache_bytes=2**40),
        sees_image=generating.sees_image,
    )
    assert to_scoring(scoring) == Scoring(
        mode=scoring.mode, batching=to_spec(scoring.batching, Batching), sees_image=scoring.sees_image
    )


@pytest.mark.parametrize("name", ["GenerateRequest", "ScoreRequest"])
@pytest.mark.parametrize(
    ("field", "said"), [("mode", "mode"), ("batching", "batching"), ("sees_image", "seesImage")]
)
def test_a_request_that_does_not_say_how_is_refused(name: str, field: str, said: str) -> None:
    message = filled(name)
    message.ClearField(field)
    with pytest.raises(TomoeError) as caught:
        parse(name, message.SerializeToString())
    assert (caught.value.code, caught.value.what) == ("WIRE_INCOMPLETE", f"the message lacks {name}.{said}")


def test_a_stage_without_its_optimizer_is_refused_field_by_field() -> None:
    for field in ("kind", "epsilon", "schedule", "decays"):
        message = filled("StageSpec")
        message.optimizer.ClearField(field)
        with pytest.raises(TomoeError, match=f"the message lacks StageSpec.optimizer.{field}") as caught:
            parse("StageSpec", message.SerializeToString())
        assert caught.value.code == "WIRE_INCOMPLETE"
