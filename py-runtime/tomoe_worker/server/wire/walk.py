"""The contract as data: message classes from the committed descriptor set, and the rules every message obeys.

Rules (ARCHITECTURE.md, "The wire"): a scalar, message or oneof that is unset is refused by name; a repeated
field is compared with the count beside it; a field the contract does not know is refused; a digest is
SHA-256 over RFC 8785 canonical JSON of the message in proto-JSON shape. ts/worker/wire says the same: walk,
scalars, digest.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import math
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import rfc8785
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.unknown_fields import UnknownFieldSet

from tomoe_worker.errors import TomoeError

PACKAGE: Final = "tomoe.v1"
SERVICE: Final = f"{PACKAGE}.WorkerService"
PROTOCOL_MAJOR: Final = 1
PROTOCOL_MINOR: Final = 0

_WRONG_BUILD = "The other side is of another build; install the same version on both."
_WIDE = (
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_SINT64,
    FieldDescriptor.TYPE_FIXED64,
    FieldDescriptor.TYPE_SFIXED64,
)
_FRACTIONAL = (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT)


@dataclass(frozen=True, kw_only=True)
class Method:
    """One call of the service: its message classes and which sides stream."""

    name: str
    request: Any
    response: Any
    client_streaming: bool
    server_streaming: bool


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What the two sides promised each other, and the SHA-256 of the file that says so."""

    digest: str
    messages: dict[str, Any]
    methods: tuple[Method, ...]

    def message(self, name: str) -> Any:
        """The class of message ``name``, e.g. "Batch"."""
        return self.messages[name]


@functools.cache
def contract() -> Contract:
    """Read the descriptor set that lies beside this file, once."""
    data = resources.files("tomoe_worker.server").joinpath("gen/tomoe_v1.binpb").read_bytes()
    pool = descriptor_pool.DescriptorPool()
    messages: dict[str, Any] = {}
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.Add(file)
        for message in file.message_type:
            found = pool.FindMessageTypeByName(f"{PACKAGE}.{message.name}")
            messages[message.name] = message_factory.GetMessageClass(found)
    methods = tuple(
        Method(
            name=method.name,
            request=messages[method.input_type.name],
            response=messages[method.output_type.name],
            client_streaming=method.client_streaming,
            server_streaming=method.server_streaming,
        )
        for method in pool.FindServiceByName(SERVICE).methods
    )
    return Contract(digest=hashlib.sha256(data).hexdigest(), messages=messages, methods=methods)


def count_field(field: Any) -> Any:
    """The field that holds the length of a repeated one: the nearest uint32 declared before it.

    ``BatchVolume.facts`` -> ``fact_count``; ``PreprocessSpec.std`` shares ``channel_count`` with ``mean``.
    """
    before = [other for other in field.containing_type.fields if other.number < field.number]
    scalars = [
        other for other in before if other.type == FieldDescriptor.TYPE_UINT32 and not other.is_repeated
    ]
    if not scalars:
        raise TomoeError(
            "INTERNAL", f"{field.full_name} has no count before it", hint="Report this as a bug."
        )
    return max(scalars, key=lambda other: other.number)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Field:
    """What the walks need to know of a field, read from its descriptor once: descriptors are slow to ask."""

    name: str
    json_name: str
    repeated: bool
    message: bool
    wide: bool
    fractional: bool
    bytes: bool
    count: tuple[str, str]  # name and JSON name of the count of a repeated field
    in_oneof: bool


@functools.cache
def _layout(descriptor: Any) -> tuple[tuple[_Field, ...], tuple[str, ...]]:
    """The fields of a message, and the names of its real oneofs (proto3 `optional` makes one of one, named
    "_x").
    """
    fields = []
    for field in descriptor.fields:
        count = count_field(field) if field.is_repeated else None
        oneof = field.containing_oneof
        fields.append(
            _Field(
                name=field.name,
                json_name=field.json_name,
                repeated=field.is_repeated,
                message=field.type == FieldDescriptor.TYPE_MESSAGE,
                wide=field.type in _WIDE,
                fractional=field.type in _FRACTIONAL,
                bytes=field.type == FieldDescriptor.TYPE_BYTES,
                count=(count.name, count.json_name) if count is not None else ("", ""),
                in_oneof=oneof is not None and not oneof.name.startswith("_"),
            )
        )
    return tuple(fields), tuple(oneof.name for oneof in descriptor.oneofs if not oneof.name.startswith("_"))


def check_message(message: Any, *, finite: bool = True) -> None:
    """Walk a message and refuse the first field that breaks a rule.

    Args:
        message: any message of the contract.
        finite: refuse NaN and infinity; False for results, where a diverged loss is a fact.

    Raises:
        TomoeError: ``WIRE_INCOMPLETE`` naming the field, e.g. ``Batch.items[3].prompt``; ``WIRE_INVALID`` for
        an
            unknown field or a number that is not finite.
    """
    _check(message, message.DESCRIPTOR.name, finite)


def _check(message: Any, path: str, finite: bool) -> None:
    unknown = UnknownFieldSet(message)
    if len(unknown):
        raise TomoeError(
            "WIRE_INVALID",
            f"{path} holds field {unknown[0].field_number}, which the contract lacks",
            hint=_WRONG_BUILD,
        )
    fields, oneofs = _layout(message.DESCRIPTOR)
    for name in oneofs:
        if message.WhichOneof(name) is None:
            _missing(f"{path}.{name}")
    for field in fields:
        if field.repeated:
            _check_repeated(message, field, path, finite)
        elif message.HasField(field.name):
            if field.message or field.fractional:
                _check_value(field, getattr(message, field.name), f"{path}.{field.json_name}", finite)
        elif not field.in_oneof:
            _missing(f"{path}.{field.json_name}")


def _check_repeated(message: Any, field: _Field, path: str, finite: bool) -> None:
    items = getattr(message, field.name)
    where, (count, count_json) = f"{path}.{field.json_name}", field.count
    if not message.HasField(count):
        _missing(f"{path}.{count_json}")
    announced = getattr(message, count)
    if announced != len(items):
        raise TomoeError(
            "WIRE_INCOMPLETE",
            f"{where} holds {len(items)} items but {path}.{count_json} says {announced}",
            hint=_WRONG_BUILD,
            details={"field": where, "announced": announced, "found": len(items)},
        )
    if field.message or field.fractional:
        for index, item in enumerate(items):
            _check_value(field, item, f"{where}[{index}]", finite)


def _check_value(field: _Field, value: Any, where: str, finite: bool) -> None:
    if field.message:
        _check(value, where, finite)
    elif finite and not math.isfinite(value):
        raise TomoeError("WIRE_INVALID", f"{where} is {value}", hint="Only finite numbers travel.")


def _missing(where: str) -> None:
    raise TomoeError(
        "WIRE_INCOMPLETE", f"the message lacks {where}", hint=_WRONG_BUILD, details={"field": where}
    )


def proto_json(message: Any) -> dict[str, Any]:
    """The message as proto-JSON: lowerCamelCase names, 64-bit integers as decimal strings, a oneof as the
    field that is set, bytes as base64, repeated fields always present.
    """
    shape: dict[str, Any] = {}
    for field in _layout(message.DESCRIPTOR)[0]:
        if field.repeated:
            items = getattr(message, field.name)
            plain = not (field.message or field.wide or field.bytes)
            shape[field.json_name] = list(items) if plain else [_json_value(field, item) for item in items]
        elif message.HasField(field.name):
            shape[field.json_name] = _json_value(field, getattr(message, field.name))
    return shape


def _json_value(field: _Field, value: Any) -> Any:
    if field.message:
        return proto_json(value)
    if field.wide:
        return str(value)
    if field.bytes:
        return base64.b64encode(value).decode("ascii")
    return value


def digest_message(message: Any) -> str:
    """SHA-256, in hex, over the RFC 8785 canonical JSON of ``message``.

    Raises:
        TomoeError: ``WIRE_INVALID`` for a number that JSON cannot hold.
    """
    try:
        canonical: bytes = rfc8785.dumps(proto_json(message))
    except rfc8785.CanonicalizationError as cause:
        raise TomoeError(
            "WIRE_INVALID",
            f"{message.DESCRIPTOR.name} has no digest: {cause}",
            hint="Only finite numbers travel.",
        ) from cause
    return hashlib.sha256(canonical).hexdigest()
