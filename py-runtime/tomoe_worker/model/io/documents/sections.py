"""A version for every section of a document that a checkpoint holds: a new field of one section orphans no
checkpoint that never heard of it.

A section is a field that is a dataclass of its own (a member of a union by its kind, "base.published"); what
else the document holds is the section named after it. Whoever gives a section another field gives it the next
version here, and the function that makes the fields of the version before into those.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, Final, TypeVar, get_origin, get_type_hints

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.documents.unpack import unpack
from tomoe_worker.model.io.files import invalid

Fields = dict[str, Any]
Upgrade = Callable[[Fields], Fields]
T = TypeVar("T")

VERSIONS_KEY: Final = "versions"
# By section, from version 1 on: what makes its fields into those of the next.
UPGRADES: Final[Mapping[str, tuple[Upgrade, ...]]] = {
    # Adapters stood in the decoder alone, and dropped nothing.
    "lora": (lambda fields: {"dropout": 0.0, "vision_targets": [], **fields},),
    # Nothing was computed anew or compiled, and no stage learnt from words.
    "model": (lambda fields: {"recompute": "none", "compile": "none", "words": [], **fields},),
    # All volumes of a step passed at once; then: what did not fit was refused, and no gradients compared;
    # then: every item passed behind image tokens of its own.
    "stage": (
        lambda fields: {"micro_batch": 0, **fields},
        lambda fields: {"too_long": "refuse", "task_cosine_every": 0, **fields},
        lambda fields: {"share_prefix": False, **fields},
    ),
}


def version_of(section: str, upgrades: Mapping[str, tuple[Upgrade, ...]] = UPGRADES) -> int:
    """The version of a section that is written now; 1 until it was upgraded."""
    return 1 + len(upgrades.get(section, ()))


def to_document(name: str, value: Any) -> Fields:
    """A dataclass as JSON values, with the version of each of its sections.

    Args:
        name: of the section of what is in no other: "model" of a ModelSpec.
    """
    fields = dataclasses.asdict(value)
    versions = {section: version_of(section) for section in _sections(type(value), name, fields)}
    return {**fields, VERSIONS_KEY: versions}


def of_document(
    kind: type[T],
    name: str,
    document: Fields,
    where: str,
    upgrades: Mapping[str, tuple[Upgrade, ...]] = UPGRADES,
) -> T:
    """A dataclass of what ``to_document`` wrote, or an earlier version of it; without versions, all are 1.

    Args:
        where: name of the file, for messages.

    Raises:
        TomoeError: ``CHECKPOINT_INCOMPATIBLE`` naming a section of a later version, or one that is not known;
            ``CHECKPOINT_INVALID`` as ``unpack``, and for versions that are no whole numbers from 1.
    """
    fields = {key: value for key, value in document.items() if key != VERSIONS_KEY}
    versions = _checked(document.get(VERSIONS_KEY, {}), where)
    sections = _sections(kind, name, fields)
    for section, held in versions.items():
        now = version_of(section, upgrades)
        # A known section that is not there is for unpack to miss.
        known = section in sections or section.split(".")[0] in get_type_hints(kind)
        if not known or held > now:
            what = f"of version {held}, this version reads {now}" if known else "not known here"
            raise TomoeError(
                "CHECKPOINT_INCOMPATIBLE",
                f"section {section} of {where} is {what}",
                hint="Use the version of Tomoe that wrote the checkpoint, or a later one.",
                details={"section": section},
            )
    for section, field in sections.items():
        for upgrade in upgrades.get(section, ())[versions.get(section, 1) - 1 :]:
            fields = upgrade(fields) if field is None else {**fields, field: upgrade(fields[field])}
    return unpack(kind, fields, where)


def _sections(kind: type[Any], name: str, fields: Mapping[str, Any]) -> dict[str, str | None]:
    """Sections of a document and the field that each is; None for the one named after the document."""
    found: dict[str, str | None] = {name: None}
    for field, hint in get_type_hints(kind).items():
        held = fields.get(field)
        if isinstance(held, dict) and dataclasses.is_dataclass(hint):
            found[field] = field
        elif isinstance(held, dict) and get_origin(hint) is UnionType:
            found[f"{field}.{held.get('kind')}"] = field
    return found


def _checked(versions: Any, where: str) -> dict[str, int]:
    if not isinstance(versions, dict):
        raise invalid(f"{where}.{VERSIONS_KEY} must be an object", where)
    for section, version in versions.items():
        if type(version) is not int or version < 1:
            raise invalid(f"{where}.{VERSIONS_KEY}.{section} must be a whole number from 1", where)
    return versions
