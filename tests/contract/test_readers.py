"""The TypeScript readers against nibabel, pydicom and torch.

Files are made here; real scans are compared where they are present.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
import torch
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid
from read_volumes import body, read_all

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "ct"
present = pytest.mark.skipif(
    not SHARED.exists(), reason="../shared/data is absent: real scans are not compared"
)


def assert_same_as_nibabel(result: dict[str, Any], path: Path) -> None:
    image = nib.as_closest_canonical(nib.load(path))
    data = np.asanyarray(image.dataobj)
    data = data.reshape(data.shape[:3])
    np.testing.assert_array_equal(
        result["array"].astype(np.float64),
        np.transpose(data, (2, 1, 0)).astype(np.float32).astype(np.float64),
    )
    np.testing.assert_allclose(np.array(result["affineRas"]), image.affine, rtol=0, atol=1e-4)
    assert result["orientation"] == "".join(nib.aff2axcodes(nib.load(path).affine))


def random_affine(rng: np.random.Generator, oblique: bool) -> np.ndarray:
    order = rng.permutation(3)
    affine = np.eye(4)
    matrix = np.zeros((3, 3))
    matrix[order, range(3)] = rng.choice([-1, 1], 3)
    if oblique:
        q, r = np.linalg.qr(rng.normal(size=(3, 3)))
        small = torch.linalg.matrix_exp(torch.tensor(0.25 * (q - q.T))).numpy()
        matrix = small @ matrix
        del r
    affine[:3, :3] = matrix @ np.diag(rng.uniform(0.5, 5, 3))
    affine[:3, 3] = rng.uniform(-200, 200, 3)
    return affine


def test_niftis_of_every_orientation_type_and_form_read_as_nibabel_reads_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    jobs, paths = [], []
    kinds = [np.int16, np.int32, np.float32, np.float64, np.uint16, np.int8, np.uint8, np.uint32]
    for index in range(48):
        ras = body((12, 10, 8), index)
        kind = kinds[index % len(kinds)]
        image_class = nib.Nifti2Image if index % 3 == 0 else nib.Nifti1Image
        affine = random_affine(rng, oblique=index % 2 == 1)
        # The body is stored in whatever axes the affine names, so that its own RAS view is the phantom.
        canonical = nib.orientations.io_orientation(affine)
        stored = nib.orientations.apply_orientation(
            ras, nib.orientations.ornt_transform(np.array([[0, 1], [1, 1], [2, 1]]), canonical)
        )
        slope, inter = 1.0, 0.0
        if kind in (np.uint16, np.uint32):
            inter = -1024.0
        elif kind in (np.int8, np.uint8):
            slope, inter = 16.0, (0.0 if kind is np.int8 else -1024.0)
        raw = (
            np.clip(
                np.rint((stored.astype(np.float64) - inter) / slope), np.iinfo(kind).min, np.iinfo(kind).max
            )
            if np.issubdtype(kind, np.integer)
            else stored + 0.25
        )
        image = image_class(raw.astype(kind), affine)
        image.header.set_xyzt_units("mm")
        image.header.set_data_dtype(kind)
        if index % 5 == 4:
            image.set_sform(affine, 0)
            image.set_qform(affine, 1)
        else:
            image.set_sform(affine, 2)
            image.set_qform(affine, 1)
        path = tmp_path / f"scan{index}.nii{'.gz' if index % 4 == 0 else ''}"
        nib.save(image, path)
        if (slope, inter) != (1.0, 0.0):
            patch_scaling(path, slope, inter, 2 if image_class is nib.Nifti2Image else 1)
        jobs.append({"path": str(path), "out": str(tmp_path / f"{index}.raw"), "record": True})
        paths.append(path)
    for result, path in zip(read_all(jobs), paths, strict=True):
        assert result["ok"], result
        assert_same_as_nibabel(result, path)


def patch_scaling(path: Path, slope: float, inter: float, version: int) -> None:
    """Write scl_slope and scl_inter into a saved file, since nibabel sets them itself."""
    opener = nib.openers.Opener(path, "rb")
    data = bytearray(opener.read())
    opener.close()
    at, kind = (112, "<f4") if version == 1 else (176, "<f8")
    scaling = np.array([slope, inter], dtype=kind).tobytes()
    data[at : at + len(scaling)] = scaling
    opener = nib.openers.Opener(path, "wb")
    opener.write(bytes(data))
    opener.close()


def write_series(
    folder: Path,
    ras: np.ndarray,
    *,
    implicit: bool,
    across: np.ndarray,
    down: np.ndarray,
    spacing: tuple[float, float, float],
) -> None:
    """Write ``ras`` (x, y, z in RAS, one voxel = spacing mm), one DICOM file a slice, cut along LPS across x
    down.
    """
    folder.mkdir()
    normal = np.cross(across, down)
    lps = np.diag([-1.0, -1.0, 1.0])
    axes = [int(np.argmax(np.abs(direction))) for direction in (across, down, normal)]
    signs = [
        float(np.sign((lps @ direction)[axis]))
        for direction, axis in zip((across, down, normal), axes, strict=True)
    ]
    volume = np.transpose(ras, axes)
    origin = np.zeros(3)
    for k, (axis, sign) in enumerate(zip(axes, signs, strict=True)):
        if sign < 0:
            volume = np.flip(volume, k)
            origin[axis] = (ras.shape[axis] - 1) * spacing[axis]
    series, frame = generate_uid(), generate_uid()
    order = np.random.default_rng(3).permutation(volume.shape[2])
    for number, k in enumerate(order):
        position = origin.copy()
        position[axes[2]] += signs[2] * k * spacing[axes[2]]
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        ds.PatientName, ds.PatientID, ds.Modality = "Test^Body", "1", "CT"
        ds.SeriesInstanceUID, ds.StudyInstanceUID, ds.FrameOfReferenceUID, ds.InstanceNumber = (
            series,
            generate_uid(),
            frame,
            number + 1,
        )
        ds.ImagePositionPatient = [f"{value:.6f}" for value in lps @ position]
        ds.ImageOrientationPatient = [f"{value:.6f}" for value in (*across, *down)]
        ds.PixelSpacing = [f"{spacing[axes[1]]:.6f}", f"{spacing[axes[0]]:.6f}"]
        ds.SliceThickness = "9"
        ds.Columns, ds.Rows = volume.shape[0], volume.shape[1]
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
        ds.RescaleIntercept, ds.RescaleSlope = "-1200", "1"
        ds.PixelData = (np.transpose(volume[:, :, k]) + 1200).astype("<u2").tobytes()
        ds.save_as(folder / f"IM{number:04d}", enforce_file_format=True)


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize(
    ("across", "down", "orientation"),
    [
        ((1, 0, 0), (0, 1, 0), "LPS"),
        ((1, 0, 0), (0, 0, -1), "LIP"),
        ((0, 1, 0), (0, 0, -1), "PIR"),
        ((-1, 0, 0), (0, 1, 0), "RPI"),
        ((0, -1, 0), (1, 0, 0), "ALS"),
    ],
)
def test_dicom_series_of_every_plane_come_back_as_the_body_they_were_cut_from(
    tmp_path: Path, across: tuple[int, ...], down: tuple[int, ...], orientation: str, implicit: bool
) -> None:
    ras = body((12, 10, 8), 5)
    spacing = (1.5, 2.0, 2.5)
    write_series(
        tmp_path / "series",
        ras,
        implicit=implicit,
        across=np.array(across, float),
        down=np.array(down, float),
        spacing=spacing,
    )
    (result,) = read_all([{"path": str(tmp_path / "series"), "out": str(tmp_path / "x.raw")}])
    assert result["ok"], result
    assert result["orientation"] == orientation
    np.testing.assert_array_equal(result["array"], np.transpose(ras, (2, 1, 0)))
    np.testing.assert_allclose(result["affineRas"], np.diag([*spacing, 1.0]), atol=1e-5)


def test_model_input_and_m3d_resize_agree_with_torch(tmp_path: Path) -> None:
    ras = body((24, 20, 16), 7)
    image = nib.Nifti1Image(ras, np.diag([2.0, 2.0, 3.0, 1.0]))
    image.header.set_xyzt_units("mm")
    path = tmp_path / "scan.nii"
    nib.save(image, path)
    (result,) = read_all(
        [{"path": str(path), "out": str(tmp_path / "x.raw"), "sizeDHW": [8, 5, 12], "m3d": [20, 40, 30]}]
    )
    assert result["ok"], result
    # Whole-number ratios: area averaging is torch's adaptive average pooling.
    # Axial, radiological: anterior up, patient right on the left.
    radiological = (
        torch.tensor(np.transpose(ras, (2, 1, 0)).astype(np.float64)).clamp(-1000, 1000).flip(1).flip(2)
    )
    pooled = torch.nn.functional.adaptive_avg_pool3d(radiological[None, None], (8, 5, 12))[0, 0]
    made = np.fromfile(f"{tmp_path}/x.raw.input", dtype="<i2").reshape(8, 5, 12)
    assert np.abs(made - pooled.numpy()).max() <= 0.5 + 1e-6
    picture = torch.floor((radiological.clamp(-160, 240) + 160) / 400 * 255 + 0.5)
    inside = (picture > picture.min()).nonzero()
    low, high = inside.min(0).values, inside.max(0).values + 1
    crop = (picture[low[0] : high[0], low[1] : high[1], low[2] : high[2]] - picture.min()) / (
        picture.max() - picture.min()
    )
    resized = torch.nn.functional.interpolate(
        crop[None, None], (20, 40, 30), mode="trilinear", align_corners=False
    )[0, 0]
    np.testing.assert_allclose(
        np.fromfile(f"{tmp_path}/x.raw.m3d", dtype="<f4").reshape(20, 40, 30), resized.numpy(), atol=1e-5
    )


@present
def test_real_niftis_read_as_nibabel_reads_them(tmp_path: Path) -> None:
    paths = [*sorted((SHARED / "nifti").glob("*.nii.gz")), *sorted((SHARED / "refuse").glob("*.nii.gz"))]
    jobs = [{"path": str(path), "out": str(tmp_path / f"{path.name}.raw"), "record": True} for path in paths]
    for result, path in zip(read_all(jobs), paths, strict=True):
        assert result["ok"], result
        assert_same_as_nibabel(result, path)


@present
def test_real_dicom_slices_read_as_pydicom_reads_them(tmp_path: Path) -> None:
    """Voxels, and the affine worked out here from the header by the textbook formula."""
    names = ["", "_BigEndianExplicit*", "_DeflatedExplicit*", "_LittleEndianExplicit*"]
    slices = SHARED / "dicom" / "transfer_syntaxes"
    paths = [path for name in names for path in slices.glob(f"CTImage.dcm{name}")]
    assert len(paths) == len(names)
    jobs = [{"path": str(path), "out": str(tmp_path / f"{index}.raw")} for index, path in enumerate(paths)]
    for result, path in zip(read_all(jobs), paths, strict=True):
        assert result["ok"], result
        ds = pydicom.dcmread(path)
        hu = ds.pixel_array.astype(np.int32) * int(ds.RescaleSlope) + int(ds.RescaleIntercept)
        np.testing.assert_array_equal(result["array"][0], hu[::-1, ::-1])
        rows, columns = hu.shape
        position = np.array(ds.ImagePositionPatient, float)
        last = position + np.array([(columns - 1) * ds.PixelSpacing[1], (rows - 1) * ds.PixelSpacing[0], 0.0])
        affine = np.diag([ds.PixelSpacing[1], ds.PixelSpacing[0], float(ds.SliceThickness), 1.0])
        affine[:3, 3] = [-last[0], -last[1], last[2]]
        np.testing.assert_allclose(result["affineRas"], affine, atol=1e-6)
        assert [warning["code"] for warning in result["warnings"]] == [
            "SINGLE_SLICE_SPACING",
            "OUTSIDE_FOV_VALUES",
        ]


@present
def test_the_real_series_lies_where_its_headers_say(tmp_path: Path) -> None:
    folder = SHARED / "dicom" / "abdomen_j2k"
    (result,) = read_all([{"path": str(folder), "out": str(tmp_path / "x.raw")}])
    assert result["ok"], result
    heights = sorted(
        float(pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient[2])
        for path in folder.iterdir()
    )
    assert result["spacingMmDHW"][0] == pytest.approx(np.diff(heights).mean())
    assert result["affineRas"][2][3] == pytest.approx(heights[0])
    first = pydicom.dcmread(next(iter(sorted(folder.iterdir()))), stop_before_pixels=True)
    x, y, _ = (float(value) for value in first.ImagePositionPatient)
    spacing = float(first.PixelSpacing[0])
    assert result["affineRas"][0][3] == pytest.approx(-(x + 511 * spacing))
    assert result["affineRas"][1][3] == pytest.approx(-(y + 511 * spacing))
