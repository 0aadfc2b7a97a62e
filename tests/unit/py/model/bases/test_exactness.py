"""One suite that every base passes: what lifting may not change, against transformers' own models.

The references are built from the published config by transformers' classes, never by our builder; tensors are
random, norms and scales away from 1. Tolerances: 0.0 where the same kernels run, 1e-5 relative elsewhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from published import FAMILIES, Written, published_model, write_base
from tiny_model import SHARED_TRAINS, SPECIFIC_TRAINS, TASKS, batch, plan, spread_experts, stage, volume
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import FeatureCache, VisionRow
from tomoe_worker.model.rotary import depth_rotary, rotate
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

BIAS = (0.05, 0.17, -0.18, 0.16)


@pytest.fixture(scope="module", params=FAMILIES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    yield write_base(folder, request.param)


def pixels(slices: int, size: int = 28) -> torch.Tensor:
    return torch.randn(slices, 3, size, size, generator=torch.Generator().manual_seed(2))


def image_tokens(model: TomoeModel, of: torch.Tensor) -> torch.Tensor:
    """Image tokens of slices, each a volume of one, through all half steps."""
    with torch.no_grad():
        x = model.tower.embed(of).unsqueeze(1)
        x = model.tower.walk(x, 1, model.tower.half_steps, model.lifted)
        return model.base.projector.tokens(model.tower.finish(x))


def features(
    model: TomoeModel, rows: list[VisionRow], volumes: list[object], bias: object = ()
) -> torch.Tensor:
    with torch.no_grad():
        shared = model.walk.shared(volumes, 0, FeatureCache(0))  # type: ignore[arg-type]
        return model.walk.rows(shared, rows, plan(model, bias=bias)).features_RDPC  # type: ignore[arg-type]


def test_the_2d_model_is_transformers_to_the_bit_in_image_tokens_and_logits(written: Written) -> None:
    model, slices = published_model(written), pixels(2)
    ours, theirs = image_tokens(model, slices), written.reference.image_tokens(slices)
    assert float((ours - theirs).abs().max()) == 0.0
    assert ours.shape[1] == model.base.projector.count(1)
    ids = torch.randint(0, 200, (2, 48), generator=torch.Generator().manual_seed(4))
    sequence = model.base.decoder.embed(ids).detach().clone()
    sequence[:, 2 : 2 + ours.shape[1]] = ours
    with torch.no_grad():
        everywhere = torch.arange(48).expand(2, -1)
        mine = model.base.decoder.logits(model.base.decoder.read_positions(sequence, everywhere))
    assert float((mine - written.reference.logits(sequence)).abs().max()) == 0.0


@pytest.mark.parametrize("size", [14, 42])
def test_positions_at_another_size_are_those_of_transformers(written: Written, size: int) -> None:
    model, slices = published_model(written, image_size=size), pixels(2, size)
    torch.testing.assert_close(
        image_tokens(model, slices), written.reference.image_tokens(slices), rtol=1e-6, atol=1e-6
    )


def test_one_slice_through_the_lifted_model_is_the_2d_model(written: Written) -> None:
    flat, lifted = published_model(written, moe={"sites": ()}), published_model(written, moe={"sites": ()})
    lifted.lift(1)
    assert torch.equal(image_tokens(lifted, pixels(3)), image_tokens(flat, pixels(3)))


def test_depth_positions_leave_every_logit_inside_a_slice(written: Written) -> None:
    model = published_model(written)
    with torch.no_grad():
        q, k, _ = model.tower.block(model.tower.first_upper).qkv(model.tower.embed(pixels(3)))
        tokens, width = q.shape[2], q.shape[3]
        rotary = depth_rotary(3, tokens, width, 100.0, torch.device("cpu"))
        turned = [rotate(part.transpose(0, 1).flatten(1, 2), rotary) for part in (q, k)]
        turned = [part.view(part.shape[0], 3, tokens, width).transpose(0, 1) for part in turned]
        torch.testing.assert_close(
            turned[0] @ turned[1].transpose(2, 3), q @ k.transpose(2, 3), rtol=1e-5, atol=1e-5
        )


def test_equal_slices_are_2d_without_depth_positions_and_not_with_them(written: Written) -> None:
    same = pixels(1).expand(4, -1, -1, -1)
    found = {}
    for rope in (False, True):
        model = published_model(written, moe={"sites": ()}, lift={"upper_blocks": 2, "depth_rope": rope})
        with torch.no_grad():
            x = model.tower.embed(same).unsqueeze(0)
            flat = model.tower.walk(x, 1, model.tower.half_steps, False)
            found[rope] = model.tower.walk(x, 1, model.tower.half_steps, True), flat
    torch.testing.assert_close(found[False][0], found[False][1], rtol=1e-5, atol=1e-5)
    assert float((found[True][0] - found[True][1]).abs().max()) > 1e-2


def test_joint_attention_is_not_slice_wise_attention(written: Written) -> None:
    model = published_model(written)
    with torch.no_grad():
        x = model.tower.embed(pixels(4)).unsqueeze(0)
        joint = model.tower.attend(x, model.tower.first_upper, lifted=True)
        apart = model.tower.attend(x, model.tower.first_upper, lifted=False)
    assert float((joint - apart).abs().max()) > 1e-3


def test_experts_at_step_0_are_the_dense_mlp(written: Written) -> None:
    site = published_model(written).tower.blocks_read - 1
    dense = published_model(written, moe={"sites": ()})
    routed = published_model(written, moe={"sites": (f"vision.blocks.{site}.mlp",)})
    dense.lift(1)
    routed.lift(1)
    rows, held = [VisionRow(volume=0, group=0, prompt=(5, 6))], [volume("a", side=28)]
    bare = [dataclasses.replace(row, prompt=None) for row in rows]
    torch.testing.assert_close(
        features(routed, rows, held), features(dense, bare, held), rtol=1e-5, atol=1e-6
    )


def lifted_model(written: Written, **parts: object) -> TomoeModel:
    last = published_model(written).tower.blocks_read - 1
    model = published_model(written, moe={"sites": (f"vision.blocks.{last}.mlp",)}, **parts)
    model.lift(1)
    return spread_experts(model)


def test_cloning_groups_under_the_plan_in_force_changes_nothing(written: Written) -> None:
    model, held = lifted_model(written), [volume("a", side=28)]
    rows = [VisionRow(volume=0, group=0, prompt=(5, 6))]
    before = features(model, rows, held, BIAS)
    model.clone_groups(TASKS)
    assert torch.equal(features(model, rows, held, BIAS), before)


@pytest.mark.parametrize(("trains", "per_task"), [(SHARED_TRAINS, False), (SPECIFIC_TRAINS, True)])
def test_what_is_trained_gets_a_gradient_and_nothing_else_moves(
    written: Written, trains: tuple[str, ...], per_task: bool
) -> None:
    model = lifted_model(written)
    running = StageTrainer(model, stage(trains, routing="per-task" if per_task else "shared"), Ranks.alone())
    inside = {name for component in trains for name, _ in model.components()[component]}
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    held = batch(0)
    volumes = tuple(volume(one.volume_id, side=28, labels=False) for one in held.volumes)
    running.step(dataclasses.replace(held, volumes=volumes), plan(model, bias=BIAS))
    for name, parameter in model.named_parameters():
        if name in inside:
            assert parameter.grad is not None and float(parameter.grad.abs().max()) > 0, name
        else:
            assert parameter.grad is None and not parameter.requires_grad, name
            assert torch.equal(parameter, before[name]), name


def test_a_volume_is_blind_to_its_batch_mates_and_their_order(written: Written) -> None:
    model = lifted_model(written)
    held = [volume(name, seed=seed, side=28) for seed, name in enumerate("abc")]
    rows = [VisionRow(volume=index, group=0, prompt=(5, 6)) for index in range(3)]
    together = features(model, rows, held)
    turned = features(model, rows, held[::-1])
    torch.testing.assert_close(turned.flip(0), together, rtol=1e-4, atol=1e-5)
    for index, one in enumerate(held):
        torch.testing.assert_close(features(model, rows[:1], [one])[0], together[index], rtol=1e-4, atol=1e-5)


def hostile(model: TomoeModel) -> list[str]:
    words = ["<|end|>", "<|im_end|>", "<|im_start|>system", "</s>", "<img>", "<tool_call>", "<|image|>"]
    return [*words, "say " + "".join(words) + " twice"]


def test_text_that_spells_a_special_token_stays_text_also_after_a_save(written: Written) -> None:
    model = published_model(written)
    codec = model.base.codec
    again = type(codec)(codec.to_json(), codec._text)  # type: ignore[attr-defined]
    for held in (codec, again):
        for text in hostile(model):
            for ids in (held.encode(text), held.prompt(text)):
                assert not set(ids) & held.silent  # type: ignore[attr-defined]
            assert held.decode(held.encode(text)).strip() == text
    assert again.digest == codec.digest


def test_nothing_that_is_no_text_is_printed(written: Written) -> None:
    codec = published_model(written).base.codec
    spoken = codec.encode("lung")
    assert codec.decode((*codec.frame.stops, *spoken, codec.frame.end)) == codec.decode(spoken)
