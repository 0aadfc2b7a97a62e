"""Other sizes than a base was published for: grids, sequences, places; what does not fit is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from published import (
    FAMILIES,
    Reference,
    Written,
    internvl_config,
    phi3v_config,
    published_base,
    published_model,
    write_base,
    write_internvl,
    write_phi3v,
)
from tiny_model import SCORING, greedy, plan, query, volume
from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.generate import generate
from tomoe_worker.infer.score import score
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of


def pixels(size: int, slices: int = 2) -> torch.Tensor:
    return torch.randn(slices, 3, size, size, generator=torch.Generator().manual_seed(2))


def image_tokens(model: TomoeModel, of: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        x = model.tower.embed(of).unsqueeze(1)
        x = model.tower.walk(x, 1, model.tower.half_steps, model.lifted)
        tokens: torch.Tensor = model.base.projector.tokens(model.tower.finish(x))
    return tokens


def odd(folder: Path, family: str) -> Written:
    """A base whose own grid is 5 x 5, as DINOv2's is 37 x 37: no merge by two divides it."""
    if family == "internvl":
        made = write_internvl(folder, internvl_config(image_size=[35, 35]))
        return Written(folder, Reference(made), "internvl")
    processor = phi3v_config()["img_processor"]
    tower = {**processor["vision_config"], "image_size": 35}
    config = phi3v_config(img_processor={**processor, "vision_config": tower})
    return Written(folder, Reference(write_phi3v(folder, config)), "phi3v-2d")


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("size", [14, 42, 70])
def test_a_slice_of_another_size_reads_interpolated_positions_as_transformers_does(
    tmp_path: Path, name: str, size: int
) -> None:
    written = write_base(tmp_path, name)
    model = published_model(written, image_size=size)
    ours = image_tokens(model, pixels(size))
    # Both interpolate in float32 with the same function; ours keeps another layout in memory.
    torch.testing.assert_close(ours, written.reference.image_tokens(pixels(size)), rtol=1e-5, atol=1e-5)
    assert ours.shape[1] == model.base.projector.count(1)


@pytest.mark.parametrize("family", ["phi3_v", "internvl"])
@pytest.mark.parametrize("size", [28, 42])
def test_an_odd_grid_is_read_at_every_even_one_and_refused_at_its_own(
    tmp_path: Path, family: str, size: int
) -> None:
    written = odd(tmp_path, family)
    ours = image_tokens(published_model(written, image_size=size), pixels(size))
    torch.testing.assert_close(ours, written.reference.image_tokens(pixels(size)), rtol=1e-5, atol=1e-5)
    for refused in (35, 36, 0):
        base = published_base(written, image_size=refused)
        assert f"imageSize {refused} is not a multiple of 14" in "; ".join(family_of(base).problems_of(base))


@pytest.mark.parametrize(("name", "read"), [("phi3_v", 3), ("internvl-llama", 3)])
def test_experts_behind_the_last_tap_are_refused_by_the_place(tmp_path: Path, name: str, read: int) -> None:
    written = write_base(tmp_path, name)
    with pytest.raises(TomoeError) as caught:
        published_model(written, moe={"sites": (f"vision.blocks.{read}.mlp",)})
    assert caught.value.code == "CONFIG_INVALID"
    assert f"moe.sites holds vision.blocks.{read}.mlp, the features read blocks 0..{read - 1}" in str(
        caught.value
    )
    for place in ("vision.blocks.1.attention", "language.layers.0.mlp", "projector"):
        with pytest.raises(TomoeError, match="is no place for experts"):
            published_model(written, moe={"sites": (place,)})


def pinned(tmp_path: Path, longest: int) -> TomoeModel:
    """A Phi-3-V whose frequencies change at 32 positions."""
    model = published_model(write_base(tmp_path, "phi3_v"), max_positions=longest, moe={"sites": ()})
    model.lift(1)
    return model


def sequence(length: int) -> torch.Tensor:
    return torch.randn(1, length, 32, generator=torch.Generator().manual_seed(5))


def read(model: TomoeModel, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        where = torch.arange(x.shape[1])[None]
        return model.base.decoder.logits(model.base.decoder.read_positions(x, where))


def test_the_set_of_frequencies_is_that_of_the_longest_sequence_whatever_a_call_holds(tmp_path: Path) -> None:
    reference = write_base(tmp_path, "phi3_v").reference
    short, long = pinned(tmp_path, 32), pinned(tmp_path, 64)
    few = sequence(20)
    assert float((read(short, few) - reference.logits(few)).abs().max()) == 0.0
    # Transformers goes by the call: pinned there by what stands behind, which a causal model does not read.
    padded = torch.cat([few, sequence(33)], dim=1)
    theirs = reference.logits(padded)[:, :20]
    torch.testing.assert_close(read(long, few), theirs, rtol=1e-5, atol=1e-5)
    assert float((read(long, few) - reference.logits(few)).abs().max()) > 1e-2


def test_a_cache_goes_on_under_the_pinned_set_where_transformers_would_change_it(tmp_path: Path) -> None:
    model, x = pinned(tmp_path, 64), sequence(40)
    decoder = model.base.decoder
    with torch.no_grad():
        _, cache = decoder.prefill(x[:, :30], torch.tensor([30]))
        within = torch.ones(1, 10, 10, dtype=torch.bool).tril()
        hidden, _ = decoder.extend(x[:, 30:], torch.arange(30, 40)[None], within, cache)
        continued = decoder.logits(hidden)
    torch.testing.assert_close(continued, read(model, x)[:, 30:], rtol=1e-4, atol=1e-5)


def test_a_sequence_beyond_the_pin_is_refused_with_its_counts(tmp_path: Path) -> None:
    model = pinned(tmp_path, 32)
    held = [volume("a", depth=1, side=28)]
    fits = query("q", 0, "axial", "closed-vqa", ("a", "b"))
    too_long = dataclasses.replace(fits, prompt="Is there a lesion in the left lung?")
    assert len(list(score(model, held, [fits], plan(model), SCORING))) == 1
    with pytest.raises(TomoeError, match="item q needs") as caught:
        list(score(model, held, [too_long], plan(model), SCORING))
    assert caught.value.code == "WIRE_TOO_LARGE" and "the model has 32" in str(caught.value)
    with pytest.raises(TomoeError, match="item q needs") as caught:
        list(generate(model, held, [fits], plan(model), greedy(30)))
    assert caught.value.code == "WIRE_TOO_LARGE"


@pytest.mark.parametrize("longest", [0, 513])
def test_a_pin_that_the_config_does_not_admit_is_refused(tmp_path: Path, longest: int) -> None:
    written = write_base(tmp_path, "phi3_v")
    with pytest.raises(TomoeError, match=rf"maxPositions {longest} is not within 1\.\.512"):
        published_model(written, max_positions=longest)
