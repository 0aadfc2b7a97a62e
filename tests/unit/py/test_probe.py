"""The probe of the environment: what ``tomoe doctor`` is told of the Python side."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.probe import import_each, installed_versions, probe

RUNTIME = Path(__file__).parents[3] / "py-runtime"


def run_probe(*arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    env = {"PYTHONPATH": f"{RUNTIME}:{path}", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-m", "tomoe_worker.probe", *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_versions_are_those_of_the_metadata_and_missing_ones_are_none() -> None:
    found = installed_versions(["numpy", "no-such-distribution"])
    assert found == {"numpy": importlib.metadata.version("numpy"), "no-such-distribution": None}


def test_an_import_that_works_is_none_and_one_that_fails_is_its_error() -> None:
    outcomes = import_each(["json", "no_such_module"])
    assert outcomes["json"] is None
    assert outcomes["no_such_module"] == "ModuleNotFoundError: No module named 'no_such_module'"


def test_words_after_each_flag_belong_to_it() -> None:
    document = probe(["numpy", "--import", "json", "--packages", "grpcio"])
    assert set(document["packages"]) == {"numpy", "grpcio"}
    assert document["imports"] == {"json": None}
    assert document["torch"] is None


def test_without_imports_it_loads_no_torch() -> None:
    result = run_probe("--packages", "torch", "numpy")
    document = json.loads(result.stdout)
    assert document["python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert document["executable"] == sys.executable
    assert document["packages"]["torch"] == importlib.metadata.version("torch")
    assert document["torch"] is None


def test_an_imported_torch_tells_its_device() -> None:
    document = json.loads(run_probe("--import", "torch").stdout)
    assert document["imports"] == {"torch": None}
    assert document["torch"]["version"] == importlib.metadata.version("torch")
    assert document["torch"]["threads"] >= 1
    assert document["torch"]["cpuCapability"] != ""
    assert document["torch"]["bfloat16"] == has_bfloat16(torch.device("cpu"))
    assert isinstance(document["torch"]["devices"], list)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        (
            "print('chatter')\nraise OSError('lib.so.1: cannot open\\nsecond line')",
            "OSError: lib.so.1: cannot open",
        ),
        ("import sys; sys.stdout.write('chatter')", None),
    ],
)
def test_a_module_that_misbehaves_spoils_nothing(tmp_path: Path, body: str, expected: str | None) -> None:
    (tmp_path / "misbehaves.py").write_text(body)
    result = run_probe("--import", "misbehaves", "json", path=str(tmp_path))
    assert result.returncode == 0
    assert json.loads(result.stdout)["imports"] == {"misbehaves": expected, "json": None}
