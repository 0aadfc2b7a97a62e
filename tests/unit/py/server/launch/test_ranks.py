"""The launcher of several ranks, in a process of its own; whole worlds are in tests/contract."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[5] / "py-runtime"
# torchrun is replaced: what is looked at is how it would have been called, and under which parent.
LAUNCH = """
import json, os, sys
sys.path.insert(0, {runtime!r})
import torch.distributed.run as run
from tomoe_worker.server.launch import ranks
def told(arguments):
    held = {{name: value for name, value in os.environ.items() if name.startswith("TOMOE_")}}
    print(json.dumps({{"arguments": arguments, "environment": held, "pid": os.getpid()}}))
run.main = told
ranks.main()
"""


def launch(count: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr; stdin stays open meanwhile, since its end would end the launcher."""
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCH.format(runtime=str(RUNTIME)), count],
        env={"PATH": os.environ["PATH"], **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        said, complained = process.stdout.read(), process.stderr.read()
        return process.wait(), said, complained


def test_torchrun_starts_this_package_once_a_rank_on_this_host_and_restarts_none() -> None:
    told = json.loads(launch("3", TOMOE_PARENT_PID=str(os.getpid()))[1])
    assert told["arguments"][-2:] == ["--module", "tomoe_worker"]
    assert {"--nnodes=1", "--nproc-per-node=3", "--max-restarts=0"} <= set(told["arguments"])
    assert {"--local-addr=127.0.0.1", "--rdzv-endpoint=127.0.0.1:0"} <= set(told["arguments"])


def test_the_ranks_die_with_the_launcher_which_dies_with_the_conductor() -> None:
    told = json.loads(launch("2", TOMOE_PARENT_PID=str(os.getpid()), TOMOE_TOKEN="t")[1])
    assert told["environment"]["TOMOE_PARENT_PID"] == str(told["pid"]) != str(os.getpid())
    assert told["environment"]["TOMOE_PARENT_SPACE"]
    assert told["environment"]["TOMOE_TOKEN"] == "t"


def test_without_a_conductor_on_this_host_it_starts_all_the_same() -> None:
    told = json.loads(launch("2", TOMOE_PARENT_PID="elsewhere")[1])
    assert told["environment"]["TOMOE_PARENT_PID"] == str(told["pid"])


@pytest.mark.parametrize("count", ["two", ""])
def test_a_number_of_ranks_that_is_none_starts_nothing(count: str) -> None:
    code, said, complained = launch(count, TOMOE_PARENT_PID=str(os.getpid()))
    assert (code, said) == (1, "") and "ValueError" in complained
