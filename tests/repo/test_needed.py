"""What the locks hold: what is needed on every machine, from the metadata of what is installed."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "support" / "needed.py"


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("needed", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


needed, machine = loaded().needed, loaded().machine


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that only their metadata says anything of."""

    def package(name: str, version: str, *requires: str) -> None:
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {line}" for line in requires]
        (folder / "METADATA").write_text("\n".join(lines) + "\n\n")

    package(
        "Root.One", "1.0", "leaf>=1", "other-leaf[fast]>=2", 'old-only; python_version < "3.12"', "torch>=2"
    )
    package("leaf", "1.5", "Root_One", 'arm-only; platform_machine == "aarch64"', 'tools; extra == "dev"')
    package("other-leaf", "2.1+own", 'speed; extra == "fast"', 'more; extra == "all"')
    for name in ("old-only", "arm-only", "speed"):
        package(name, "3.0")
    package("torch", "2.0", "heavy")
    package("heavy", "9.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("python", "arch", "besides"),
    [("3.11", "x86_64", {"old-only"}), ("3.12", "x86_64", set()), ("3.14", "aarch64", {"arm-only"})],
)
@pytest.mark.usefixtures("installed")
def test_a_need_counts_where_its_marker_holds_and_its_extra_was_asked_for(
    python: str, arch: str, besides: set[str]
) -> None:
    found = needed(["root-one~=1.0"], machine(python, arch))
    assert set(found) == {"root-one", "leaf", "other-leaf", "speed", *besides}
    assert (found["root-one"], found["other-leaf"]) == ("1.0", "2.1+own")


@pytest.mark.usefixtures("installed")
def test_an_extra_asked_for_later_counts_as_well_as_the_package_without_it() -> None:
    plain = needed(["other-leaf"], machine("3.12", "x86_64"))
    both = needed(["other-leaf", "other-leaf[fast]"], machine("3.12", "x86_64"))
    assert (set(plain), set(both)) == ({"other-leaf"}, {"other-leaf", "speed"})


def test_what_is_needed_there_and_not_installed_here_is_named(installed: Path) -> None:
    (installed / "leaf-1.5.dist-info" / "METADATA").unlink()
    (installed / "leaf-1.5.dist-info").rmdir()
    run = subprocess.run(
        [sys.executable, str(SCRIPT), "3.13", "x86_64", "Root.One"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(installed)},
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.strip() == "leaf is needed by Python 3.13 on x86_64 and not installed here"


def test_the_lock_of_the_worker_holds_all_that_it_needs_on_every_machine_at_the_version_installed_here() -> (
    None
):
    lines = (ROOT / "py-runtime" / "requirements.lock").read_text().splitlines()
    locked = dict(line.removesuffix(" \\").split("==") for line in lines if re.match(r"[a-z0-9]", line))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    roots = [name for name in project["dependencies"] if not re.match(r"torch\b", name)]
    assert len(roots) > 5
    for python in ("3.11", "3.12", "3.13", "3.14"):
        for arch in ("x86_64", "aarch64"):
            found = needed(roots, machine(python, arch))
            assert {name: locked.get(name) for name in found} == found
