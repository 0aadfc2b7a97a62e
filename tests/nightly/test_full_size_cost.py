"""What a step of Phi-3.5-vision takes at its published size, counted without its weights."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from published import PHI35_VISION, llama_tokenizer
from tiny_model import TASKS, plan, sites, stage, tiny_spec
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.spec import PublishedBase
from tomoe_worker.train.cost import AssumedTexts, Leaning, Mix, component_sizes, stage_cost


def full_size(precision: str) -> TomoeModel:
    """Phi-3.5-vision as published, lifted: 32 slices of 336 pixels, experts at four places, adapters."""
    base = PublishedBase(
        kind="published",
        family="phi3_v",
        config=json.dumps(PHI35_VISION),
        weights_digest="",
        image_size=336,
        max_positions=4096,
        layout="phi3v-volume",
        redraw=(),
    )
    spec = tiny_spec(
        moe={"sites": sites(16, 18, 20, 22), "token_experts": 4, "text_width": 64},
        lift={"upper_blocks": 8, "depth": 32},
        pool={"depth": 4},
        lora={"rank": 16, "targets": ("qkv_proj", "o_proj")},
    )
    spec = replace(spec, base=base, facts=(), patch_classes=0, precision=precision)
    model = TomoeModel(spec, family_of(base).read_codec(base, llama_tokenizer()), 0, "meta")
    model.base.codec = AssumedTexts(model.base.codec)
    model.lift(0)
    return model


def test_a_step_of_phi35_vision_at_full_size_is_counted_without_its_weights() -> None:
    of = stage(("upperVision", "tokenExperts", "tokenRouter", "projector", "lora"))
    mix = Mix(volumes=1, tasks=tuple(sorted(TASKS * 2)), side=336)
    models = {precision: full_size(precision) for precision in ("strict", "fast")}
    costs = {
        precision: stage_cost(model, of, mix, plan(model), Leaning(frozenset()))
        for precision, model in models.items()
    }
    sizes = component_sizes(models["strict"])
    experts = 4 * 4 * (2 * 1024 * 4096 + 4096 + 1024)
    # Three of every four copies are new beside the 4,146.6 M of the base, whose MLP is the fourth.
    new = sizes["tokenRouter"] + sizes["lora"] + experts * 3 // 4
    assert sum(sizes.values()) - new == pytest.approx(4_146.62e6, rel=1e-5)
    assert sizes["tokenExperts"] == experts
    strict, fast = costs["strict"], costs["fast"]
    # Weights that train, and two moments; all else lies in the files.
    assert strict.checkpoint_bytes == fast.checkpoint_bytes == 12 * strict.trainable
    assert strict.weight_bytes == pytest.approx(4 * sum(sizes.values()), rel=1e-4)
    assert fast.weight_bytes < 0.55 * strict.weight_bytes
    # Six questions under "question": six rows from block 16 on.
    assert strict.step_flops == fast.step_flops and strict.sharing == 1.0
    assert 100e9 < strict.activation_bytes < 160e9
    assert 0.5 < fast.activation_bytes / strict.activation_bytes < 0.6
