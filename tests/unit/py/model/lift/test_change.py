"""Training volumes that are changed before they are looked at."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from tiny_model import batch, plan, spread_experts, stage, tiny_model, volume
from tomoe_worker.model.lift.change import UNCHANGED, changed, turned
from tomoe_worker.model.lift.features import FeatureCache
from tomoe_worker.spec import Batch, VolumeChange
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

CPU = torch.device("cpu")


def change(**values: float) -> VolumeChange:
    return dataclasses.replace(UNCHANGED, **values)  # type: ignore[arg-type]


@pytest.fixture
def hu_DHW() -> torch.Tensor:
    return volume("v", depth=3, side=12).voxels_DHW


def test_what_nothing_changes_keeps_its_type_and_its_bits(hu_DHW: torch.Tensor) -> None:
    found = changed(hu_DHW, UNCHANGED, CPU)
    assert found.dtype == torch.int16
    assert torch.equal(found, hu_DHW)


def test_a_mirror_image_has_its_columns_reversed_and_nothing_else(hu_DHW: torch.Tensor) -> None:
    found = changed(hu_DHW, change(mirrored=True), CPU)
    assert found.dtype == torch.int16
    assert torch.equal(found, hu_DHW[:, :, torch.arange(11, -1, -1)])
    assert torch.equal(changed(found, change(mirrored=True), CPU), hu_DHW)


def test_values_are_multiplied_and_then_shifted(hu_DHW: torch.Tensor) -> None:
    found = changed(hu_DHW, change(gain=0.5, shift_hu=40.0), CPU)
    torch.testing.assert_close(found, hu_DHW.to(torch.float32) * 0.5 + 40)


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
def test_a_quarter_turn_is_that_of_the_picture_counter_clockwise(hu_DHW: torch.Tensor, quarters: int) -> None:
    found = turned(hu_DHW.to(torch.float32), 90.0 * quarters)
    want = torch.rot90(hu_DHW.to(torch.float32), quarters, (-2, -1))
    # Bilinear weights of a whole voxel are one and rounding.
    torch.testing.assert_close(found, want, rtol=0, atol=0.05)


def test_a_turn_there_and_back_keeps_a_smooth_picture_and_its_middle() -> None:
    rows, columns = torch.meshgrid(torch.arange(33.0), torch.arange(49.0), indexing="ij")
    # A slice that is not square: a turn that counted in halves of it would shear a disc into an ellipse.
    disc_HW = 1000 * torch.exp(-((rows - 16) ** 2 + (columns - 24) ** 2) / 40)
    one_DHW = disc_HW[None]
    torch.testing.assert_close(turned(one_DHW, 17.0), one_DHW, rtol=0, atol=15)
    off_DHW = (1000 * torch.exp(-((rows - 15) ** 2 + (columns - 30) ** 2) / 30))[None]
    there_DHW = turned(off_DHW, 10.0)
    assert float((there_DHW - off_DHW).abs().max()) > 50
    torch.testing.assert_close(turned(there_DHW, -10.0), off_DHW, rtol=0, atol=40)


def test_what_comes_in_at_a_border_is_the_border() -> None:
    flat_DHW = torch.full((2, 9, 9), -1000.0)
    torch.testing.assert_close(turned(flat_DHW, 30.0), flat_DHW, rtol=1e-6, atol=0)


def test_frozen_features_are_kept_of_volumes_as_they_are_alone() -> None:
    model = tiny_model()
    plain = batch(0, volumes=2).volumes
    mirrored = tuple(dataclasses.replace(one, change=change(mirrored=True)) for one in plain)
    cache = FeatureCache(1 << 30)
    cache.begin("one")
    with torch.no_grad():
        first = model.walk.shared(plain, 2, cache)
        flipped = model.walk.shared(mirrored, 2, cache)
        assert not torch.equal(first, flipped)
        # Those that are as they are came out of the cache, and the others left nothing in it.
        assert torch.equal(model.walk.shared(plain, 2, cache), first)
        assert cache.found == 2
        turned_voxels = tuple(
            dataclasses.replace(one, volume_id=f"{one.volume_id}/m", voxels_DHW=one.voxels_DHW.flip(-1))
            for one in plain
        )
        assert torch.equal(model.walk.shared(turned_voxels, 2, FeatureCache(0)), flipped)


def flipped_beforehand(held: Batch) -> Batch:
    volumes = tuple(
        dataclasses.replace(one, volume_id=f"{one.volume_id}/m", voxels_DHW=one.voxels_DHW.flip(-1))
        for one in held.volumes
    )
    return dataclasses.replace(held, volumes=volumes)


def with_change(held: Batch, wanted: VolumeChange) -> Batch:
    return dataclasses.replace(
        held, volumes=tuple(dataclasses.replace(one, change=wanted) for one in held.volumes)
    )


def losses(*batches: Batch, **changes: Any) -> list[float]:
    model = spread_experts(tiny_model())
    running = StageTrainer(model, stage(**changes), Ranks.alone())
    return [running.step(one, plan(model)).loss for one in batches]


def test_a_step_on_mirrored_volumes_is_that_on_volumes_that_were_stored_so() -> None:
    held = [batch(step) for step in range(2)]
    mirrored = losses(*(with_change(one, change(mirrored=True)) for one in held))
    assert mirrored == losses(*map(flipped_beforehand, held))
    assert mirrored != losses(*held)


def test_the_same_change_gives_the_same_step_whatever_passes_together() -> None:
    wanted = change(mirrored=True, turned_degrees=7.0, gain=1.1, shift_hu=-30.0)
    held = with_change(batch(0), wanted)
    whole, parts = losses(held), losses(held, micro_batch=1)
    assert losses(held) == whole
    assert parts == pytest.approx(whole, rel=1e-5)
    for other in (
        change(mirrored=True, turned_degrees=7.0, gain=1.1),
        change(mirrored=True, turned_degrees=7.0, shift_hu=-30.0),
        change(mirrored=True, gain=1.1, shift_hu=-30.0),
    ):
        assert losses(with_change(batch(0), other)) != whole


def test_an_answer_is_of_the_volume_as_it_is() -> None:
    model = spread_experts(tiny_model())
    assert all(one.change == UNCHANGED for one in batch(0).volumes)
    cache = FeatureCache(0)
    with torch.no_grad():
        plain = model.walk.shared(batch(0).volumes, 0, cache)
        again = model.walk.shared(with_change(batch(0), UNCHANGED).volumes, 0, cache)
    assert torch.equal(plain, again)
