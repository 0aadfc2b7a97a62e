"""execution.compile: compiled blocks train as those that are not, within the band of fast."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from tiny_model import LORA, SHARED_TRAINS, batch, plan, spread_experts, stage, tiny_spec, tiny_tokenizer
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.blocks import require_compiler
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

CPU = torch.device("cpu")
TRAINS = (*SHARED_TRAINS, "lowerVision", "lora")


def losses(**ways: Any) -> list[float]:
    spec = dataclasses.replace(tiny_spec(lora=LORA), precision="fast", **ways)
    model = TomoeModel(spec, tiny_tokenizer(), 1, "cpu")
    model.lift(1)
    spread_experts(model)
    trainer = StageTrainer(model, stage(TRAINS, steps=12), Ranks.alone())
    return [trainer.step(batch(step, seed=step % 3), plan(model)).loss for step in range(12)]


@pytest.mark.skipif(not has_bfloat16(CPU), reason="this processor has no bfloat16 units")
@pytest.mark.parametrize("recompute", ["none", "blocks"])
def test_compiled_blocks_stay_within_two_percent_of_the_first_loss(recompute: str) -> None:
    require_compiler(dataclasses.replace(tiny_spec(), compile="blocks"), CPU)
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    plain, compiled = losses(), losses(compile="blocks", recompute=recompute)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > graphs
    assert plain[-1] < 0.9 * plain[0]
    off = [abs(one - other) / plain[0] for one, other in zip(compiled, plain, strict=True)]
    assert max(off) <= 0.02
