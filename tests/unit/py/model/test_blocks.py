"""model/blocks.py: insides of blocks kept or computed again, to the same bits; compiled where it can be."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from tiny_model import LORA, SHARED_TRAINS, batch, plan, spread_experts, stage, tiny_spec, tiny_tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model import blocks
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.blocks import BlockRunner
from tomoe_worker.model.io.checkpoint import weights_digest
from tomoe_worker.model.lift.walk import tower_block
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.train.cost import Leaning, Mix, stage_cost
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.forward import StageForward
from tomoe_worker.train.trainer import StageTrainer
from torch._inductor import cpp_builder
from torch._inductor.exc import InvalidCxxCompiler
from torch.utils import _triton

ROOT = Path(__file__).resolve().parents[4]
DEEP = {"vision": {"layers": 7, "blocks_read": 6}, "language": {"layers": 4}, "lora": LORA}
ALL = (*SHARED_TRAINS, "lowerVision", "lora", "patchHead", "factHeads")
WHOLE = stage(ALL, ("language", "patches", "facts"))


def model_of(recompute: str, precision: str = "strict", device: str = "cpu") -> TomoeModel:
    parts: dict[str, Any] = {**DEEP, "moe": {"sites": ("vision.blocks.3.mlp", "vision.blocks.5.mlp")}}
    spec = dataclasses.replace(tiny_spec(**parts), recompute=recompute, precision=precision)
    model = TomoeModel(spec, tiny_tokenizer(), 1, device)
    model.lift(1)
    return model if device == "meta" else spread_experts(model)


def trained(recompute: str, precision: str = "strict") -> tuple[list[float], dict[str, torch.Tensor], str]:
    """Losses of three steps, the gradients of the last, and the weights behind it."""
    model = model_of(recompute, precision)
    trainer = StageTrainer(model, WHOLE, Ranks.alone())
    losses = [trainer.step(batch(step), plan(model, balance=0.01, z=1e-3)).loss for step in range(3)]
    gradients = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
    return losses, gradients, weights_digest(model)


@pytest.mark.parametrize("precision", ["strict", "fast"])
def test_what_is_computed_again_gives_the_loss_and_the_gradients_of_what_is_kept_bit_for_bit(
    precision: str,
) -> None:
    if precision == "fast" and not has_bfloat16(torch.device("cpu")):
        pytest.skip("this processor has no bfloat16 units")
    kept, again = trained("none", precision), trained("blocks", precision)
    assert again[0] == kept[0] and again[2] == kept[2]
    assert again[1].keys() == kept[1].keys() and len(kept[1]) > 100
    assert all(torch.equal(again[1][name], gradient) for name, gradient in kept[1].items())


def saved_bytes(recompute: str) -> int:
    """What autograd holds for the backward pass besides weights."""
    model = model_of(recompute)
    StageTrainer(model, WHOLE, Ranks.alone())
    forward = StageForward(model, WHOLE)
    (part,) = forward.parts(batch(0), 0)
    kept: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        found = forward.run(part, plan(model))
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    assert found.sums
    return sum(size for address, size in kept.items() if address not in weights)


def test_far_less_is_kept_for_the_backward_pass() -> None:
    # Inputs of blocks, embeddings, heads and losses are left.
    assert saved_bytes("blocks") < 0.3 * saved_bytes("none")


def test_the_cost_of_a_stage_knows_what_is_computed_again() -> None:
    mix = Mix(volumes=2, tasks=("report", "closed-vqa"), side=16)
    found = []
    for recompute in ("none", "blocks"):
        model = model_of(recompute, device="meta")
        found.append(stage_cost(model, WHOLE, mix, plan(model), Leaning(None)))
    kept, again = found
    assert again.activation_bytes < 0.5 * kept.activation_bytes
    # Forward once more: a third of forward and backward, less what stands outside the blocks.
    assert 1.15 * kept.step_flops < again.step_flops < 1.34 * kept.step_flops
    assert (again.trainable, again.checkpoint_bytes) == (kept.trainable, kept.checkpoint_bytes)


def test_what_is_drawn_inside_a_block_is_drawn_again_the_same() -> None:
    runner = BlockRunner(dataclasses.replace(tiny_spec(), recompute="blocks"))
    torch.manual_seed(3)
    x = torch.randn(64, requires_grad=True)
    y = runner.plain(lambda given: F.dropout(given, 0.5) * given, x)
    y.sum().backward()
    kept = (y.detach() != 0).float() * 2
    assert 10 < int((kept == 0).sum()) < 54
    torch.testing.assert_close(x.grad, 2 * x.detach() * kept)


def test_what_takes_no_gradient_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("blocks")
    trainer = StageTrainer(model, stage(("upperVision", "projector")), Ranks.alone())
    seen: list[int] = []
    places = {id(model.tower.block(index)): index for index in range(6)}

    def watched(x: torch.Tensor, of: Any, *given: Any) -> torch.Tensor:
        seen.append(places[id(of)])
        return tower_block(x, of, *given)

    monkeypatch.setattr("tomoe_worker.model.lift.walk.tower_block", watched)
    trainer.step(batch(0), plan(model))
    first = model.tower.first_upper
    assert {block: seen.count(block) for block in seen if block < first} == dict.fromkeys(range(first), 2)
    # Once forward, once in the backward pass; the two volumes of the batch are walked together.
    assert seen.count(first) == 2


@pytest.mark.skipif(
    not has_bfloat16(torch.device("cpu")), reason="this processor has no bfloat16 units, which is told first"
)
def test_a_machine_without_a_compiler_refuses_to_compile_before_anything_is_built() -> None:
    code = f"""
import dataclasses, sys
sys.path[:0] = [{str(ROOT / "py-runtime")!r}, {str(ROOT / "tests" / "support")!r}]
from tiny_model import tiny_spec, tiny_tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
spec = dataclasses.replace(tiny_spec(), precision="fast", compile="blocks")
try:
    TomoeModel(spec, tiny_tokenizer(), 1, "cpu")
except TomoeError as error:
    print(error.code, error.what, error.hint, sep=" | ")
"""
    bare = {name: value for name, value in os.environ.items() if name not in ("CXX", "CC")}
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**bare, "PATH": "/nowhere"}
    )
    assert child.stdout.strip() == (
        "DEVICE_UNAVAILABLE | compiled blocks on cpu need a C++ compiler, which this machine lacks | "
        "Install it, or set execution.compile to none."
    ), child.stderr


def test_a_gpu_is_asked_for_triton_and_no_numbers_need_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise InvalidCxxCompiler

    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", none)
    monkeypatch.setattr(_triton, "has_triton", lambda: False)
    compiled = dataclasses.replace(tiny_spec(), precision="fast", compile="blocks")
    with pytest.raises(TomoeError, match="compiled blocks on cuda:0 need Triton") as caught:
        blocks.require_compiler(compiled, torch.device("cuda", 0))
    assert caught.value.code == "DEVICE_UNAVAILABLE"
    blocks.require_compiler(compiled, torch.device("meta"))
    blocks.require_compiler(tiny_spec(), torch.device("cpu"))


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"recompute": "all"}, "recompute is 'all', it must be one of none, blocks"),
        ({"compile": "all"}, "compile is 'all', it must be one of none, blocks"),
        ({"compile": "blocks"}, "compile is blocks, which precision strict does not admit"),
    ],
)
def test_a_way_to_run_blocks_that_there_is_not_is_refused_by_the_spec(fields: Any, what: str) -> None:
    with pytest.raises(TomoeError, match=what) as caught:
        TomoeModel(dataclasses.replace(tiny_spec(), **fields), tiny_tokenizer(), 1, "cpu")
    assert caught.value.code == "CONFIG_INVALID"
