"""Which device a rank takes."""

from __future__ import annotations

import json
from unittest import mock

import pytest
import torch
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.device import (
    choose_device,
    describe_environment,
    precision,
    prepare_torch,
    set_precision,
)


def gpus(count: int) -> mock._patch[mock.Mock]:
    return mock.patch.multiple(torch.cuda, is_available=lambda: count > 0, device_count=lambda: count)


def test_auto_is_the_cpu_where_there_is_no_gpu_and_a_gpu_where_there_is_one() -> None:
    with gpus(0):
        assert choose_device("auto", 0) == torch.device("cpu")
    with gpus(2):
        assert choose_device("auto", 1) == torch.device("cuda", 1)
        assert choose_device("cpu", 1) == torch.device("cpu")


@pytest.mark.parametrize(("count", "wanted", "rank"), [(0, "cuda", 0), (1, "cuda", 1), (1, "auto", 1)])
def test_a_gpu_that_is_not_there_is_refused_and_never_replaced(count: int, wanted: str, rank: int) -> None:
    with gpus(count), pytest.raises(TomoeError) as caught:
        choose_device(wanted, rank)
    assert caught.value.code == "DEVICE_UNAVAILABLE"
    assert caught.value.what.startswith(f"rank {rank} of this node needs GPU {rank}, ")
    assert caught.value.what.endswith(f"sees {count}")
    assert "--device cpu" in caught.value.hint


def test_torch_is_made_repeatable_and_the_environment_says_so_in_plain_json(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    before = torch.are_deterministic_algorithms_enabled()
    try:
        prepare_torch(torch.device("cpu"))
        facts = describe_environment(torch.device("cpu"))
    finally:
        torch.use_deterministic_algorithms(before)
    assert facts["precision"] == "float32 tf32:no deterministic:yes"
    assert (facts["hashSeed"], facts["cublasWorkspace"]) == ("0", "unset")
    assert facts["torch"] == torch.__version__
    assert {"python", "cpuCapability", "threads", "transformers", "pyarrow"} <= facts.keys()
    assert json.loads(json.dumps(facts)) == facts


def test_strict_takes_what_repeats_and_fast_what_is_quick() -> None:
    before = torch.are_deterministic_algorithms_enabled()
    try:
        set_precision("fast")
        assert precision() == "float32 tf32:yes deterministic:no" and torch.backends.cudnn.benchmark
        set_precision("strict")
        assert precision() == "float32 tf32:no deterministic:yes" and not torch.backends.cudnn.benchmark
    finally:
        torch.use_deterministic_algorithms(before)


def test_precision_tells_what_torch_was_set_to() -> None:
    before = torch.backends.cuda.matmul.allow_tf32
    try:
        torch.backends.cuda.matmul.allow_tf32 = True
        assert " tf32:yes " in precision()
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
