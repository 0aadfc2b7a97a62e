"""model/bases/rotation.py against transformers' own tables."""

from __future__ import annotations

import pytest
import torch
from tomoe_worker.model.bases.rotation import long_rotation, plain_rotation
from transformers import LlamaConfig, Phi3Config
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding

SHORT, LONG = [1.0, 1.1, 1.2, 1.3], [1.5, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("theta", [10_000.0, 1_000_000.0])
def test_plain_frequencies_are_those_of_transformers(theta: float) -> None:
    config = LlamaConfig(
        hidden_size=32,
        num_attention_heads=4,
        rope_parameters={"rope_type": "default", "rope_theta": theta},
    )
    positions = torch.arange(300)
    cos, sin = LlamaRotaryEmbedding(config)(torch.zeros(1), positions[None])
    ours = plain_rotation(theta, 8)(positions)
    assert torch.equal(ours[0], cos[0]) and torch.equal(ours[1], sin[0])


@pytest.mark.parametrize(("length", "factors"), [(20, SHORT), (60, LONG)])
def test_both_sets_of_longrope_are_scaled_and_those_of_transformers(
    length: int, factors: list[float]
) -> None:
    config = Phi3Config(
        hidden_size=32,
        num_attention_heads=4,
        max_position_embeddings=512,
        original_max_position_embeddings=32,
        pad_token_id=None,
        rope_parameters={
            "rope_type": "longrope",
            "rope_theta": 10_000.0,
            "short_factor": SHORT,
            "long_factor": LONG,
            "original_max_position_embeddings": 32,
        },
    )
    positions = torch.arange(length)
    cos, sin = Phi3RotaryEmbedding(config)(torch.zeros(1), positions[None])
    ours = long_rotation(10_000.0, 8, factors, 512 / 32, 32)(positions)
    torch.testing.assert_close(ours[0], cos[0], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(ours[1], sin[0], rtol=1e-6, atol=1e-6)
    assert float(ours[0][0, 0]) == pytest.approx((1 + 16**0 * 0.8) ** 0.5, rel=1e-6)


def test_phi35s_scale_is_the_published_one() -> None:
    cos, _ = long_rotation(10_000.0, 96, [1.0] * 48, 131072 / 4096, 4096)(torch.zeros(1, dtype=torch.int64))
    assert float(cos[0, 0]) == pytest.approx(1.19024, abs=1e-5)
