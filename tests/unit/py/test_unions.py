"""unions.py: a member of a union is found by its kind."""

from __future__ import annotations

from typing import Any

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.spec import BaseSpec, Phi3vBase, PublishedBase
from tomoe_worker.unions import member_of


def test_a_member_is_found_by_its_kind() -> None:
    assert member_of(BaseSpec, "phi3v") is Phi3vBase
    assert member_of(BaseSpec, "published") is PublishedBase


@pytest.mark.parametrize("kind", ["qwen", "", None, [], 3])
def test_an_unknown_kind_is_refused_naming_the_known_ones(kind: Any) -> None:
    with pytest.raises(TomoeError, match="it must be one of phi3v, published") as caught:
        member_of(BaseSpec, kind)
    assert caught.value.code == "WIRE_INVALID"
