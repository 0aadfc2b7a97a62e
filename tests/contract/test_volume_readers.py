"""MetaImage, NRRD, NIfTI and npy as SimpleITK and numpy read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from read_volumes import body, read_all

KINDS = [np.int16, np.int32, np.float32, np.float64, np.uint16, np.int8, np.uint8, np.uint32]


def turned(rng: np.random.Generator, oblique: bool) -> np.ndarray:
    """A direction matrix of any axis order, flips and handedness, by up to half a radian off the axes."""
    matrix = np.zeros((3, 3))
    matrix[rng.permutation(3), range(3)] = rng.choice([-1, 1], 3)
    if not oblique:
        return matrix
    x, y, z = rng.uniform(-0.3, 0.3, 3)
    rotation = np.eye(3)
    for a, b, angle in ((0, 1, x), (1, 2, y), (0, 2, z)):
        turn = np.eye(3)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        rotation = rotation @ turn
    return rotation @ matrix


def image_of(index: int) -> sitk.Image:
    """A body of one type and direction, moved to where the type holds it."""
    rng = np.random.default_rng(index)
    kind = np.dtype(KINDS[index % len(KINDS)])
    values = np.transpose(body((12, 10, 8), index), (2, 1, 0)).astype(np.float64)
    if kind.itemsize == 1:
        values = np.floor(values / 16) + (64 if kind.kind == "u" else 0)
        values = np.clip(values, np.iinfo(kind).min, np.iinfo(kind).max)
    elif kind.kind == "u":
        values += 1200
    elif kind.kind == "f":
        values += 0.25
    image = sitk.GetImageFromArray(values.astype(kind))
    image.SetSpacing([float(mm) for mm in rng.uniform(0.5, 5, 3)])
    image.SetOrigin([float(mm) for mm in rng.uniform(-200, 200, 3)])
    image.SetDirection(turned(rng, oblique=index % 3 == 1).ravel().tolist())
    return image


def in_ras(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """What SimpleITK reads: voxels in D, H, W of the nearest RAS+ axes, and their affine in RAS mm."""
    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
    flipped = sitk.Flip(image, [True, True, False])
    direction = np.array(flipped.GetDirection()).reshape(3, 3) @ np.diag(flipped.GetSpacing())
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = direction, flipped.GetOrigin()
    return sitk.GetArrayFromImage(flipped), np.diag([-1, -1, 1, 1]) @ affine


def assert_same(result: dict[str, Any], path: Path) -> None:
    assert result["ok"], result
    voxels, affine = in_ras(path)
    np.testing.assert_array_equal(
        result["array"].astype(np.float64), voxels.astype(np.float32).astype(np.float64)
    )
    # SimpleITK keeps doubles; a NIfTI header holds float32.
    tolerance = 2e-4 if path.name.endswith((".nii", ".nii.gz")) else 1e-8
    np.testing.assert_allclose(np.array(result["affineRas"]), affine, rtol=0, atol=tolerance)


@pytest.mark.parametrize("ending", ["mha", "mhd", "nrrd", "nhdr", "nii.gz"])
def test_every_type_and_direction_reads_as_simpleitk_reads_it(tmp_path: Path, ending: str) -> None:
    jobs, paths = [], []
    for index in range(24):
        path = tmp_path / f"scan{index}.{ending}"
        sitk.WriteImage(image_of(index), str(path), useCompression=index % 2 == 0)
        jobs.append({"path": str(path), "out": str(tmp_path / f"{index}.out"), "record": True})
        paths.append(path)
    for result, path in zip(read_all(jobs), paths, strict=True):
        assert_same(result, path)


def test_what_a_header_may_say_otherwise_reads_as_simpleitk_reads_it(tmp_path: Path) -> None:
    image = image_of(0)
    sitk.WriteImage(image, str(tmp_path / "plain.mha"))
    sitk.WriteImage(image, str(tmp_path / "plain.nrrd"))
    meta = (tmp_path / "plain.mha").read_bytes()
    nrrd = (tmp_path / "plain.nrrd").read_bytes()
    voxels = sitk.GetArrayFromImage(image)
    (tmp_path / "scan.raw").write_bytes(b"seventeen bytes.." + voxels.tobytes())
    for number, one in enumerate(voxels, start=1):
        (tmp_path / f"slice{number:02d}.raw").write_bytes(one.tobytes())
    names = "\n".join(f"slice{number:02d}.raw" for number in range(1, len(voxels) + 1))
    head, local = meta[: meta.index(b"ElementDataFile")], b"ElementDataFile = LOCAL\n"
    big = voxels.astype(">i2").tobytes()
    made = {
        "big.mha": head.replace(b"MSB = False", b"MSB = True") + local + big,
        "size.mha": meta.replace(b"ElementSpacing", b"ElementSize"),
        "skip.mhd": head + b"HeaderSize = 17\nElementDataFile = scan.raw\n",
        "end.mhd": head + b"HeaderSize = -1\nElementDataFile = scan.raw\n",
        "list.mhd": head + b"ElementDataFile = LIST\n" + names.encode() + b"\n",
        "row.mhd": head + b"ElementDataFile = slice%02d.raw 1 8 1\n",
        "las.nrrd": nrrd.replace(b"left-posterior-superior", b"LAS"),
        "ras.nrrd": nrrd.replace(b"left-posterior-superior", b"right-anterior-superior"),
        "skip.nhdr": detached(nrrd, b"byte skip: 17\ndata file: scan.raw\n"),
        "end.nhdr": detached(nrrd, b"byte skip: -1\ndata file: scan.raw\n"),
        "list.nhdr": detached(nrrd, b"data file: LIST\n" + names.encode() + b"\n"),
        "row.nhdr": detached(nrrd, b"data file: slice%02d.raw 1 8 1\n"),
    }
    jobs = []
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
        jobs.append({"path": str(tmp_path / name), "out": str(tmp_path / f"{name}.out"), "record": True})
    for result, name in zip(read_all(jobs), made, strict=True):
        assert_same(result, tmp_path / name)


def detached(nrrd: bytes, lines: bytes) -> bytes:
    return nrrd[: nrrd.index(b"\n\n") + 1].replace(b"encoding: gzip", b"encoding: raw") + lines


def test_arrays_read_as_numpy_reads_them_where_the_caller_places_them(tmp_path: Path) -> None:
    affine = [[0.8, 0, 0, -50], [0, 0.8, 0, -60], [0, 0, 2.5, -300], [0, 0, 0, 1]]
    jobs, expected = [], []
    for index in range(24):
        values = sitk.GetArrayFromImage(image_of(index))
        if index % 3 == 1:
            values = np.asfortranarray(values)
        if index % 4 == 3:
            values = values.astype(values.dtype.newbyteorder(">"))
        path = tmp_path / f"{index}.npy"
        np.save(path, values[None] if index % 5 == 4 else values)
        jobs.append({"path": str(path), "out": f"{path}.out", "record": True, "affineRas": affine})
        expected.append(np.load(path).reshape(values.shape))
    for result, values in zip(read_all(jobs), expected, strict=True):
        assert result["ok"], result
        np.testing.assert_array_equal(result["array"], values.astype(np.float32))
        assert result["affineRas"] == affine
