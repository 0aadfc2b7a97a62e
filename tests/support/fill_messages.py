"""Messages with every field set, made from the descriptors alone; shared by the tests of the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as F
from tomoe_worker.server.wire.walk import contract, count_field

_SAMPLES = {
    F.TYPE_STRING: lambda number: f"text-{number}",
    F.TYPE_BOOL: lambda number: True,
    F.TYPE_DOUBLE: lambda number: number + 0.5,
    F.TYPE_BYTES: lambda number: bytes([number]),
}


def filled(name: str, choice: dict[str, str] | None = None) -> Any:
    """A whole, valid message: repeated fields hold two items (lists that share a count are equally long)."""
    message = contract().message(name)()
    fill(message, choice or {})
    return message


def fill(message: Any, choice: dict[str, str]) -> None:
    """Set every field; of a oneof the field ``choice`` names by the oneof's full name, else the first."""
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        real = oneof is not None and not oneof.name.startswith("_")
        if real and field.name != choice.get(oneof.full_name, oneof.fields[0].name):
            continue
        if field.is_repeated:
            target = getattr(message, field.name)
            for index in range(2):
                if field.type == F.TYPE_MESSAGE:
                    fill(target.add(), choice)
                else:
                    target.append(_sample(field, index))
        elif field.type == F.TYPE_MESSAGE:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), choice)
        else:
            setattr(message, field.name, _sample(field, 0))
    for field in message.DESCRIPTOR.fields:
        if field.is_repeated:
            setattr(message, count_field(field).name, len(getattr(message, field.name)))


def _sample(field: Any, offset: int) -> Any:
    return _SAMPLES.get(field.type, lambda number: number)(field.number + offset)


def leaves(message: Any, path: str) -> Iterator[tuple[Any, str, str]]:
    """(owner, field name, path) of every field that can be left out, depth first; paths as errors name
    them.
    """
    for field in message.DESCRIPTOR.fields:
        where = f"{path}.{field.json_name}"
        if field.is_repeated:
            if field.type == F.TYPE_MESSAGE:
                for index, item in enumerate(getattr(message, field.name)):
                    yield from leaves(item, f"{where}[{index}]")
        elif message.HasField(field.name):
            oneof = field.containing_oneof
            real = oneof is not None and not oneof.name.startswith("_")
            yield message, field.name, f"{path}.{oneof.name}" if real else where
            if field.type == F.TYPE_MESSAGE:
                yield from leaves(getattr(message, field.name), where)


def choices(name: str) -> list[dict[str, str]]:
    """Every way to set the oneof of a message itself; one empty choice when it has none."""
    descriptor = contract().message(name).DESCRIPTOR
    for oneof in descriptor.oneofs:
        if not oneof.name.startswith("_"):
            return [{oneof.full_name: field.name} for field in oneof.fields]
    return [{}]
