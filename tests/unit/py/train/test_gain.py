"""train/gain.py: what text guidance costs in shared passes, against figures that were counted apart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from published import llama_tokenizer, phi3v_config
from tiny_model import TASKS, plan, sites, tiny_spec
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.spec import PublishedBase
from tomoe_worker.train.cost import AssumedTexts, Mix
from tomoe_worker.train.gain import guidance_gains

# The tower of Phi-3.5-vision at its size and 32 slices; the decoder is not walked.
CONFIG = phi3v_config(
    img_processor={
        "image_dim_out": 1024,
        "model_name": "openai/clip-vit-large-patch14-336",
        "name": "clip_vision_model",
        "num_img_tokens": 144,
    },
    hidden_size=32,
)


def full_size(blocks: tuple[int, ...], per_task: bool) -> TomoeModel:
    base = PublishedBase(
        kind="published",
        family="phi3_v",
        config=json.dumps(CONFIG),
        weights_digest="",
        image_size=336,
        max_positions=512,
        layout="phi3v-volume",
        redraw=(),
    )
    spec = tiny_spec(
        moe={"sites": sites(*blocks), "token_experts": 4, "tasks": TASKS},
        lift={"upper_blocks": 8, "depth": 32},
    )
    spec = replace(spec, base=base, facts=(), patch_classes=0)
    codec = AssumedTexts(family_of(base).read_codec(base, llama_tokenizer()))
    model = TomoeModel(spec, codec, 0, "meta")
    model.lift(0)
    if per_task:
        model.clone_groups(TASKS)
    return model


@pytest.mark.parametrize(
    ("blocks", "per_task", "gains"),
    [
        ((22,), False, (6.00, 5.84, 5.84)),
        ((22,), True, (5.70, 5.70, 5.30)),
        ((16, 18, 20, 22), False, (6.00, 2.95, 1.69)),
        ((16, 18, 20, 22), True, (2.91, 2.91, 1.64)),
    ],
)
def test_six_questions_on_a_volume_gain_what_was_counted_by_hand(
    blocks: tuple[int, ...], per_task: bool, gains: tuple[float, float, float]
) -> None:
    """Two questions of each of three tasks, 24 blocks 23 of them read, 8 upper ones, 4 experts, top-2."""
    model = full_size(blocks, per_task)
    mix = Mix(volumes=3, tasks=tuple(sorted(TASKS * 2)), side=336)
    found = guidance_gains(model, mix, plan(model))
    assert list(found) == ["off", "task", "question"]
    assert tuple(found.values()) == pytest.approx(gains, rel=0.01)


def test_one_question_gains_nothing() -> None:
    model = full_size((22,), per_task=False)
    found = guidance_gains(model, Mix(volumes=1, tasks=TASKS[:1], side=336), plan(model))
    assert tuple(found.values()) == (1.0, 1.0, 1.0)
