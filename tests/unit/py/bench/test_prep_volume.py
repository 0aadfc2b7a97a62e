"""What ``prep.volume`` compares: every rival's chain comes to the same picture of the same scan."""

import json
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
import torch
from bench.prep_volume import (
    SPACING_MM,
    NodeWays,
    by_monai,
    by_nibabel,
    by_pydicom,
    by_pylibjpeg,
    compressed,
    finished,
    has_openjpeg,
    phantom,
    rivals,
    write_scan,
)
from pydicom.uid import JPEG2000Lossless

SHAPE = (24, 20, 12)
SIZE = (6, 10, 12)


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_scan(tmp_path_factory.mktemp("scan"), SHAPE)


def test_the_scan_is_the_phantom_in_both_forms(scan: tuple[Path, Path]) -> None:
    nifti, series = scan
    image = nib.load(nifti)
    assert nib.aff2axcodes(image.affine) == ("L", "A", "S")
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), phantom(SHAPE))
    np.testing.assert_allclose(image.header.get_zooms(), SPACING_MM, rtol=1e-6)
    assert len(list(series.iterdir())) == SHAPE[2]


def test_nibabel_s_pydicom_s_and_monai_s_chain_give_one_picture(scan: tuple[Path, Path]) -> None:
    nifti, series = scan
    first = by_nibabel(nifti, SIZE)
    assert first.shape == SIZE and float(first.min()) >= 0 and 0.4 < float(first.max()) <= 1
    torch.testing.assert_close(by_pydicom(series, SIZE), first, rtol=0, atol=1e-6)
    torch.testing.assert_close(by_monai(SIZE, None)(nifti), first, rtol=0, atol=1e-5)


@pytest.mark.skipif(not has_openjpeg(), reason="the codec is not installed: npm run setup -- --dev")
def test_the_compressed_series_gives_the_same_picture_in_two_processes(tmp_path: Path) -> None:
    # The encoder halves a picture five times, and takes none under 32 pixels.
    _, series = write_scan(tmp_path, (48, 40, 5))
    folder = compressed(series)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in series.iterdir())
    first = pydicom.dcmread(next(folder.iterdir()))
    assert first.file_meta.TransferSyntaxUID == JPEG2000Lossless
    with by_pylibjpeg(SIZE) as rival:
        assert torch.equal(rival(folder), by_pydicom(series, SIZE))


def test_monai_s_chain_resamples_where_it_is_asked_to(scan: tuple[Path, Path]) -> None:
    finer = by_monai(SIZE, (0.75, 0.75, 1.5))(scan[0])
    assert finer.shape == SIZE
    assert float((finer - by_nibabel(scan[0], SIZE)).abs().max()) > 1e-3


def test_a_chain_crops_to_what_is_above_the_window_s_lower_end() -> None:
    hu = torch.full((5, 6, 7), -1000)
    hu[1:4, 2:5, 3:6] = 500
    assert torch.equal(finished(hu, (3, 3, 3)), torch.full((3, 3, 3), 0.75))


def test_each_case_has_the_rivals_that_can_do_it(scan: tuple[Path, Path]) -> None:
    names = {
        case: sorted(rivals(case, scan[0], SIZE, (1.0, 1.0, 1.0)))
        for case in ("m3d-compat", "ct-hu", "spacing", "dicom")
    }
    assert names == {
        "m3d-compat": ["monai", "nibabel"],
        "ct-hu": ["nibabel"],
        "spacing": ["monai"],
        "dicom": ["pydicom"],
    }


def test_a_way_in_another_process_gives_the_time_it_took_there() -> None:
    answer = (
        "import sys, json\n"
        "for line in sys.stdin: print(json.dumps({'cpuMs': 2 * json.loads(line)['n']}), flush=True)"
    )
    node = NodeWays([sys.executable, "-c", answer])
    assert node.way(n=4)() == 8.0
    assert node.ask(n=1) == {"cpuMs": 2}
    node.close()


def test_every_case_is_measured_with_tomoe_s_ways_in_node(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[4]
    serve = f"import {{ servePrepWays }} from '{root}/ts/bench/prep/way.ts'; await servePrepWays();"
    node = [
        str(root / "node_modules/.bin/node"),
        "--disable-warning=ExperimentalWarning",
        "--input-type=module",
        "-e",
        serve,
    ]
    settings = {
        "folder": str(tmp_path),
        "shape": [48, 40, 24],
        "size": [8, 16, 16],
        "spacingMm": [0.75, 0.75, 1.5],
        "rounds": 1,
        "threads": 1,
        "node": node,
    }
    rows = tmp_path / "rows.jsonl"
    script = f'exec "$0" -m bench.prep_volume "$1" 3>{rows}'
    subprocess.run(
        ["/bin/sh", "-c", script, sys.executable, json.dumps(settings)],
        check=True,
        cwd=root / "py-runtime",
    )
    cases = [json.loads(line) for line in rows.read_text().splitlines()]
    assert [(case["case"], sorted(case["ways"])) for case in cases] == [
        ("m3d-compat", ["inflate", "monai", "nibabel", "ours"]),
        ("ct-hu", ["inflate", "nibabel", "ours"]),
        ("spacing", ["inflate", "monai", "ours"]),
        ("dicom", ["ours", "pydicom"]),
        ("jpeg2000", ["ours", "pylibjpeg"] if has_openjpeg() else []),
    ]
    for case in cases if has_openjpeg() else cases[:-1]:
        assert case["peakKiB"] > 0
        assert all(rounds["cpuMs"][0] > 0 for rounds in case["ways"].values())
