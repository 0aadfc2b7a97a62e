"""machine/process_state.py: what libraries keep for the whole process is put back between two runs."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.process_state import ProcessState

CPU = torch.device("cpu")
RUNTIME = str(Path(__file__).resolve().parents[4] / "py-runtime")


@pytest.fixture
def state() -> Iterator[ProcessState]:
    """This process as it stands; afterwards it stands so again."""
    taken = ProcessState.take()
    yield taken
    taken.restore(CPU)


def test_every_random_state_goes_on_where_it_was(state: ProcessState) -> None:
    def states() -> tuple[object, str, list[int]]:
        return random.getstate(), repr(np.random.get_state()), torch.get_rng_state().tolist()

    first = states()
    random.seed(7)
    np.random.seed(7)
    torch.manual_seed(7)
    assert all(one != other for one, other in zip(first, states(), strict=True))
    state.restore(CPU)
    assert states() == first


def test_flags_of_torch_are_those_of_the_start(state: ProcessState) -> None:
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cuda.enable_flash_sdp(False)
    torch.set_default_dtype(torch.float64)
    torch.set_anomaly_enabled(True)
    state.restore(CPU)
    assert ProcessState.take().flags == state.flags
    assert torch.empty(1).dtype == torch.float32 and not torch.is_anomaly_enabled()


def test_environment_and_folder_are_those_of_the_start(state: ProcessState, tmp_path: Path) -> None:
    os.environ["TOMOE_OF_A_RUN"] = "1"
    home = os.environ.pop("PATH")
    os.environ["LANG"] = "of a run"
    os.chdir(tmp_path)
    state.restore(CPU)
    assert dict(os.environ) == state.environment and os.environ["PATH"] == home
    assert os.getcwd() == state.flags["folder"]


def test_what_was_warned_of_once_is_warned_of_again(state: ProcessState) -> None:
    def warn() -> None:
        warnings.warn("of a run", UserWarning, stacklevel=1)

    def warned() -> int:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("default")
            warn()
            warn()
        return len(told)

    assert warned() == 1
    warnings.simplefilter("ignore")
    state.restore(CPU)
    assert tuple(warnings.filters) == state.filters
    assert warned() == 1


def test_what_cannot_be_put_back_is_named(state: ProcessState) -> None:
    handle = torch.nn.modules.module.register_module_forward_hook(lambda *_: None)
    try:
        with pytest.raises(TomoeError) as caught:
            state.restore(CPU)
    finally:
        handle.remove()
    assert (caught.value.code, caught.value.what) == (
        "WORKER_STATE",
        "the process is not as it was: module hooks",
    )
    assert caught.value.details == {"changed": ["module hooks"]}


def test_a_seeded_process_is_again_one_that_nobody_seeded() -> None:
    # The reference is a process of its own, in which nothing was ever drawn.
    code = f"""
import sys; sys.path.insert(0, {RUNTIME!r})
import torch
from tomoe_worker.machine.process_state import ProcessState
fresh = torch.get_rng_state()
state = ProcessState.take()
torch.manual_seed(3); torch.randn(5)
state.restore(torch.device("cpu"))
print(torch.equal(fresh, torch.get_rng_state()))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True"]


def test_memory_that_nothing_uses_goes_back_to_the_system(state: ProcessState) -> None:
    from tomoe_worker.server.calls.telemetry import resident_bytes

    # Many small ones: a single large one is mapped by itself and goes back anyway.
    held = [torch.ones(4000) for _ in range(8000)]
    before = resident_bytes()
    held.clear()
    state.restore(CPU)
    assert resident_bytes() < before - 8000 * 16_000 * 3 // 4
