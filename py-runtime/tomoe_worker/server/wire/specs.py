"""Messages <-> specs, by name: the only place that builds the dataclasses of spec.py from the wire.

A proto field and a dataclass field of the same name are the same thing; a field that only one side has is a
bug that shows at the first message (and in tests/contract).
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.wire.walk import check_message, contract, count_field
from tomoe_worker.spec import (
    Batch,
    Batching,
    BatchItem,
    BatchVolume,
    Generation,
    Query,
    Scoring,
    VolumeChange,
)
from tomoe_worker.spec import StepResult as StepFacts
from tomoe_worker.unions import member_of

Spec = TypeVar("Spec")


def parse(name: str, data: bytes) -> Any:
    """Decode a received message and hold it against the rules of the contract.

    Raises:
        TomoeError: ``WIRE_INVALID`` for bytes that are no such message, and as ``check_message``.
    """
    from google.protobuf.message import DecodeError

    try:
        message = contract().message(name).FromString(data)
    except DecodeError as cause:
        raise TomoeError(
            "WIRE_INVALID",
            f"{len(data)} bytes are no {name}",
            hint="Something else than Tomoe speaks on this channel.",
        ) from cause
    check_message(message)
    return message


def make(name: str, values: Mapping[str, Any]) -> Any:
    """Build an outgoing message from a mapping of proto field names; counts are filled in here.

    Raises:
        TomoeError: ``WIRE_INCOMPLETE`` when a field was left out: nothing incomplete ever leaves the worker.
    """
    message = contract().message(name)()
    _fill(message, values)
    check_message(message, finite=False)
    return message


def _fill(message: Any, values: Mapping[str, Any]) -> None:
    fields = message.DESCRIPTOR.fields_by_name
    for name, value in values.items():
        if name in message.DESCRIPTOR.oneofs_by_name:
            chosen = getattr(message, value["kind"])
            chosen.SetInParent()
            _fill(chosen, {inner: held for inner, held in value.items() if inner != "kind"})
            continue
        field = fields[name]
        if field.is_repeated:
            target = getattr(message, name)
            for item in value:
                if field.message_type is None:
                    target.append(item)
                else:
                    _fill(target.add(), item)
            setattr(message, count_field(field).name, len(target))
        elif field.message_type is None:
            setattr(message, name, value)
        else:
            getattr(message, name).SetInParent()
            _fill(getattr(message, name), value)


def to_spec(message: Any, spec: type[Spec]) -> Spec:
    """Build a dataclass of spec.py from a checked message with the same field names.

    Raises:
        TomoeError: ``INTERNAL`` when contract and dataclass have drifted apart.
    """
    values = {}
    for name, field, kind in _paired_fields(message.DESCRIPTOR, typing.cast(Hashable, spec)):
        if field is None:
            member = message.WhichOneof(name)
            values[name] = to_spec(getattr(message, member), member_of(kind, member))
        else:
            values[name] = _spec_value(getattr(message, name), field, kind)
    hints = typing.get_type_hints(spec)
    if "kind" in hints and "kind" not in message.DESCRIPTOR.fields_by_name:
        values["kind"] = typing.get_args(hints["kind"])[0]
    return spec(**values)


def _spec_value(value: Any, field: Any, kind: Any) -> Any:
    if field.is_repeated:
        inner = typing.get_args(kind)[0]
        return tuple(value) if field.message_type is None else tuple(to_spec(item, inner) for item in value)
    return value if field.message_type is None else to_spec(value, kind)


@functools.cache
def _paired_fields(descriptor: Any, spec: Hashable) -> tuple[tuple[str, Any, Any], ...]:
    """(name, proto field or None for a oneof, Python type) of every field but the counts, which both sides
    must have. The ``kind`` of a union's member is the name of its field, and no field itself.
    """
    kind = typing.cast(Any, spec)
    hints = typing.get_type_hints(kind)
    counts = {count_field(field).name for field in descriptor.fields if field.is_repeated}
    unions = {oneof.name for oneof in descriptor.oneofs if not oneof.name.startswith("_")}
    chosen = {field.name for oneof in unions for field in descriptor.oneofs_by_name[oneof].fields}
    wire = {field.name for field in descriptor.fields} - counts - chosen | unions
    tagged = typing.get_origin(hints.get("kind")) is typing.Literal
    known = {field.name for field in dataclasses.fields(kind)} - ({"kind"} if tagged else set())
    if wire != known:
        raise TomoeError(
            "INTERNAL",
            f"{descriptor.name} and {kind.__name__} differ in {sorted(wire ^ known)}",
            hint="Add the field to both; report this as a bug.",
        )
    return tuple((name, descriptor.fields_by_name.get(name), hints[name]) for name in known)


def facts_of(message: Any) -> dict[str, int]:
    """The fact labels of a BatchVolume by head name.

    Raises:
        TomoeError: ``WIRE_INVALID`` when one head is labelled twice.
    """
    facts: dict[str, int] = {}
    for label in message.facts:
        if label.name in facts:
            raise TomoeError(
                "WIRE_INVALID", f"the fact {label.name} is given twice", hint="Give each fact once."
            )
        facts[label.name] = label.class_index
    return facts


def to_volume(message: Any, open_tensor: Callable[[Any], Mapping[str, Any]]) -> BatchVolume:
    """Decode one volume.

    Args:
        message: BatchVolume.
        open_tensor: TensorRef -> columns by name, each rows x shape.

    Raises:
        TomoeError: ``TENSOR_INVALID`` naming the volume, when a column or row is not there or has another
        type; ``WIRE_INVALID`` for words without a caption.
    """
    if message.words and not message.has_caption:
        raise TomoeError(
            "WIRE_INVALID",
            f"volume {message.volume_id} has {len(message.words)} words and no caption",
            hint="Send words of a caption alone.",
        )
    columns = open_tensor(message.tensor)
    voxels_DHW = _row_of(columns, "volume", message)
    patch_labels_DHW = _row_of(columns, "patchLabels", message) if message.has_patch_labels else None
    return BatchVolume(
        volume_id=message.volume_id,
        slot=message.slot,
        voxels_DHW=voxels_DHW,
        facts=facts_of(message),
        patch_labels_DHW=patch_labels_DHW,
        words=tuple(message.words) if message.has_caption else None,
        change=to_spec(message.change, VolumeChange),
    )


def _row_of(columns: Mapping[str, Any], name: str, message: Any) -> Any:
    import torch

    def refuse(what: str) -> TomoeError:
        return TomoeError(
            "TENSOR_INVALID",
            f"volume {message.volume_id}: {what}",
            hint='A volume is a row of an int16 column "volume" of shape D x H x W; '
            'labels are "patchLabels".',
            details={"volume": message.volume_id, "columns": list(sorted(columns))},
        )

    column = columns.get(name)
    if column is None:
        raise refuse(f'there is no column "{name}" among {sorted(columns)}')
    if column.dtype != torch.int16 or column.dim() != 4:
        raise refuse(
            f'column "{name}" is {column.dtype} with {column.dim() - 1} axes a row, not int16 with 3'
        )
    if message.row >= column.shape[0]:
        raise refuse(f'row {message.row} of column "{name}", which has {column.shape[0]}')
    return column[message.row]


def to_batch(message: Any, digest: str, open_tensor: Callable[[Any], Mapping[str, Any]]) -> Batch:
    """Decode a whole batch; ``digest`` is that of the message.

    Raises:
        TomoeError: ``WIRE_INVALID`` for an item on a volume that is not there, and as ``to_volume``.
    """
    items = tuple(to_spec(item, BatchItem) for item in message.items)
    check_indices(items, len(message.volumes), "Batch.items")
    opened: dict[bytes, Mapping[str, Any]] = {}

    def open_once(tensor: Any) -> Mapping[str, Any]:
        # Many volumes of a batch are rows of few shards.
        key = tensor.SerializeToString(deterministic=True)
        if key not in opened:
            opened[key] = open_tensor(tensor)
        return opened[key]

    return Batch(
        step=message.step,
        global_volume_count=message.global_volume_count,
        volumes=tuple(to_volume(volume, open_once) for volume in message.volumes),
        items=items,
        digest=digest,
    )


def to_queries(message: Any) -> tuple[Query, ...]:
    """Decode the queries of a GenerateRequest or ScoreRequest.

    Raises:
        TomoeError: ``WIRE_INVALID`` for a query on a volume that is not there.
    """
    queries = tuple(to_spec(query, Query) for query in message.queries)
    check_indices(queries, len(message.volumes), f"{message.DESCRIPTOR.name}.queries")
    return queries


def to_generation(message: Any) -> Generation:
    """How a GenerateRequest wants its texts made."""
    return Generation(
        mode=message.mode,
        max_new_tokens=message.max_new_tokens,
        batching=to_spec(message.batching, Batching),
        sees_image=message.sees_image,
    )


def to_scoring(message: Any) -> Scoring:
    """How a ScoreRequest wants its options scored."""
    return Scoring(
        mode=message.mode, batching=to_spec(message.batching, Batching), sees_image=message.sees_image
    )


def check_indices(items: Sequence[BatchItem | Query], volumes: int, path: str) -> None:
    """Refuse an item whose ``volume_index`` names no volume.

    Raises:
        TomoeError: ``WIRE_INVALID`` naming item and index.
    """
    for index, item in enumerate(items):
        if item.volume_index >= volumes:
            raise TomoeError(
                "WIRE_INVALID",
                f"{path}[{index}].volumeIndex is {item.volume_index}, there are {volumes} volumes",
                hint="Count the volumes of the same message from 0.",
            )


def step_result(result: StepFacts, *, plan_digest: str, batch_digest: str, rank: int) -> dict[str, Any]:
    """The values of a StepResult message."""
    tokens_LGE = result.expert_load.tokens_LGE
    layers, groups, experts = tokens_LGE.shape
    return {
        "step": result.step,
        "loss": result.loss,
        "gradient_norm": result.gradient_norm,
        "learning_rate_scale": result.learning_rate_scale,
        "objective_losses": [
            {"objective": objective, "loss": loss}
            for objective, loss in sorted(result.objective_losses.items())
        ],
        "plan_digest": plan_digest,
        "batch_digest": batch_digest,
        "expert_load": {
            "step": result.expert_load.step,
            "layer_count": layers,
            "group_count": groups,
            "expert_count": experts,
            "tokens": tokens_LGE.flatten().tolist(),
            "body_tokens": result.expert_load.body_LGE.flatten().tolist(),
            "gate_entropy": result.expert_load.gate_entropy_LG.flatten().tolist(),
        },
        "seconds": result.seconds,
        "rank": rank,
        "terms": [{"objective": name, "loss": term} for name, term in result.terms.items()],
        "cosines": [vars(one) for one in result.cosines],
    }
