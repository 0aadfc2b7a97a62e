"""model/bases/phi3v/vision.py: the tower equals transformers' CLIP at Phi-3-V's tap."""

from __future__ import annotations

import torch
from tiny_model import tiny_model
from transformers import CLIPVisionConfig, CLIPVisionModel


def test_the_walk_equals_hidden_states_minus_two_of_transformers() -> None:
    model = tiny_model(lifted=False)
    pixels = torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    clip = model.base.model.vision_embed_tokens.img_processor.vision_model
    with torch.no_grad():
        theirs = clip(pixel_values=pixels, output_hidden_states=True).hidden_states[-2]
        embedded = model.tower.embed(pixels).unsqueeze(1)
        ours = model.tower.walk(embedded, 1, model.tower.half_steps, False).squeeze(1)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


def test_the_epsilon_of_the_norms_is_the_specs() -> None:
    # Built here from the config of a published model, not by the builder under test.
    model = tiny_model(lifted=False, vision={"norm_epsilon": 1e-3})
    held = model.base.model.vision_embed_tokens.img_processor.vision_model
    theirs = CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=4,
            num_attention_heads=2,
            image_size=16,
            patch_size=4,
            hidden_act="quick_gelu",
            layer_norm_eps=1e-3,
        )
    ).eval()
    theirs.load_state_dict(held.state_dict())
    # Inputs of a deviation of 1e-2 and less make an epsilon visible.
    pixels = 1e-2 * torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs(pixel_values=pixels, output_hidden_states=True).hidden_states[-2]
        embedded = model.tower.embed(pixels).unsqueeze(1)
        found = model.tower.walk(embedded, 1, model.tower.half_steps, False).squeeze(1)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
