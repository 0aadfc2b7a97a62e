"""The preprocess graph against MONAI's own transforms, on every whole real scan that both can read."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from monai_chains import REAL, SHARED, assert_as_monai, case_of, prepare

# MONAI reads no compressed DICOM without plugins: it gets what SimpleITK reads, as a NIfTI file. A tilted
# series is on no grid, so that MONAI's chain has none of it.
DICOM = (
    "dicom/abdomen_j2k",
    "dicom/enhanced/ect_supplemental.dcm",
    *(
        f"dicom/transfer_syntaxes/CTImage.dcm_{name}.dcm"
        for name in (
            "LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1",
            "RLELosslessTransferSyntax_1.2.840.10008.1.2.5",
            "JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90",
            "JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80",
            "JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70",
        )
    ),
)


def as_nifti(path: Path, out: Path) -> Path:
    """A series or an object as SimpleITK reads it, in NIfTI; one slice is as far apart as it is thick."""
    if path.is_dir():
        image = sitk.ReadImage(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(path)))
    else:
        image = sitk.ReadImage(str(path))
        thickness = pydicom.dcmread(path, stop_before_pixels=True).get("SliceThickness")
        if image.GetSize()[2] == 1 and thickness is not None:
            image.SetSpacing([*image.GetSpacing()[:2], float(thickness)])
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    found = nib.Nifti1Image(
        sitk.GetArrayFromImage(image).T.astype(np.int16), np.diag([-1, -1, 1, 1]) @ affine
    )
    found.header.set_xyzt_units("mm")
    nib.save(found, out)
    return out


@pytest.mark.parametrize("name", (*REAL, *DICOM))
def test_a_whole_real_scan_is_prepared_as_monai_prepares_it(tmp_path: Path, name: str) -> None:
    if not (SHARED / name).exists():
        pytest.skip("../shared/data is absent: real scans are not compared")
    ours = SHARED / name
    theirs = as_nifti(ours, tmp_path / "scan.nii") if name.startswith("dicom") else ours
    case = case_of(tmp_path, theirs, (32, 256, 256), ours)
    prepare([case])
    assert_as_monai(case)
