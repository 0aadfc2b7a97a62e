"""What ``depth.scaling`` times: three towers of one size that differ in how many blocks see all slices."""

from typing import Any

import torch
from bench.depth_scaling import model_of, walk_of
from tomoe_worker.model.lift.change import UNCHANGED
from tomoe_worker.model.lift.features import FeatureCache
from tomoe_worker.spec import BatchVolume
from torch.utils._python_dispatch import TorchDispatchMode

ASKED = {"imageSize": 16, "patchSize": 4, "hidden": 64, "blocks": 2}


class Largest(TorchDispatchMode):
    """The most numbers that any operation returned in one tensor."""

    numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for one in result if isinstance(result, tuple) else (result,):
            if isinstance(one, torch.Tensor):
                self.numbers = max(self.numbers, one.numel())
        return result


def largest(depth: int, upper_blocks: int) -> int:
    walk = walk_of(model_of(ASKED, depth, upper_blocks), depth, ASKED["imageSize"])
    with Largest() as seen:
        walk()
    return seen.numbers


def test_no_tensor_grows_with_the_square_of_the_depth_however_many_blocks_attend_over_it() -> None:
    for upper_blocks in (0, 1, 2):
        at_8, at_64 = largest(8, upper_blocks), largest(64, upper_blocks)
        assert at_64 == 8 * at_8, upper_blocks


def test_a_slice_sees_the_others_only_where_a_block_attends_over_all() -> None:
    voxels = torch.randint(-1000, 1000, (4, 16, 16), generator=torch.Generator().manual_seed(0)).to(
        torch.int16
    )
    changed = voxels.clone()
    changed[3] = 1000
    moved = []
    for upper_blocks in (0, 1, 2):
        model = model_of(ASKED, 4, upper_blocks)
        with torch.no_grad():
            first, second = (
                model.walk.shared(
                    [
                        BatchVolume(
                            volume_id="v",
                            slot=0,
                            voxels_DHW=one,
                            facts={},
                            patch_labels_DHW=None,
                            words=None,
                            change=UNCHANGED,
                        )
                    ],
                    0,
                    FeatureCache(0),
                )[0, 0]
                for one in (voxels, changed)
            )
        moved.append(float((first - second).abs().max()))
    assert moved[0] == 0.0 and moved[1] > 1e-4 and moved[2] > moved[1]
