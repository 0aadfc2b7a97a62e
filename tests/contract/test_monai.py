"""The preprocess graph against MONAI's own transforms, on scans made here and on parts of real ones.

Whole real scans are the nightly campaign's. Parts are compared where the files are present.
"""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from monai.transforms import Compose, EnsureChannelFirst, LoadImage, Orientation, ScaleIntensityRange, Spacing
from monai_chains import AFFINES, REAL, SHARED, TOLERANCE, WIDE, Case, assert_as_monai, case_of, made, prepare
from read_volumes import read_all


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """Every scan by its name, prepared."""
    folder = tmp_path_factory.mktemp("monai")
    found = {
        f"{kind}, margin {margin}": case_of(
            folder, made(folder / f"{kind} {margin}.nii.gz", affine, margin), (12, 40, 30)
        )
        for kind, affine in AFFINES.items()
        for margin in (0, 4)
    }
    for name in REAL:
        if not (SHARED / name).exists():
            continue
        image = nib.load(SHARED / name)
        part = tuple(slice(length // 4, length // 4 + 40) for length in image.shape[:3])
        path = folder / f"{Path(name).name}.nii"
        nib.save(image.slicer[part], path)
        found[name] = case_of(folder, path, (16, 30, 34))
    prepare(found.values())
    return found


@pytest.mark.parametrize("margin", [0, 4])
@pytest.mark.parametrize("kind", AFFINES)
def test_a_scan_of_any_axes_is_prepared_as_monai_prepares_it(
    cases: dict[str, Case], kind: str, margin: int
) -> None:
    assert_as_monai(cases[f"{kind}, margin {margin}"])


@pytest.mark.parametrize("name", REAL)
def test_a_part_of_a_real_scan_is_prepared_as_monai_prepares_it(cases: dict[str, Case], name: str) -> None:
    if name not in cases:
        pytest.skip("../shared/data is absent: real scans are not compared")
    assert_as_monai(cases[name])


def spaced(path: Path, spacing: tuple[float, float, float]) -> np.ndarray:
    """MONAI's Spacing over the full extent of the voxels, and the window to 0..1; D, H, W in and out."""
    chain = Compose(
        [
            LoadImage(image_only=True, dtype=np.float64),
            EnsureChannelFirst(),
            Orientation(axcodes="RAS", labels=None),
            ScaleIntensityRange(*WIDE, 0.0, 1.0, clip=True, dtype=np.float64),
            Spacing(pixdim=spacing[::-1], mode="bilinear", padding_mode="border", scale_extent=True),
        ]
    )
    return np.asarray(chain(path))[0].transpose(2, 1, 0)


# Of a scan with voxels of 2.5 x 0.9 x 0.8 mm. Means of axes that shrink are no points: by up to 0.07 of the
# window at the edges of a body with 8 HU of noise.
SPACINGS = ((1.25, 0.45, 0.4), (2.5, 0.9, 0.8), (1.25, 0.9, 0.4))


@pytest.mark.parametrize("kind", ["axial LPS", "axial RAI"])
def test_a_finer_spacing_by_means_is_monais_spacing_over_the_full_extent(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path / "scan.nii.gz", AFFINES[kind], 0)
    outs = [str(tmp_path / f"{index}.npy") for index in range(len(SPACINGS))]
    asked = [
        {"preset": "ct-hu", "spacingMmDHW": spacing, "out": out}
        for spacing, out in zip(SPACINGS, outs, strict=True)
    ]
    (result,) = read_all([{"path": str(path), "out": str(tmp_path / "volume.raw"), "prepared": asked}])
    assert result["ok"], result
    for out, spacing in zip(outs, SPACINGS, strict=True):
        theirs, ours = spaced(path, spacing), np.load(out)
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)
