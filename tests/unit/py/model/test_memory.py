"""model/memory.py: the estimate follows what autograd keeps, and real exhaustion is a typed error."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny_model import SHARED_TRAINS, batch, items_on, plan, stage, tiny_model, tiny_spec, tiny_tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.memory import bytes_per_volume, memory_guard
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

ROOT = Path(__file__).resolve().parents[4]
PARTS = {
    "vision": {"hidden": 64, "mlp": 256, "heads": 4},
    "language": {"hidden": 64, "mlp": 192, "heads": 4, "key_value_heads": 4},
}

EXHAUST = """
import resource, sys
sys.path[:0] = [{runtime!r}, {support!r}]
import torch
torch.set_num_threads(1)
from tiny_model import SHARED_TRAINS, batch, items_on, plan, stage, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.checkpoint import weights_digest
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer
model = tiny_model(vision={{"hidden": 64, "mlp": 256, "heads": 4}})
running = StageTrainer(model, stage((*SHARED_TRAINS, "lowerVision")), Ranks.alone())
running.step(batch(0), plan(model))
digest = weights_digest(model)
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 200_000_000, resource.RLIM_INFINITY))
try:
    running.step(batch(1, volumes=160), plan(model))
except TomoeError as error:
    print(error.code, error.details["volumes"], error.details["fits"], weights_digest(model) == digest)
    print(error)
print(running.step(batch(1, volumes=2), plan(model)).step)
"""


@pytest.mark.parametrize("precision", ["strict", "fast"])
def test_the_estimate_is_within_a_factor_of_two_of_what_autograd_keeps(precision: str) -> None:
    if precision == "fast" and not has_bfloat16(torch.device("cpu")):
        pytest.skip("this processor has no bfloat16 units")
    for depth, volumes in ((4, 2), (4, 4), (1, 4)):
        spec = dataclasses.replace(tiny_spec(**PARTS), precision=precision)
        model = TomoeModel(spec, tiny_tokenizer(), 1, "cpu")
        model.lift(1)
        running = StageTrainer(model, stage((*SHARED_TRAINS, "lowerVision")), Ranks.alone())
        kept: dict[int, int] = {}
        alive: list[torch.UntypedStorage] = []  # so that no address is used twice

        def pack(
            tensor: torch.Tensor,
            into: dict[int, int] = kept,
            held: list[torch.UntypedStorage] = alive,
        ) -> torch.Tensor:
            storage = tensor.untyped_storage()
            into[storage.data_ptr()] = storage.nbytes()
            held.append(storage)
            return tensor

        held = batch(0, volumes=volumes, depth=depth)
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            running.step(held, plan(model))
        weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
        measured = sum(size for address, size in kept.items() if address not in weights)
        estimated = volumes * bytes_per_volume(
            model.base, model.spec, depth, len(items_on(volumes)) / volumes, training=True
        )
        assert 0.5 < estimated / measured < 2.0, (depth, volumes, estimated, measured)


def test_the_estimate_is_linear_in_depth_and_grows_with_items_and_training() -> None:
    model = tiny_model(lift={"depth": 8})

    def estimate(depth: int, items: int, training: bool = True) -> int:
        return bytes_per_volume(model.base, model.spec, depth, items, training)

    assert estimate(8, 2) <= 2 * estimate(4, 2)
    assert estimate(4, 4) > estimate(4, 2) > estimate(4, 2, training=False)


def test_less_is_said_to_be_kept_of_blocks_that_are_computed_again() -> None:
    # The inputs of six blocks and four layers, and the insides of one of each, in place of all insides.
    model = tiny_model(vision={"layers": 7, "blocks_read": 6}, language={"layers": 4})
    again = dataclasses.replace(model.spec, recompute="blocks")
    kept, less = (bytes_per_volume(model.base, spec, 4, 2, training=True) for spec in (model.spec, again))
    assert 0.2 * kept < less < 0.5 * kept
    answers = {bytes_per_volume(model.base, spec, 4, 2, training=False) for spec in (model.spec, again)}
    assert len(answers) == 1


def test_exhaustion_says_what_would_fit_and_leaves_the_stage_usable() -> None:
    code = EXHAUST.format(runtime=str(ROOT / "py-runtime"), support=str(ROOT / "tests" / "support"))
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr[-2000:]
    facts, message, step = child.stdout.strip().splitlines()
    asked_code, volumes, fits, same = facts.split()
    assert (asked_code, volumes, same, step) == ("OUT_OF_MEMORY", "160", "True", "1")
    assert 0 < int(fits) < 160
    assert message.startswith("[OUT_OF_MEMORY] 160 volumes of 4 slices with 640 items need about ")
    assert f"about {fits} volumes would fit in one batch" in message


def test_allocation_failures_of_every_kind_are_recognised_and_other_errors_pass() -> None:
    model, volumes = tiny_model(), batch(0).volumes
    for failure in (
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ):
        with (
            pytest.raises(TomoeError, match=r"\[OUT_OF_MEMORY\]") as caught,
            memory_guard(model, volumes, 4, True),
        ):
            raise failure
        assert caught.value.__cause__ is failure
    with pytest.raises(RuntimeError, match="shapes differ"), memory_guard(model, volumes, 4, True):
        raise RuntimeError("shapes differ")
