"""Binding, joining and ending; a whole start and stop is in tests/contract."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
import torch
from tiny_worker import SETTINGS
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.launch.boot import Ending, bind, join_ranks

RUNTIME = str(Path(__file__).parents[5] / "py-runtime")


def server() -> grpc.Server:
    return grpc.server(ThreadPoolExecutor(1))


def test_tcp_takes_a_port_of_the_kernels_choice_and_unix_a_socket_of_the_rank(tmp_path: Path) -> None:
    host, port = bind(server(), SETTINGS).split(":")
    assert host == "127.0.0.1" and int(port) > 1023
    address = bind(server(), dataclasses.replace(SETTINGS, listen=f"unix:{tmp_path}", rank=3))
    assert address == f"unix:{tmp_path}/worker-3.sock"


def test_an_address_that_cannot_be_bound_is_named_with_a_hint(tmp_path: Path) -> None:
    folder = f"{tmp_path}/{'x' * 120}"
    with pytest.raises(TomoeError) as caught:
        bind(server(), dataclasses.replace(SETTINGS, listen=f"unix:{folder}"))
    assert caught.value.code == "WORKER_START"
    assert caught.value.what.startswith(f"cannot listen on unix:{folder}/worker-0.sock")
    assert "103 bytes" in caught.value.hint


def test_who_asks_first_decides_the_exit_code() -> None:
    ending = Ending()
    ending.ask(1)
    ending.ask(0)
    assert ending.wait() == 1


def test_one_rank_joins_nobody() -> None:
    ranks = join_ranks(SETTINGS, torch.device("cpu"))
    assert (ranks.rank, ranks.world_size) == (0, 1)


def test_ranks_that_torchrun_did_not_start_cannot_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MASTER_ADDR", "MASTER_PORT", "RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(TomoeError) as caught:
        join_ranks(dataclasses.replace(SETTINGS, world_size=2), torch.device("cpu"))
    assert caught.value.code == "WORKER_START" and caught.value.what.startswith(
        "rank 0 could not join the other 1: "
    )


def run_worker(folder: Path, environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    whole = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": RUNTIME,
        "TOMOE_READY": f"file:{folder}/ready.json",
        "TOMOE_LISTEN": "tcp:127.0.0.1",
        "TOMOE_TOKEN": "t" * 32,
        "TOMOE_DEVICE": "cpu",
        "TOMOE_WORLD_SIZE": "1",
        **environment,
    }
    command = [sys.executable, *options, "-m", "tomoe_worker"]
    return subprocess.run(command, env=whole, capture_output=True, text=True, timeout=600, check=False)


def test_a_setting_that_is_wrong_is_told_over_the_ready_channel_and_on_stderr(tmp_path: Path) -> None:
    done = run_worker(tmp_path, {"TOMOE_DEVICE": "tpu"})
    assert done.returncode == 1
    assert '"code": "USAGE_INVALID"' in (tmp_path / "ready.json").read_text()
    assert done.stderr == "[USAGE_INVALID] TOMOE_DEVICE is 'tpu' It begins with one of: auto, cpu, cuda.\n"


def test_a_python_without_a_package_names_it_and_the_command_that_mends_it(tmp_path: Path) -> None:
    # -S leaves site-packages out: a Python on which nothing was installed.
    done = run_worker(tmp_path, {}, "-S")
    said = (tmp_path / "ready.json").read_text()
    assert done.returncode == 1 and '"code": "ENVIRONMENT"' in said and "npm run setup" in said
    assert "cannot import" in said
