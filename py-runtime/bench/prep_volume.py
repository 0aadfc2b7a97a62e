"""``prep.volume``: a scan on the disk to a model's input, by Tomoe in Node and by the libraries people use.

Usage: python -m bench.prep_volume SETTINGS, a JSON object with ``folder``, ``shape`` (x, y, z), ``size``
(D, H, W), ``spacingMm`` (x, y, z; those of the scan are ``SPACING_MM``), ``rounds``, ``threads`` and
``node``, the words that start the process of Tomoe's ways. A rival that is not installed is a way that is
missing; where it writes the scan too, no way is there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import torch
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, generate_uid

from bench.turns import in_turns, report

SPACING_MM = (0.8, 0.8, 1.25)
WINDOW = (-1000.0, 1000.0)
Triple = tuple[int, int, int]


def phantom(shape: Triple) -> np.ndarray:
    """HU of a body with lungs, spine and noise in air, int16, axes x, y, z."""
    rng = np.random.default_rng(1)
    u, v, w = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij", sparse=True)
    hu = np.full(shape, -1000, np.int16)
    hu[np.broadcast_to((u / 0.85) ** 2 + (v / 0.65) ** 2 < 1, shape)] = -100
    hu[np.broadcast_to((u / 0.75) ** 2 + (v / 0.58) ** 2 < 1, shape)] = 50
    for side in (-0.4, 0.4):
        lung = ((u - side) / 0.25) ** 2 + (v / 0.35) ** 2 + (w - 0.4) ** 2 / 0.4 < 1
        hu[np.broadcast_to(lung, shape)] = -850
    hu[np.broadcast_to((u / 0.1) ** 2 + ((v - 0.42) / 0.1) ** 2 < 1, shape)] = 400
    for z in range(shape[2]):
        hu[:, :, z] += np.rint(rng.normal(0, 12, shape[:2])).astype(np.int16)
    return np.clip(hu, -1024, 3071)


def write_scan(folder: Path, shape: Triple) -> tuple[Path, Path]:
    """The phantom as a .nii.gz stored LAS, and as a DICOM series of 12 bits."""
    hu = phantom(shape)
    affine = np.diag([-SPACING_MM[0], *SPACING_MM[1:], 1.0])
    affine[0, 3] = SPACING_MM[0] * (shape[0] - 1) / 2
    image = nib.Nifti1Image(hu, affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, 1)
    nib.save(image, folder / "scan.nii.gz")
    series = folder / "series"
    series.mkdir()
    uids = [generate_uid() for _ in range(3)]
    for z in range(shape[2]):
        slice_of(hu[:, ::-1, z].T, z, uids).save_as(series / f"{z:04d}.dcm", enforce_file_format=True)
    return folder / "scan.nii.gz", series


def slice_of(hu: np.ndarray, z: int, uids: list[str]) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = CTImageStorage, meta.MediaStorageSOPInstanceUID, "CT"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uids
    ds.InstanceNumber = z + 1
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, SPACING_MM[2] * z], [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness = list(SPACING_MM[1::-1]), SPACING_MM[2]
    ds.Rows, ds.Columns = hu.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = -1024, 1, "HU"
    ds.PixelData = (hu + 1024).astype("<u2").tobytes()
    return ds


def compressed(series: Path) -> Path:
    """The same series in JPEG 2000, without loss, beside it; as pydicom has pylibjpeg-openjpeg write it."""
    folder = series.with_name("jpeg2000")
    folder.mkdir()
    for path in series.iterdir():
        ds = pydicom.dcmread(path)
        ds.compress(JPEG2000Lossless, generate_instance_uid=False)
        ds.save_as(folder / path.name)
    return folder


def finished(hu: torch.Tensor, size: Triple) -> torch.Tensor:
    """HU in D, H, W -> window to 0..1, crop to what is above 0, trilinear resize; float32."""
    low, high = WINDOW
    image = hu.to(torch.float32).clamp_(low, high).sub_(low).div_(high - low)
    inside = image > 0
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        found = torch.nonzero(inside.any(dim=others[1]).any(dim=others[0]))
        if found.numel():
            first, last = int(found.min()), int(found.max())
            image = image.narrow(axis, first, last - first + 1)
            inside = inside.narrow(axis, first, last - first + 1)
    scaled = torch.nn.functional.interpolate(image[None, None], size, mode="trilinear", align_corners=False)
    return scaled[0, 0]


def by_nibabel(path: Path, size: Triple) -> torch.Tensor:
    image = nib.as_closest_canonical(nib.load(path))
    return finished(torch.from_numpy(np.asanyarray(image.dataobj).transpose(2, 1, 0).copy()), size)


def plane_of(path: Path) -> tuple[float, np.ndarray]:
    """Place along the stack, in mm, and HU of one slice, int16."""
    ds = pydicom.dcmread(path)
    hu = ds.pixel_array.astype(np.int16)
    hu *= int(ds.RescaleSlope)
    hu += int(ds.RescaleIntercept)
    return float(ds.ImagePositionPatient[2]), hu


def by_pydicom(folder: Path, size: Triple, planes: Callable[..., Any] = map) -> torch.Tensor:
    """``planes`` is ``map``, or that of a pool of processes."""
    slices = sorted(planes(plane_of, list(folder.iterdir())), key=lambda one: float(one[0]))
    return finished(torch.from_numpy(np.stack([hu for _, hu in slices])[:, ::-1, ::-1].copy()), size)


@contextmanager
def by_pylibjpeg(size: Triple) -> Iterator[Callable[[Path], torch.Tensor]]:
    """pydicom with pylibjpeg-openjpeg, in two processes that stay warm."""
    # Forked, they would hold the pipe to Node open, which ends when it is closed.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield lambda folder: by_pydicom(folder, size, partial(pool.map, chunksize=10))


def by_monai(size: Triple, spacing_mm: tuple[float, float, float] | None) -> Callable[[Path], torch.Tensor]:
    from monai import transforms as t

    chain = t.Compose(
        [
            t.LoadImage(image_only=True),
            t.EnsureChannelFirst(),
            t.Orientation(axcodes="RAS", labels=None),
            *([] if spacing_mm is None else [t.Spacing(pixdim=spacing_mm, mode="bilinear")]),
            t.ScaleIntensityRange(*WINDOW, 0.0, 1.0, clip=True),
            t.CropForeground(allow_smaller=True),
            t.Resize(size[::-1], mode="trilinear"),
        ]
    )
    return lambda path: torch.as_tensor(np.asarray(chain(path))[0].transpose(2, 1, 0))


class NodeWays:
    """Tomoe's ways, in a process that stays warm: one line asks for one, one line answers."""

    def __init__(self, command: list[str]) -> None:
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(f"{json.dumps(request, default=str)}\n")
        self._child.stdin.flush()
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        return answer

    def way(self, **request: Any) -> Callable[[], float]:
        """Does it there, and gives the CPU milliseconds it took there."""
        return lambda: float(self.ask(**request)["cpuMs"])

    def close(self) -> None:
        self._child.communicate()


def rivals(case: str, path: Path, size: Triple, spacing_mm: tuple[float, float, float]) -> dict[str, Any]:
    """The ways of the libraries that are installed."""
    if case == "dicom":
        return {"pydicom": partial(by_pydicom, path, size)}
    ways = {"nibabel": partial(by_nibabel, path, size)} if case != "spacing" else {}
    if case != "ct-hu" and find_spec("monai") is not None:
        ways["monai"] = partial(by_monai(size, spacing_mm if case == "spacing" else None), path)
    return ways


def has_openjpeg() -> bool:
    return all(find_spec(name) is not None for name in ("pylibjpeg", "openjpeg"))


def measure(case: str, ways: dict[str, Any], node: NodeWays, rounds: int) -> None:
    # The peak of one volume: a warm process leaves those of earlier rounds to its collector.
    ways["ours"]()
    memory = node.ask(way="memory")
    measured = in_turns(ways, rounds)
    node.close()
    report(case, ways=measured, peakKiB=memory["peakKiB"] - memory["emptyKiB"])


def main() -> None:
    asked = json.loads(sys.argv[1])
    size: Triple = tuple(asked["size"])
    torch.set_num_threads(asked["threads"])
    nifti, series = write_scan(Path(asked["folder"]), tuple(asked["shape"]))

    def ours(way: str, path: Path) -> tuple[NodeWays, Callable[..., Callable[[], float]]]:
        node = NodeWays(asked["node"])
        request = {"path": path, "sizeDHW": size, "spacingMmDHW": asked["spacingMm"][::-1]}
        return node, lambda other=way: node.way(way=other, **request)

    for case in ("m3d-compat", "ct-hu", "spacing", "dicom"):
        path = series if case == "dicom" else nifti
        node, way = ours("m3d-compat" if case == "dicom" else case, path)
        ways = {"ours": way(), **rivals(case, path, size, tuple(asked["spacingMm"]))}
        if case != "dicom":
            ways["inflate"] = way("inflate")
        measure(case, ways, node, asked["rounds"])
    if not has_openjpeg():
        report("jpeg2000", ways={})
        return
    folder = compressed(series)
    node, way = ours("m3d-compat", folder)
    with by_pylibjpeg(size) as rival:
        measure("jpeg2000", {"ours": way(), "pylibjpeg": partial(rival, folder)}, node, asked["rounds"])


if __name__ == "__main__":
    main()
