"""model/bases/positions.py against transformers' own interpolation."""

from __future__ import annotations

import pytest
import torch
from tomoe_worker.model.bases.positions import positions_for
from transformers import CLIPVisionConfig, CLIPVisionModel


@pytest.mark.parametrize("side", [2, 4, 7])
def test_positions_are_those_of_transformers_at_every_size(side: int) -> None:
    clip = CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=16, num_attention_heads=2, num_hidden_layers=1, image_size=16, patch_size=4
        )
    )
    embeddings = clip.embeddings
    table = embeddings.position_embedding.weight.detach().unsqueeze(0)
    with torch.no_grad():
        theirs = embeddings.interpolate_pos_encoding(torch.zeros(1, side * side + 1, 16), side * 4, side * 4)
    assert torch.equal(positions_for(table, 1, side), theirs)


def test_the_learned_grid_is_given_back_as_it_is() -> None:
    table = torch.randn(1, 17, 8)
    assert positions_for(table, 1, 4) is table


def test_a_table_in_bfloat16_is_interpolated_in_float32() -> None:
    table = torch.randn(1, 17, 8)
    low = positions_for(table.bfloat16(), 1, 6)
    exact = positions_for(table.bfloat16().float(), 1, 6)
    assert low.dtype == torch.bfloat16 and torch.equal(low, exact.bfloat16())
