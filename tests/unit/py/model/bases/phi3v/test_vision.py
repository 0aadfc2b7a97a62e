"""model/bases/phi3v/vision.py: the tower equals transformers' CLIP at Phi-3-V's tap."""

from __future__ import annotations

import torch
from tiny_model import tiny_model


def test_the_walk_equals_hidden_states_minus_two_of_transformers() -> None:
    model = tiny_model(lifted=False)
    pixels = torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    clip = model.base.model.vision_embed_tokens.img_processor.vision_model
    with torch.no_grad():
        theirs = clip(pixel_values=pixels, output_hidden_states=True).hidden_states[-2]
        embedded = model.tower.embed(pixels).unsqueeze(1)
        ours = model.tower.walk(embedded, 1, model.tower.half_steps, False).squeeze(1)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
