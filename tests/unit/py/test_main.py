"""The module that is started: what it says when it cannot serve. Whole starts are in tests/contract."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tomoe_worker import __main__ as started
from tomoe_worker.server.launch import boot, guard


def test_a_missing_package_is_named_with_the_python_that_lacks_it_and_the_commands_that_help() -> None:
    error = started.missing_module(ImportError("No module named 'torch'", name="torch"))
    assert (error.code, error.details) == ("ENVIRONMENT", {"module": "torch", "python": sys.executable})
    assert error.what == f"the Python at {sys.executable} cannot import torch: No module named 'torch'"
    assert "npm run setup" in error.hint and "npx tomoe setup" in error.hint


def test_an_import_that_names_no_package_is_told_all_the_same() -> None:
    error = started.missing_module(ImportError("a circle"))
    assert "cannot import a package: a circle" in error.what


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Settings of one rank that says where it listens in a folder; neither signals nor parent are touched."""
    for name, value in {
        "TOMOE_READY": f"file:{tmp_path}/ready.json",
        "TOMOE_LISTEN": "tcp:127.0.0.1",
        "TOMOE_TOKEN": "t" * 32,
        "TOMOE_DEVICE": "cpu",
        "TOMOE_WORLD_SIZE": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TOMOE_PARENT_PID", raising=False)
    monkeypatch.setattr(guard, "ignore_terminal", lambda: None)
    monkeypatch.setattr(guard, "guard_parent", lambda _pid, _space: None)
    return tmp_path / "ready.json"


def test_the_exit_code_is_that_of_serving(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot, "serve", lambda settings: 7 if settings.device == "cpu" else 0)
    assert started.main() == 7
    assert not environment.exists()


def test_a_refusal_goes_over_the_ready_channel_and_to_stderr(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOMOE_TOKEN", "short")
    assert started.main() == 1
    assert '"code": "USAGE_INVALID"' in environment.read_text()
    said = capsys.readouterr().err
    assert said == "[USAGE_INVALID] TOMOE_TOKEN is shorter than 32 characters Use 32 random hex digits.\n"


def test_a_package_that_is_missing_while_it_starts_is_announced(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_settings: object) -> int:
        raise ImportError("No module named 'grpc'", name="grpc")

    monkeypatch.setattr(boot, "serve", broken)
    assert started.main() == 1
    assert '"module": "grpc"' in environment.read_text()
    assert capsys.readouterr().err == "import failed: No module named 'grpc'\n"
