"""model/lift/sites.py: a place for experts is the MLP of a vision block, by its name."""

from __future__ import annotations

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.lift.sites import block_of


@pytest.mark.parametrize(("site", "block"), [("vision.blocks.0.mlp", 0), ("vision.blocks.16.mlp", 16)])
def test_a_site_names_its_block(site: str, block: int) -> None:
    assert block_of(site) == block


@pytest.mark.parametrize(
    "site",
    [
        "",
        "16",
        "vision.blocks.16",
        "vision.blocks.016.mlp",
        "vision.blocks.-1.mlp",
        "vision.blocks.16.attention",
        "language.layers.3.mlp",
        "vision.blocks.16.mlp.fc1",
    ],
)
def test_every_other_place_is_refused_by_its_name(site: str) -> None:
    with pytest.raises(TomoeError, match="is no place for experts") as caught:
        block_of(site)
    assert caught.value.code == "CONFIG_INVALID" and repr(site) in caught.value.what
