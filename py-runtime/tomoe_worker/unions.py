"""One rule for tagged unions: a member is a dataclass whose ``kind`` says which it is, and one is set.

On the wire a union is a oneof, and ``kind`` is the name of the field that is set; in JSON ``kind`` stands
among the fields. ts/worker/wire/walk.ts says the same.
"""

from __future__ import annotations

import typing
from typing import Any

from tomoe_worker.errors import TomoeError


def member_of(union: Any, kind: object) -> Any:
    """The dataclass of a union that has a kind.

    Raises:
        TomoeError: ``WIRE_INVALID`` for an unknown kind, naming the known ones.
    """
    members = {typing.get_args(typing.get_type_hints(one)["kind"])[0]: one for one in typing.get_args(union)}
    if not isinstance(kind, str) or kind not in members:
        raise TomoeError(
            "WIRE_INVALID",
            f"kind is {kind!r}, it must be one of {', '.join(members)}",
            hint="The other side is of another build; install the same version on both.",
        )
    return members[kind]
