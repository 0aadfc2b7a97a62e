"""model/preprocess.py: HU to pixels by hand."""

from __future__ import annotations

import dataclasses

import torch
from tiny_model import tiny_spec
from tomoe_worker.model.preprocess import hu_to_pixels
from tomoe_worker.spec import WindowHu

SPEC = tiny_spec().preprocess


def test_one_window_maps_its_ends_to_zero_and_one_and_fills_three_channels() -> None:
    hu = torch.tensor([[[-1000, 0], [1000, 3000]]], dtype=torch.int16)
    pixels = hu_to_pixels(hu, SPEC, 2)
    assert pixels.shape == (1, 3, 2, 2) and pixels.dtype == torch.float32
    for channel in range(3):
        assert torch.equal(pixels[0, channel], torch.tensor([[-1.0, 0.0], [1.0, 1.0]]))


def test_three_windows_are_one_a_channel_with_their_own_mean_and_std() -> None:
    windows = (WindowHu(low=-1000.0, high=0.0), WindowHu(low=0.0, high=100.0), WindowHu(low=-50.0, high=50.0))
    spec = dataclasses.replace(SPEC, windows=windows, mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 2.0))
    pixels = hu_to_pixels(torch.full((1, 2, 2), 25, dtype=torch.int16), spec, 2)
    expected = torch.tensor([1.0, (0.25 - 0.5) / 0.5, (0.75 - 1.0) / 2.0])
    torch.testing.assert_close(pixels[0, :, 0, 0], expected)


def test_the_slices_stay_apart_and_in_order() -> None:
    hu = torch.arange(4, dtype=torch.int16)[:, None, None].expand(4, 2, 2) * 250
    pixels = hu_to_pixels(hu, SPEC, 2)
    torch.testing.assert_close(pixels[:, 0, 0, 0], torch.tensor([0.0, 0.25, 0.5, 0.75]))


def test_resizing_keeps_a_flat_image_flat_and_overshoot_inside_the_window() -> None:
    flat = hu_to_pixels(torch.full((1, 8, 8), 500, dtype=torch.int16), SPEC, 16)
    torch.testing.assert_close(flat, torch.full((1, 3, 16, 16), 0.5), rtol=0, atol=1e-6)
    edge = torch.full((1, 8, 8), -1000, dtype=torch.int16)
    edge[:, :, 4:] = 1000
    resized = hu_to_pixels(edge, SPEC, 16)
    assert resized.shape == (1, 3, 16, 16)
    assert float(resized.min()) == -1.0 and float(resized.max()) == 1.0
    assert bool((resized[0, 0, 0].diff() >= -1e-6).all())
