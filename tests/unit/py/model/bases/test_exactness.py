"""One suite that every base passes: what lifting may not change, against transformers' own models.

The references are built from the published config by transformers' classes, never by our builder; tensors are
random, norms and scales away from 1. In float32 the difference is 0.0 where the same kernels run and 1e-5
elsewhere; in bfloat16, against transformers in float32, the relative L2 norm is within 3 % and the cosine of
every vector at least .999.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from published import FAMILIES, Written, published_model, write_base
from tiny_model import TASKS, plan, spread_experts, volume
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.lift.features import FeatureCache, VisionRow
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.model.rotary import depth_rotary, rotate
from tomoe_worker.model.sequences import Asked, embed

BIAS = (0.05, 0.17, -0.18, 0.16)
QUESTION = "Is there a lesion in the left lung? Choices: A. yes B. no"
needs_bfloat16 = pytest.mark.skipif(
    not has_bfloat16(torch.device("cpu")), reason="this processor has no bfloat16 units"
)
precisions = pytest.mark.parametrize("precision", ["strict", pytest.param("fast", marks=needs_bfloat16)])


@pytest.fixture(scope="module", params=FAMILIES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    yield write_base(folder, request.param)


def pixels(slices: int, size: int = 28) -> torch.Tensor:
    return torch.randn(slices, 3, size, size, generator=torch.Generator().manual_seed(2))


def assert_near(ours: torch.Tensor, theirs: torch.Tensor, precision: str, exact: float = 0.0) -> None:
    """Equal but for ``exact`` relative and absolute in float32, as the head of this file says in bfloat16."""
    assert ours.shape == theirs.shape
    if precision == "strict":
        torch.testing.assert_close(ours, theirs, rtol=exact, atol=exact)
        return
    ours, theirs = ours.double(), theirs.double()
    assert float((ours - theirs).norm() / theirs.norm()) < 0.03
    assert float(torch.cosine_similarity(ours, theirs, dim=-1).min()) > 0.999


def plain(written: Written, precision: str = "strict", **parts: object) -> TomoeModel:
    return published_model(written, precision=precision, moe={"sites": ()}, **parts)


def states(model: TomoeModel, slices: torch.Tensor) -> list[torch.Tensor]:
    """The residual stream behind the embedding and behind every block that is read, SNC, each slice a volume
    of its own.
    """
    with torch.no_grad(), model.computing():
        x = model.tower.embed(slices).unsqueeze(1)
        found = [x.squeeze(1)]
        for block in range(model.tower.blocks_read):
            x = model.tower.walk(x, 1 + 2 * block, 3 + 2 * block, model.lifted)
            found.append(x.squeeze(1))
    return found


def image_tokens(model: TomoeModel, slices: torch.Tensor) -> torch.Tensor:
    """Image tokens of slices, each a volume of its own, SJL."""
    with torch.no_grad(), model.computing():
        x = states(model, slices)[-1].unsqueeze(1)
        tokens: torch.Tensor = model.base.projector.tokens(model.tower.finish(x))
    return tokens


def logits(model: TomoeModel, slices: torch.Tensor) -> torch.Tensor:
    """Logits at every position of a question on each slice, through the frame of the base, STV."""
    prompt = model.base.codec.prompt(QUESTION)
    asked = [Asked(volume=at, task="report", prompt=prompt, answer=()) for at in range(len(slices))]
    with torch.no_grad(), model.computing():
        prompted = embed(model, asked, image_tokens(model, slices), with_answer=False)
        everywhere = torch.arange(prompted.x_STL.shape[1]).expand(len(slices), -1)
        found = model.base.decoder.logits(model.base.decoder.read_positions(prompted.x_STL, everywhere))
    return found


def question_ids(model: TomoeModel) -> list[int]:
    """The same question as ids, -1 for an image position."""
    frame, prompt = model.base.codec.frame, model.base.codec.prompt(QUESTION)
    image = (-1,) * model.base.projector.count(1)
    return [*frame.before, *image, *frame.after_image, *prompt, *frame.after_prompt]


@precisions
@pytest.mark.parametrize("lifted", [False, True])
def test_one_slice_is_transformers_model_in_every_state_in_tokens_and_in_logits(
    written: Written, precision: str, lifted: bool
) -> None:
    model, slices = plain(written, precision), pixels(3)
    if lifted:
        model.lift(1)
    for ours, theirs in zip(states(model, slices), written.reference.states(slices), strict=False):
        assert_near(ours, theirs, precision)
    assert_near(image_tokens(model, slices), written.reference.image_tokens(slices), precision)
    ids = question_ids(model)
    assert len(ids) > 32  # behind the length at which Phi-3's frequencies change
    assert_near(logits(model, slices), written.reference.whole(ids, slices), precision)


@precisions
def test_the_lifted_model_at_depth_1_has_the_bits_of_the_2d_one(written: Written, precision: str) -> None:
    flat, lifted = plain(written, precision), plain(written, precision)
    lifted.lift(1)
    for one, other in zip(states(flat, pixels(3)), states(lifted, pixels(3)), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(logits(flat, pixels(3)), logits(lifted, pixels(3)))


@precisions
@pytest.mark.parametrize("slices", [2, 7])
@pytest.mark.parametrize("base", [10.0, 10_000.0])
def test_depth_positions_leave_every_logit_inside_a_slice(
    written: Written, precision: str, slices: int, base: float
) -> None:
    model = plain(written, precision)
    with torch.no_grad(), model.computing():
        q, k, _ = model.tower.block(model.tower.first_upper).qkv(model.tower.embed(pixels(slices)))
    tokens, width = q.shape[2], q.shape[3]
    rotary = depth_rotary(slices, tokens, width, base, torch.device("cpu"))
    turned = [rotate(part.transpose(0, 1).flatten(1, 2), rotary) for part in (q, k)]
    assert turned[0].dtype == q.dtype
    whole = [part.view(part.shape[0], slices, tokens, width).transpose(0, 1) for part in turned]
    ours, theirs = ((one @ other.transpose(2, 3)).float() for one, other in (whole, (q, k)))
    assert_near(ours, theirs, precision, 1e-5)
    # Between two slices they move every logit's row, or they would be no positions.
    across = (whole[0][0] @ whole[1][1].transpose(1, 2)).float() - (q[0] @ k[1].transpose(1, 2)).float()
    assert float(across.abs().max()) > 1e-2


@precisions
def test_equal_slices_are_2d_without_depth_positions_and_not_with_them(
    written: Written, precision: str
) -> None:
    same = pixels(1).expand(4, -1, -1, -1)
    found = {}
    for rope in (False, True):
        model = plain(written, precision, lift={"upper_blocks": 2, "depth_rope": rope})
        with torch.no_grad(), model.computing():
            x = model.tower.embed(same).unsqueeze(0)
            found[rope] = model.tower.walk(x, 1, model.tower.half_steps, True)[0]
    theirs = written.reference.states(same)[plain(written).tower.blocks_read]
    assert_near(found[False], theirs, precision, 1e-5)
    assert float((found[True] - theirs).abs().max()) > 1e-2


@precisions
def test_joint_attention_is_not_slice_wise_attention_at_step_0(written: Written, precision: str) -> None:
    model, slices = plain(written, precision), pixels(4)
    with torch.no_grad(), model.computing():
        x = model.tower.embed(slices).unsqueeze(0)
        joint = model.tower.walk(x, 1, model.tower.half_steps, True)[0]
    apart = written.reference.states(slices)[model.tower.blocks_read]
    assert float((joint - apart).abs().max()) > 1e-1
    # Below the blocks that are joined nothing is.
    lower = 1 + 2 * model.tower.first_upper
    with torch.no_grad(), model.computing():
        assert torch.equal(model.tower.walk(x, 1, lower, True), model.tower.walk(x, 1, lower, False))


def features(model: TomoeModel, rows: list[VisionRow], bias: tuple[float, ...] = ()) -> torch.Tensor:
    held = [volume("a", side=28)]
    with torch.no_grad(), model.computing():
        shared = model.walk.shared(held, 0, FeatureCache(0))
        return model.walk.rows(shared, rows, plan(model, bias=bias)).features_RDPC


def sites_of(written: Written, blocks: int = 1) -> tuple[str, ...]:
    read = plain(written).tower.blocks_read
    return tuple(f"vision.blocks.{block}.mlp" for block in range(read - blocks, read))


@precisions
@pytest.mark.parametrize("blocks", [1, 2])
def test_experts_at_step_0_are_the_dense_mlp(written: Written, precision: str, blocks: int) -> None:
    dense = plain(written, precision)
    routed = published_model(written, precision=precision, moe={"sites": sites_of(written, blocks)})
    dense.lift(1)
    routed.lift(1)
    rows = [VisionRow(volume=0, group=0, prompt=(5, 6))]
    bare = [dataclasses.replace(row, prompt=None) for row in rows]
    ours, theirs = features(routed, rows, BIAS), features(dense, bare)
    assert_near(ours, theirs, precision, 2e-6 * float(theirs.abs().max()))


@precisions
def test_cloning_groups_under_the_plan_in_force_changes_no_bit(written: Written, precision: str) -> None:
    model = published_model(written, precision=precision, moe={"sites": sites_of(written, 2)})
    model.lift(1)
    spread_experts(model)
    shared = [VisionRow(volume=0, group=0, prompt=(5, 6))]
    before = features(model, shared, BIAS)
    # The biases steer: under zero ones other experts would be taken.
    assert not torch.equal(features(model, shared), before)
    model.clone_groups(TASKS)
    for group in range(len(TASKS)):
        assert torch.equal(features(model, [dataclasses.replace(shared[0], group=group)], BIAS), before)
