"""The ready message, to each place it may go."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import socket
from pathlib import Path

import pytest
from tiny_worker import SETTINGS
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.launch.ready import announce_failure, announce_ready

RANK_1 = dataclasses.replace(SETTINGS, listen="unix:/run/x", rank=1, local_rank=1, world_size=2)


def check(line: str) -> None:
    assert line.endswith("\n") and line.count("\n") == 1
    said = json.loads(line)
    proof = hashlib.sha256(f"{'t' * 32}:1:unix:/run/x/worker-1.sock".encode()).hexdigest()
    assert said == {
        "ok": True,
        "protocolMajor": 1,
        "protocolMinor": 0,
        "pid": os.getpid(),
        "rank": 1,
        "worldSize": 2,
        "node": socket.gethostname(),
        "address": "unix:/run/x/worker-1.sock",
        "proof": proof,
    }
    assert "t" * 32 not in line


def announce(ready: str) -> None:
    announce_ready(
        dataclasses.replace(RANK_1, ready=ready), address="unix:/run/x/worker-1.sock", protocol=(1, 0)
    )


def test_to_an_inherited_descriptor_which_is_closed_after_it() -> None:
    reading, writing = os.pipe()
    announce(f"fd:{writing}")
    with os.fdopen(reading) as channel:
        check(channel.read())


def test_to_a_file_of_its_rank_in_a_folder_that_appears_whole(tmp_path: Path) -> None:
    announce(f"file:{tmp_path}")
    assert os.listdir(tmp_path) == ["ready-1.json"]
    check((tmp_path / "ready-1.json").read_text())
    assert (tmp_path / "ready-1.json").stat().st_mode & 0o777 == 0o600


def test_to_one_file(tmp_path: Path) -> None:
    announce(f"file:{tmp_path / 'ready.json'}")
    check((tmp_path / "ready.json").read_text())


def test_to_an_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        announce(f"tcp:127.0.0.1:{server.getsockname()[1]}")
        connection, _ = server.accept()
        with connection, connection.makefile() as channel:
            check(channel.read())


@pytest.mark.parametrize("ready", ["fd:9999", "fd:x", "file:/no/such/folder/ready.json", "tcp:127.0.0.1:1"])
def test_a_channel_that_cannot_be_written_is_named(ready: str) -> None:
    with pytest.raises(TomoeError) as caught:
        announce(ready)
    assert caught.value.code == "WORKER_START"
    assert caught.value.what.startswith(f"cannot write the ready message to {ready}")


def test_a_failure_says_code_hint_and_details(tmp_path: Path) -> None:
    error = TomoeError("DEVICE_UNAVAILABLE", "no GPU", hint="use the CPU", details={"gpus": 0})
    announce_failure(error, {"TOMOE_READY": f"file:{tmp_path}", "RANK": "3"})
    assert json.loads((tmp_path / "ready-3.json").read_text()) == {
        "ok": False,
        "rank": 3,
        "error": {
            "code": "DEVICE_UNAVAILABLE",
            "what": "no GPU",
            "hint": "use the CPU",
            "details": {"gpus": 0},
        },
    }


def test_a_failure_nobody_waits_for_is_not_announced() -> None:
    announce_failure(TomoeError("INTERNAL", "x", hint="y"), {})
