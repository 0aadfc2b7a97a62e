"""The preprocess graph against MONAI's own transforms, on scans made here and on real ones.

Real scans are compared where they are present.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nibabel as nib
import numpy as np
import pytest
import torch
from monai.transforms import (
    Compose,
    CropForeground,
    EnsureChannelFirst,
    LoadImage,
    Orientation,
    Resize,
    ScaleIntensity,
    ScaleIntensityRange,
    Spacing,
)
from read_volumes import body, read_all

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ct"
Triple = tuple[int, int, int]
WIDE = (-1000.0, 1000.0)
NARROW = (-160.0, 240.0)
TOLERANCE = 1e-4
REAL = (
    "nifti/abdomen_3mm.nii.gz",
    "nifti/abdomen_small.nii.gz",
    "refuse/mr_not_ct.nii.gz",
    "refuse/oblique_uint8_not_hu.nii.gz",
)

# How a stack along an axis of RAS is shown: MONAI's codes, and its axes as slices, rows and columns.
VIEWS: dict[int, tuple[str, tuple[int, int, int]]] = {
    2: ("LPS", (2, 1, 0)),
    1: ("LAI", (1, 2, 0)),
    0: ("RPI", (0, 2, 1)),
}


def loaded(axcodes: str, axes: tuple[int, int, int]) -> list[Callable[[Any], Any]]:
    """The scan as float64, turned by MONAI, its axes as D, H, W."""
    return [
        LoadImage(image_only=True, dtype=np.float64),
        EnsureChannelFirst(),
        Orientation(axcodes=axcodes, labels=None),
        lambda image: image.as_tensor().permute(0, *(axis + 1 for axis in axes)),
    ]


def m3d(path: Path, size: Triple, window: tuple[float, float]) -> np.ndarray:
    """M3D's chain on an 8-bit picture: whole-volume min-max, foreground above 0, trilinear resize."""
    chain = Compose(
        [
            *loaded(*VIEWS[stack_axis(path)]),
            ScaleIntensityRange(*window, 0.0, 255.0, clip=True, dtype=np.float64),
            lambda levels: torch.floor(levels + 0.5),
            ScaleIntensity(0.0, 1.0, dtype=np.float64),
            CropForeground(allow_smaller=True),
            Resize(size, mode="trilinear", dtype=torch.float64),
        ]
    )
    return np.asarray(chain(path))[0]


def ct_hu(path: Path, size: Triple, window: tuple[float, float]) -> np.ndarray:
    """Window to 0..1, the area average of axes that shrink, lines between the centres of those that grow."""
    image = Compose(
        [*loaded("RAS", (2, 1, 0)), ScaleIntensityRange(*window, 0.0, 1.0, clip=True, dtype=np.float64)]
    )(path)
    shape = tuple(image.shape[1:])
    smaller = tuple(min(have, want) for have, want in zip(shape, size, strict=True))
    assert all(have % want == 0 for have, want in zip(shape, smaller, strict=True)), "whole ratios alone"
    for mode, to in (("area", smaller), ("trilinear", size)):
        image = Resize(to, mode=mode, dtype=torch.float64)(image)
    return np.asarray(image)[0]


def stack_axis(path: Path) -> int:
    """The axis of RAS along which the file stores its slices."""
    return int(nib.orientations.io_orientation(nib.load(path).affine)[2, 0])


def made(folder: Path, affine: np.ndarray, margin: int) -> Path:
    """A body in axes of its own, with ``margin`` voxels of nothing about it, as a masked export has them."""
    ras = np.pad(body((34, 29, 23), 5), margin, constant_values=-1024)
    turn = nib.orientations.ornt_transform(
        np.array([[0, 1], [1, 1], [2, 1]]), nib.orientations.io_orientation(affine)
    )
    image = nib.Nifti1Image(nib.orientations.apply_orientation(ras, turn), affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, 1)
    path = folder / "scan.nii.gz"
    nib.save(image, path)
    return path


def permuted(order: tuple[int, int, int], signs: tuple[int, int, int]) -> np.ndarray:
    affine = np.zeros((4, 4))
    affine[order, (0, 1, 2)] = np.array(signs) * (0.8, 0.9, 2.5)
    affine[3, 3] = 1
    affine[:3, 3] = (-20, 31, 7)
    return affine


def turned(affine: np.ndarray, radians: float) -> np.ndarray:
    """Turned about the body's axis and then across it."""
    c, s = np.cos(radians), np.sin(radians)
    about = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    result = affine.copy()
    result[:3, :3] = about @ affine[:3, :3]
    return result


AFFINES = {
    "axial LPS": permuted((0, 1, 2), (-1, -1, 1)),
    "axial RAI": permuted((0, 1, 2), (1, 1, -1)),
    "coronal": permuted((0, 2, 1), (1, -1, 1)),
    "sagittal": permuted((1, 2, 0), (-1, 1, -1)),
    "oblique": turned(permuted((0, 1, 2), (-1, 1, 1)), 0.2),
}


class Case(NamedTuple):
    """A scan, and the sizes that it is prepared to."""

    path: Path
    m3d: Triple
    ct_hu: Triple


def made_cases(folder: Path) -> dict[str, Case]:
    cases = {}
    for kind, affine in AFFINES.items():
        for margin in (0, 4):
            name = f"{kind}, margin {margin}"
            below = folder / name
            below.mkdir()
            d, h, w = (length + 2 * margin for length in (23, 29, 34))
            cases[name] = Case(made(below, affine, margin), (12, 40, 30), (d, h + 7, w // 2))
    return cases


def real_cases(path: Path) -> list[Case]:
    """Each axis halved where its length is even, and one grown."""
    order = nib.orientations.io_orientation(nib.load(path).affine)[:, 0].astype(int)
    lengths = dict(zip(order, nib.load(path).shape, strict=True))
    d, h, w = (int(lengths[axis]) for axis in (2, 1, 0))
    halves = (d, h, w) if d % 2 else (d // 2, h, w)
    halves = (halves[0], h if h % 2 else h // 2, w if w % 2 else w // 2)
    return [Case(path, (32, 256, 256), halves), Case(path, (16, 64, 80), (d + 3, h, w))]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Case, Any, Any]]]:
    """What Tomoe makes of every case, in one process."""
    folder = tmp_path_factory.mktemp("monai")
    cases = {name: [case] for name, case in made_cases(folder).items()}
    cases |= {name: real_cases(SHARED / name) for name in REAL if (SHARED / name).exists()}
    jobs = [
        {
            "path": str(case.path),
            "out": str(folder / f"{index}-{nth}.raw"),
            "record": True,
            "m3d": case.m3d,
            "ctHu": case.ct_hu,
        }
        for index, group in enumerate(cases.values())
        for nth, case in enumerate(group)
    ]
    results = iter(zip(read_all(jobs), jobs, strict=True))
    return {
        name: [(case, *arrays_of(case, *next(results))) for case in group] for name, group in cases.items()
    }


def arrays_of(case: Case, result: dict[str, Any], job: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    assert result["ok"], result
    return np.fromfile(f"{job['out']}.m3d", dtype="<f4").reshape(case.m3d), np.load(f"{job['out']}.npy")


def assert_as_monai(group: list[tuple[Case, Any, Any]]) -> None:
    for case, mine, mine_hu in group:
        np.testing.assert_allclose(mine, m3d(case.path, case.m3d, NARROW), rtol=0, atol=TOLERANCE)
        np.testing.assert_allclose(mine_hu, ct_hu(case.path, case.ct_hu, WIDE), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("margin", [0, 4])
@pytest.mark.parametrize("kind", AFFINES)
def test_a_scan_of_any_axes_is_prepared_as_monai_prepares_it(
    prepared: dict[str, list[tuple[Case, Any, Any]]], kind: str, margin: int
) -> None:
    assert_as_monai(prepared[f"{kind}, margin {margin}"])


@pytest.mark.parametrize("name", REAL)
def test_a_real_scan_is_prepared_as_monai_prepares_it(
    prepared: dict[str, list[tuple[Case, Any, Any]]], name: str
) -> None:
    if name not in prepared:
        pytest.skip("../shared/data is absent: real scans are not compared")
    assert_as_monai(prepared[name])


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


# Of a scan with voxels of 2.5 x 0.9 x 0.8 mm. Axes that shrink are another thing: MONAI samples points and
# Tomoe averages, which differs by up to 0.07 of the window at the edges of a body with 8 HU of noise.
SPACINGS = ((1.25, 0.45, 0.4), (2.5, 0.9, 0.8), (1.25, 0.9, 0.4))


@pytest.mark.parametrize("kind", ["axial LPS", "axial RAI"])
def test_a_finer_spacing_is_what_monais_spacing_gives_over_the_full_extent(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path, AFFINES[kind], 0)
    jobs = [
        {"path": str(path), "out": str(tmp_path / f"{index}.raw"), "spacingMmDHW": list(spacing)}
        for index, spacing in enumerate(SPACINGS)
    ]
    for result, job, spacing in zip(read_all(jobs), jobs, SPACINGS, strict=True):
        assert result["ok"], result
        theirs, ours = spaced(path, spacing), np.load(f"{job['out']}.spaced.npy")
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)
