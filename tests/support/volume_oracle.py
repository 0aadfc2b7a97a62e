"""Compare the voxels of damaged scans that Tomoe read with what other readers read of the same files."""

from __future__ import annotations

import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import SimpleITK


def stored(kept: dict[str, Any]) -> np.ndarray:
    """Tomoe's voxels turned back to the axes of the file, x first."""
    array = np.fromfile(kept["raw"], dtype=kept["dtype"]).reshape(kept["shapeDHW"])
    ras = array.transpose(2, 1, 0)
    ras = ras[tuple(slice(None, None, -1 if flip else 1) for flip in kept["flipped"])]
    order = ["xyz".index(axis) for axis in kept["storedAxisOfRAS"]]
    return ras.transpose(np.argsort(order)).astype(np.float64)


def of_nifti(path: str) -> np.ndarray:
    """Scaled voxels as nibabel reads them; axes of length 1 behind the third are left out."""
    data = np.asanyarray(nib.load(path).dataobj)
    return data.reshape((*data.shape, 1, 1)[:3] if data.ndim < 3 else data.shape[:3]).astype(np.float64)


def of_frames(dataset: pydicom.Dataset, pixels: np.ndarray) -> np.ndarray:
    """The frames of an enhanced object, each by its own groups, sorted along their normal."""
    frames = pixels if pixels.shape[-1] != 1 else pixels.transpose(2, 0, 1)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    found = []
    for frame, own in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):

        def group(name: str, own: pydicom.Dataset = own) -> pydicom.Dataset:
            return (own if name in own else shared)[name][0]

        rescale = group("PixelValueTransformationSequence")
        along = np.array(group("PlaneOrientationSequence").ImageOrientationPatient, dtype=float)
        position = np.array(group("PlanePositionSequence").ImagePositionPatient, dtype=float)
        hu = signed(dataset, frame) * float(rescale.RescaleSlope) + float(rescale.RescaleIntercept)
        found.append((float(np.cross(along[:3], along[3:]) @ position), hu))
    return np.stack([hu.T for _, hu in sorted(found, key=lambda one: one[0])], axis=2)


def signed(dataset: pydicom.Dataset, pixels: np.ndarray) -> np.ndarray:
    """Pixels as the bits that the header says are stored stand for."""
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    pixels = pixels & ((1 << bits) - 1)
    if int(dataset.PixelRepresentation) == 1:
        pixels = pixels - ((pixels >> (bits - 1)) << bits)
    return pixels


def of_dicom(path: str) -> np.ndarray:
    """Rescaled pixels as pydicom reads them, sign-extended from the bits that the header says are stored."""
    dataset = pydicom.dcmread(path, force=True)
    if not hasattr(dataset, "file_meta") or "TransferSyntaxUID" not in dataset.file_meta:
        dataset.ensure_file_meta()
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    pixels = np.atleast_3d(dataset.pixel_array.astype(np.int64))
    if "PerFrameFunctionalGroupsSequence" in dataset:
        return of_frames(dataset, pixels)
    pixels = pixels[:, :, 0]
    pixels = signed(dataset, pixels)
    slope = float(dataset.get("RescaleSlope", 1) or 1) if "RescaleSlope" in dataset else 1.0
    intercept = float(dataset.get("RescaleIntercept", 0) or 0)
    return (pixels * slope + intercept).T[:, :, None]


def of_simpleitk(path: str) -> np.ndarray:
    """Voxels as SimpleITK reads them; without the size of its zlib stream it gives rubbish in silence."""
    head = Path(path).read_bytes()[:4096]
    if b"CompressedData = True" in head and not re.search(rb"^CompressedDataSize\s*=", head, re.MULTILINE):
        raise ValueError("MetaIO needs CompressedDataSize")
    return three(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(path)).T)


def of_numpy(path: str) -> np.ndarray:
    """An array as numpy reads it: in Fortran order its first axis is the stored x, in C order its last."""
    with Path(path).open("rb") as file:
        version = np.lib.format.read_magic(file)
        head = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        fortran = head(file)[1]
    array = np.load(path, allow_pickle=False)
    return three(array if fortran else array.T)


def three(array: np.ndarray) -> np.ndarray:
    """Exactly three axes: what is missing has one value, and so has what is too much."""
    return array.reshape((*array.shape, 1, 1)[: max(3, array.ndim)]).astype(np.float64)


# The reader of every ending; a format joins by its row.
ORACLES = {
    ".nii": of_nifti,
    ".gz": of_nifti,
    ".dcm": of_dicom,
    ".mha": of_simpleitk,
    ".nrrd": of_simpleitk,
    ".npy": of_numpy,
}


def compare(kept: dict[str, Any]) -> str:
    """Say "equal", or what differs."""
    try:
        theirs = ORACLES[Path(kept["file"]).suffix](kept["file"])
    except Exception as error:  # whatever a library raises is its refusal
        return f"the oracle refuses: {type(error).__name__}: {str(error)[:160]}"
    ours = stored(kept)
    if ours.shape != theirs.shape:
        return f"shape {ours.shape}, the oracle's {theirs.shape}"
    theirs32 = theirs.astype(np.float32).astype(np.float64) if kept["dtype"] == "<f4" else theirs
    if np.array_equal(ours, theirs32):
        return "equal"
    return f"{int((ours != theirs32).sum())} of {ours.size} voxels differ"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    rows = json.load(sys.stdin)
    json.dump([compare(row) for row in rows], sys.stdout)
