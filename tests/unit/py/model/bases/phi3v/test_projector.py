"""model/projector.py: merge, pooling and separators against explicit loops."""

from __future__ import annotations

import pytest
import torch
from tiny_model import tiny_spec
from tomoe_worker.model.bases.phi3v.projector import PLAIN, VOLUME, VisionEmbedTokens, merge_patches
from tomoe_worker.model.bases.phi3v.vision import ImageProcessor
from tomoe_worker.model.lift.pool import pool_depth
from tomoe_worker.spec import ModelSpec


def made(spec: ModelSpec) -> VisionEmbedTokens:
    layout = VOLUME if spec.base.projector.separators else PLAIN
    processor = ImageProcessor(spec.base.vision)
    return VisionEmbedTokens(processor, spec.base, spec.pool, layout, spec.base.vision.image_size)


def features(rows: int = 2, depth: int = 4) -> torch.Tensor:
    return torch.randn(rows, depth, 16, 16, generator=torch.Generator().manual_seed(0))


def test_merging_joins_the_four_neighbours_of_each_square_in_reading_order() -> None:
    x = features()
    merged = merge_patches(x, 2)
    assert merged.shape == (2, 4, 2, 2, 64)
    for row in range(2):
        for column in range(2):
            corners = [(2 * row + dy) * 4 + 2 * column + dx for dy in (0, 1) for dx in (0, 1)]
            assert torch.equal(merged[1, 3, row, column], torch.cat([x[1, 3, corner] for corner in corners]))


def test_pooling_takes_the_mean_and_the_maximum_of_each_bin_of_slices() -> None:
    merged = merge_patches(features(), 2)
    spec = tiny_spec(pool={"kind": "mean-max"}).pool
    pooled = pool_depth(merged, spec)
    assert pooled.shape == (2, 4, 2, 2, 64)
    for bin_ in range(2):
        pair = merged[:, 2 * bin_ : 2 * bin_ + 2]
        torch.testing.assert_close(pooled[:, bin_], (pair[:, 0] + pair[:, 1]) / 2)
        assert torch.equal(pooled[:, 2 + bin_], torch.maximum(pair[:, 0], pair[:, 1]))


@pytest.mark.parametrize("kind", ["mean", "mean-max"])
def test_a_single_slice_passes_unpooled(kind: str) -> None:
    merged = merge_patches(features(depth=1), 2)
    assert torch.equal(pool_depth(merged, tiny_spec(pool={"kind": kind}).pool), merged)


def test_tokens_are_two_linear_maps_with_an_exact_gelu_between_them() -> None:
    spec = tiny_spec()
    torch.manual_seed(6)
    module = made(spec)
    x = features(depth=1)
    weights = module.state_dict()
    first, second = (
        (weights[f"img_projection.{place}.weight"], weights[f"img_projection.{place}.bias"])
        for place in (0, 2)
    )
    hidden = merge_patches(x, 2).flatten(1, 3) @ first[0].T + first[1]
    gelu = hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5))
    with torch.no_grad():
        torch.testing.assert_close(module.tokens(x), gelu @ second[0].T + second[1], rtol=1e-5, atol=1e-6)
    assert float(hidden.min()) < -0.3  # where GELU and ReLU differ


@pytest.mark.parametrize("separators", [False, True])
@pytest.mark.parametrize("kind", ["mean", "mean-max"])
@pytest.mark.parametrize("depth", [1, 4])
def test_token_count_is_the_number_of_tokens_that_come_out(separators: bool, kind: str, depth: int) -> None:
    spec = tiny_spec(projector={"separators": separators}, pool={"kind": kind})
    module = made(spec)
    assert module.tokens(features(depth=depth)).shape == (2, module.count(depth), 16)


def test_full_size_counts_are_those_of_phi3_v() -> None:
    spec = tiny_spec(
        vision={"image_size": 336, "patch_size": 14},
        projector={"merge_size": 2},
        pool={"depth": 4},
        lift={"depth": 32},
    )
    with torch.device("meta"):
        module = made(spec)
    assert (module.count(1), module.count(32)) == (144, 1152)


def test_a_newline_ends_every_row_and_one_mark_ends_the_image() -> None:
    spec = tiny_spec(projector={"separators": True})
    module = made(spec)
    with torch.no_grad():
        module.sub_GN.add_(3.0)
        module.glb_GN.add_(-2.0)
        tokens = module.tokens(features())
        newline = module.img_projection(module.sub_GN.view(-1))
        final = module.img_projection(module.glb_GN.view(-1))
        pooled = pool_depth(merge_patches(features(), 2), spec.pool)
        first = module.img_projection(pooled[0, 0, 0, 0])
    assert tokens.shape[1] == 2 * 2 * 3 + 1
    for place in (2, 5, 8, 11):
        torch.testing.assert_close(tokens[0, place], newline, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(tokens[1, 12], final, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(tokens[0, 0], first, rtol=1e-5, atol=1e-6)
