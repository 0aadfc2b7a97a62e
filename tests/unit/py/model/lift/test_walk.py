"""model/lift/walk.py: the walk equals the 2D tower, and lifting changes nothing but pairs of slices."""

from __future__ import annotations

import pytest
import torch
from tiny_model import tiny_spec
from tomoe_worker.model.bases.phi3v.vision import ClipTower, build_clip
from tomoe_worker.model.blocks import BlockRunner
from tomoe_worker.model.lift.walk import TowerWalk


def tower(**parts: dict[str, object]) -> TowerWalk:
    spec = tiny_spec(**parts)
    torch.manual_seed(4)
    clip = build_clip(spec.base.vision)
    with torch.no_grad():
        for parameter in clip.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    tower = ClipTower(clip, spec.base.vision, spec.base.vision.image_size)
    return TowerWalk(tower, spec.lift, BlockRunner(spec))


def tokens(built: TowerWalk, volumes: int, depth: int, seed: int = 0) -> torch.Tensor:
    pixels = torch.randn(volumes * depth, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        return built.embed(pixels).view(volumes, depth, built.tokens, -1)


def test_attention_equals_a_slow_softmax_over_all_slices() -> None:
    built = tower(lift={"depth_rope": False})
    x = tokens(built, 1, 3)
    layer = built.block(2)._layer  # type: ignore[attr-defined]
    with torch.no_grad():
        ours = built.attend(x, 2, lifted=True).flatten(1, 2)
        x = x.flatten(1, 2)
        h = layer.layer_norm1(x)[0].double()
        attention = layer.self_attn
        weights = {
            name: (getattr(attention, name).weight.double(), getattr(attention, name).bias.double())
            for name in ("q_proj", "k_proj", "v_proj", "out_proj")
        }
        q, k, v = (h @ weights[name][0].T + weights[name][1] for name in ("q_proj", "k_proj", "v_proj"))
        mixed = torch.zeros_like(q)
        for head in range(2):
            part = slice(8 * head, 8 * head + 8)
            for token in range(h.shape[0]):
                logits = (
                    torch.stack([q[token, part] @ k[other, part] for other in range(h.shape[0])]) / 8**0.5
                )
                shares = logits.exp() / logits.exp().sum()
                mixed[token, part] = (shares[:, None] * v[:, part]).sum(0)
        slow = x[0].double() + mixed @ weights["out_proj"][0].T + weights["out_proj"][1]
    torch.testing.assert_close(ours[0].double(), slow, rtol=0, atol=1e-5)


def test_one_slice_through_a_lifted_block_equals_the_2d_block() -> None:
    # model/README.md, exact 1: the rotation of slice 0 is the identity.
    built = tower()
    x = tokens(built, 3, 1)
    with torch.no_grad():
        assert torch.equal(built.attend(x, 2, lifted=True), built.attend(x, 2, lifted=False))


def test_equal_slices_without_rotation_equal_2d_and_with_rotation_do_not() -> None:
    # model/README.md, exact 4.
    plain, turned = tower(lift={"depth_rope": False}), tower()
    x = tokens(plain, 2, 1).expand(-1, 5, -1, -1).contiguous()
    with torch.no_grad():
        flat = plain.attend(x, 2, lifted=False)
        torch.testing.assert_close(plain.attend(x, 2, lifted=True), flat, rtol=0, atol=1e-6)
        assert float((turned.attend(x, 2, lifted=True) - flat).abs().max()) > 1e-4


def test_lower_blocks_never_see_other_slices_and_upper_blocks_do() -> None:
    built = tower()
    x = tokens(built, 1, 4)
    moved = x.clone()
    moved[0, 3] += 1.0
    with torch.no_grad():
        for block in range(built.blocks_read):
            differs = bool(
                (built.attend(x, block, True)[0, 0] != built.attend(moved, block, True)[0, 0]).any()
            )
            assert differs is (block >= built.first_upper)


def test_volumes_of_one_batch_do_not_see_each_other() -> None:
    built = tower()
    x = tokens(built, 3, 4)
    with torch.no_grad():
        together = built.walk(x, 1, built.half_steps, lifted=True)
        alone = built.walk(x[1:2], 1, built.half_steps, lifted=True)
    torch.testing.assert_close(together[1:2], alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("depth_rope", "moves"), [(True, True), (False, False)])
def test_the_order_of_slices_matters_exactly_when_depth_is_encoded(depth_rope: bool, moves: bool) -> None:
    built = tower(lift={"depth_rope": depth_rope})
    x = tokens(built, 1, 4)
    order = torch.tensor([2, 0, 3, 1])
    with torch.no_grad():
        straight = built.walk(x, 1, built.half_steps, lifted=True)[:, order]
        shuffled = built.walk(x[:, order], 1, built.half_steps, lifted=True)
    assert (float((straight - shuffled).abs().max()) > 1e-4) is moves


def test_every_half_step_names_the_parameters_it_reads() -> None:
    built = tower()
    counts = [len(built.parameters_of(step)) for step in range(built.half_steps)]
    assert counts == [3 + 2, *(10, 6) * built.blocks_read]
