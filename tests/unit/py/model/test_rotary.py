"""model/rope3d.py against complex rotation in float64."""

from __future__ import annotations

import torch
from tomoe_worker.model.rotary import depth_rotary, rotate

CPU = torch.device("cpu")


def complex_rotation(x: torch.Tensor, positions: torch.Tensor, base: float) -> torch.Tensor:
    """The definition: pair (i, i + half) is a complex number turned by position * base^(-2i / width)."""
    half = x.shape[-1] // 2
    pairs = torch.complex(x[..., :half].double(), x[..., half:].double())
    frequency = torch.tensor(
        [base ** (-2 * index / x.shape[-1]) for index in range(half)], dtype=torch.float64
    )
    turned = pairs * torch.exp(1j * positions.double()[:, None] * frequency)
    return torch.cat([turned.real, turned.imag], dim=-1)


def test_rotation_equals_complex_multiplication() -> None:
    x = torch.randn(2, 3, 4 * 5, 8, generator=torch.Generator().manual_seed(0))
    positions = torch.arange(4).repeat_interleave(5)
    turned = rotate(x, depth_rotary(4, 5, 8, 100.0, CPU))
    torch.testing.assert_close(turned.double(), complex_rotation(x, positions, 100.0), rtol=0, atol=2e-6)


def test_slice_zero_is_left_bit_equal() -> None:
    x = torch.randn(1, 2, 5, 8, generator=torch.Generator().manual_seed(1))
    assert torch.equal(rotate(x, depth_rotary(1, 5, 8, 100.0, CPU)), x)


def test_logits_inside_every_slice_are_unchanged_and_across_slices_they_are_not() -> None:
    # model/README.md, exact 2: depth-only rotation touches cross-slice pairs alone.
    generator = torch.Generator().manual_seed(2)
    q, k = (torch.randn(1, 1, 6 * 5, 8, generator=generator, dtype=torch.float64) for _ in range(2))
    cos, sin = depth_rotary(6, 5, 8, 10.0, CPU)
    rotary = (cos.double(), sin.double())
    plain, turned = q @ k.transpose(-1, -2), rotate(q, rotary) @ rotate(k, rotary).transpose(-1, -2)
    slice_of = torch.arange(6).repeat_interleave(5)
    same = slice_of[:, None] == slice_of[None, :]
    assert float((plain - turned)[0, 0][same].abs().max()) < 1e-6
    assert float((plain - turned)[0, 0][~same].abs().mean()) > 0.1


def test_a_logit_depends_on_the_distance_of_slices_alone() -> None:
    generator = torch.Generator().manual_seed(3)
    q, k = (torch.randn(8, generator=generator).expand(1, 1, 9, 8) for _ in range(2))
    rotary = depth_rotary(9, 1, 8, 100.0, CPU)
    logits = (rotate(q, rotary) @ rotate(k, rotary).transpose(-1, -2))[0, 0]
    for distance in range(-8, 9):
        diagonal = logits.diagonal(distance)
        assert float(diagonal.max() - diagonal.min()) < 1e-5
    assert abs(float(logits[2, 5] - logits[5, 2])) > 1e-3  # up and down differ: order is visible
