"""Names of places in a model: ``vision.blocks.16.mlp`` is the MLP of the tower's block 16."""

from __future__ import annotations

import re
from typing import Final

from tomoe_worker.errors import TomoeError

_MLP: Final = re.compile(r"vision\.blocks\.(0|[1-9]\d*)\.mlp")


def block_of(site: str) -> int:
    """The vision block whose MLP a site is.

    Raises:
        TomoeError: ``CONFIG_INVALID`` for any other place.
    """
    found = _MLP.fullmatch(site)
    if found is None:
        raise TomoeError(
            "CONFIG_INVALID",
            f"{site!r} is no place for experts: they stand at vision.blocks.N.mlp",
            hint="Name the MLP of a vision block.",
        )
    return int(found[1])
