"""The preprocess graph beside MONAI's transforms: scans, what Tomoe is asked of them, and MONAI's chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import nibabel as nib
import numpy as np
import torch
from monai.transforms import (
    Compose,
    CropForeground,
    EnsureChannelFirst,
    LoadImage,
    Orientation,
    Resize,
    ResizeWithPadOrCrop,
    ScaleIntensity,
    ScaleIntensityRange,
    Spacing,
)
from read_volumes import body, read_all

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ct"
Triple = tuple[int, int, int]
Window = tuple[float, float]
WIDE: Window = (-1000.0, 1000.0)
NARROW: Window = (-160.0, 240.0)
LUNG_SOFT_BONE: tuple[Window, ...] = ((-1000.0, 200.0), NARROW, (-100.0, 900.0))
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


class Wish(NamedTuple):
    """What is asked of the graph by points, in the axes D, H, W; as MONAI's transforms are asked."""

    windows: tuple[Window, ...] = (WIDE,)
    spacing: tuple[float, float, float] | None = None
    crop: bool = False
    size: Triple | None = None
    pad: bool = False

    def options(self) -> dict[str, Any]:
        """The options of `preprocessPath`."""
        wanted = {
            "spacingMmDHW": self.spacing,
            "crop": "foreground" if self.crop else None,
            "sizeDHW": self.size,
            "fit": "pad" if self.pad else None,
        }
        windows = [{"low": low, "high": high} for low, high in self.windows]
        given = {key: value for key, value in wanted.items() if value is not None}
        return {"preset": "ct-hu", "sampling": "linear", "windowHu": windows, **given}

    def by_monai(self, path: Path) -> np.ndarray:
        """C, D, H, W; the order of MONAI's tutorials: orientation, spacing, intensity, foreground, size."""
        fit = ResizeWithPadOrCrop if self.pad else Resize
        mode = {} if self.pad else {"mode": "trilinear"}
        chain = Compose(
            [
                LoadImage(image_only=True, dtype=np.float64),
                EnsureChannelFirst(),
                Orientation(axcodes="RAS", labels=None),
                *([] if self.spacing is None else [Spacing(pixdim=self.spacing[::-1], mode="bilinear")]),
                lambda image: torch.cat(
                    [ScaleIntensityRange(*window, 0.0, 1.0, clip=True)(image) for window in self.windows]
                ),
                *([CropForeground(allow_smaller=True)] if self.crop else []),
                *([] if self.size is None else [fit(self.size[::-1], **mode)]),
            ]
        )
        return np.asarray(chain(path)).transpose(0, 3, 2, 1)


def loaded(axcodes: str, axes: Triple) -> list[Callable[[Any], Any]]:
    """The scan as float64, turned by MONAI, its axes as D, H, W."""
    return [
        LoadImage(image_only=True, dtype=np.float64),
        EnsureChannelFirst(),
        Orientation(axcodes=axcodes, labels=None),
        lambda image: image.as_tensor().permute(0, *(axis + 1 for axis in axes)),
    ]


def m3d(path: Path, size: Triple, window: Window) -> np.ndarray:
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


def by_means(path: Path, size: Triple, window: Window) -> np.ndarray:
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


def made(path: Path, affine: np.ndarray, margin: int) -> Path:
    """A body in axes of its own, with ``margin`` voxels of nothing about it, as a masked export has them."""
    ras = np.pad(body((34, 29, 23), 5), margin, constant_values=-1024)
    turn = nib.orientations.ornt_transform(
        np.array([[0, 1], [1, 1], [2, 1]]), nib.orientations.io_orientation(affine)
    )
    image = nib.Nifti1Image(nib.orientations.apply_orientation(ras, turn), affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, 1)
    nib.save(image, path)
    return path


def permuted(order: Triple, signs: Triple) -> np.ndarray:
    """An affine of 0.8 x 0.9 x 2.5 mm whose stored axes run along these of RAS, in these directions."""
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


def wishes(shape: Triple, spacing: tuple[float, float, float]) -> list[Wish]:
    """Every part of the graph alone, and together; ``shape`` and ``spacing`` are the scan's, D, H, W."""
    d, h, w = spacing
    mixed = (1.5 * d, 0.8 * h, 1.3 * w)
    smaller = tuple(max(1, length // 2 - 1) for length in shape)
    odd = (shape[0] + 3, max(1, shape[1] - 7), shape[2] + 4)
    return [
        Wish(spacing=mixed),
        Wish(spacing=(0.5 * d, h, 2.1 * w), crop=True),
        Wish(crop=True, size=smaller),
        Wish(crop=True, size=odd, pad=True),
        Wish(windows=LUNG_SOFT_BONE, crop=True, size=smaller),
        Wish(windows=LUNG_SOFT_BONE, spacing=mixed, crop=True, size=odd),
        Wish(spacing=mixed, crop=True, size=odd, pad=True),
    ]


class Case(NamedTuple):
    """A scan as both read it, the sizes of M3D's chain and of means, and what is wished by points."""

    theirs: Path
    ours: Path
    folder: Path
    m3d: Triple
    means: Triple
    wishes: list[Wish]

    def made(self, name: str) -> Path:
        """What Tomoe made: the voxels "volume", M3D's array, and the wishes "0.npy" ..., the means first."""
        return self.folder / f"{self.theirs.name}.{name}"

    def job(self) -> dict[str, Any]:
        """What the process that prepares is asked."""
        means = {"preset": "ct-hu", "sizeDHW": self.means, "windowHu": {"low": WIDE[0], "high": WIDE[1]}}
        asked = [means, *(wish.options() for wish in self.wishes)]
        return {
            "path": str(self.ours),
            "out": str(self.made("volume")),
            "record": True,
            "m3d": self.m3d,
            "prepared": [
                {**options, "out": str(self.made(f"{nth}.npy"))} for nth, options in enumerate(asked)
            ],
        }


def case_of(folder: Path, path: Path, m3d_size: Triple, ours: Path | None = None) -> Case:
    """Of means each axis halved where its length is even, and the depth grown where it is odd.

    Args:
        folder: gets what Tomoe makes.
        path: the scan as MONAI reads it.
        m3d_size: of M3D's chain.
        ours: the scan as Tomoe reads it, where it is another file.
    """
    image = nib.as_closest_canonical(nib.load(path))
    d, h, w = image.shape[::-1]
    means = (d + 3 if d % 2 else d // 2, h if h % 2 else h // 2, w if w % 2 else w // 2)
    mm = tuple(float(length) for length in image.header.get_zooms()[:3][::-1])
    return Case(path, ours or path, folder, m3d_size, means, wishes((d, h, w), mm))


def prepare(cases: Iterable[Case]) -> None:
    """Have Tomoe make everything that the cases ask, in one process."""
    for result in read_all([case.job() for case in cases]):
        assert result["ok"], result


def assert_as_monai(case: Case) -> None:
    """Hold what Tomoe made of a scan against MONAI's own transforms."""
    ours = np.fromfile(case.made("volume.m3d"), dtype="<f4").reshape(case.m3d)
    np.testing.assert_allclose(ours, m3d(case.theirs, case.m3d, NARROW), rtol=0, atol=TOLERANCE)
    means = np.load(case.made("0.npy"))
    np.testing.assert_allclose(means, by_means(case.theirs, case.means, WIDE), rtol=0, atol=TOLERANCE)
    for nth, wish in enumerate(case.wishes, start=1):
        mine, theirs = np.load(case.made(f"{nth}.npy")), wish.by_monai(case.theirs)
        mine = mine if len(wish.windows) > 1 else mine[None]
        assert mine.shape == theirs.shape, wish
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=TOLERANCE, err_msg=str(wish))
