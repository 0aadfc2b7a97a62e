"""train/distributed.py: two gloo ranks compute what one does, and differences of plan stop the step."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from rank_steps import KINDS, one_step
from tiny_model import SPECIFIC_TRAINS, batch, plan, spread_experts, stage, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

ROOT = Path(__file__).resolve().parents[4]
STEPS = 3

RANK = """
import dataclasses, hashlib, json, os, sys
sys.path[:0] = [{runtime!r}, {support!r}]
import torch, torch.distributed as dist
from datetime import timedelta
torch.set_num_threads(1)
from rank_steps import KINDS, one_step
from tiny_model import SPECIFIC_TRAINS, batch, plan, spread_experts, stage, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer
from tomoe_worker.train.trial import StageTrial, try_stage
dist.init_process_group("gloo", timeout=timedelta(seconds=600))
ranks = Ranks.joined()
model = spread_experts(tiny_model(per_task=True))
# One volume at a time on each rank, its closed questions behind one prefix, against all items apart.
spec = stage(SPECIFIC_TRAINS, routing="per-task", warmup_fraction=0.0, micro_batch=1, task_cosine_every=1,
             share_prefix=True)
weights = [float(one.detach().double().sum()) for one in model.parameters()]
held = batch(0, volumes=4)
own = [index for index in range(4) if index % 2 == ranks.rank]
asked = tuple(dataclasses.replace(one, volume_index=own.index(one.volume_index))
              for one in held.items if one.volume_index in own)
share = dataclasses.replace(held, volumes=tuple(held.volumes[index] for index in own), items=asked)
base = StageTrial(stage=spec, plan=plan(model), batches=(share,), first_step=0, beside=0)
clipped = dataclasses.replace(base, stage=dataclasses.replace(spec, clip_norm=1e-9))
tried = [[one.losses, one.apart] for one in try_stage(model, [base, base, clipped], ranks)]
tried.append(weights == [float(one.detach().double().sum()) for one in model.parameters()])
told = {{}}
for kind in KINDS:
    gradients, result = one_step(kind, ranks, micro_batch=1)
    torch.save(gradients, "{folder}/" + f"{{kind}}-{{ranks.rank}}.pt")
    told[kind] = [result.loss, result.objective_losses, result.terms, result.expert_load.tokens_LGE.tolist()]
nobody = dataclasses.replace(share, items=())
try:
    StageTrainer(model, dataclasses.replace(spec, task_cosine_every=0), ranks).step(nobody, plan(model))
except TomoeError as error:
    told["nobody"] = [error.code, str(error)]
running = StageTrainer(model, spec, ranks)
out = []
try:
    for step in range({steps} + 1):
        whole = batch(step, volumes=4, seed=10 * step)
        mine = [index for index in range(4) if index % 2 == ranks.rank]
        # Rank 1 sees no report: its report group gets gradients from rank 0 alone.
        items = tuple(dataclasses.replace(one, volume_index=mine.index(one.volume_index))
                      for one in whole.items if one.volume_index in mine and not (one.task == "report" and
                      ranks.rank))
        share = dataclasses.replace(whole, volumes=tuple(whole.volumes[index] for index in mine), items=items)
        bias = (0.1 * ranks.rank if step == {steps} else 0.0, 0.0, 0.0, 0.0)
        if step == {steps}:
            sums = [float(parameter.detach().double().sum()) for parameter in model.parameters()]
        steering = plan(model, balance=0.01, z=0.001, bias=bias)
        ranks.require_one_plan(hashlib.sha256(repr(steering).encode()).hexdigest(), step)
        result = running.step(share, steering)
        out.append([result.loss, result.gradient_norm, result.objective_losses, result.terms,
        result.expert_load.tokens_LGE.tolist(), result.expert_load.body_LGE.tolist(),
        [[one.block, one.one, one.other, one.cosine] for one in result.cosines]])
except TomoeError as error:
    after = [float(parameter.detach().double().sum()) for parameter in model.parameters()]
    print(json.dumps({{"tried": tried, "steps": out, "told": told, "sums": sums, "after": after,
    "code": error.code, "message": str(error)}}))
finally:
    dist.destroy_process_group()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gradients")


@pytest.fixture(scope="module")
def two_ranks(folder: Path) -> list[dict[str, Any]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = RANK.format(
        runtime=str(ROOT / "py-runtime"), support=str(ROOT / "tests" / "support"), steps=STEPS, folder=folder
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "RANK": str(rank),
                "WORLD_SIZE": "2",
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "OMP_NUM_THREADS": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    answers = []
    for process in started:
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, err[-2000:]
        answers.append(json.loads(out.strip().splitlines()[-1]))
    return answers


def test_two_ranks_in_micro_batches_equal_one_without_within_1e_6_with_identical_loads(
    two_ranks: list[dict[str, Any]],
) -> None:
    first, second = two_ranks
    assert first == second
    model = spread_experts(tiny_model(per_task=True))
    running = StageTrainer(
        model,
        stage(SPECIFIC_TRAINS, routing="per-task", warmup_fraction=0.0, task_cosine_every=1),
        Ranks.alone(),
    )
    for step in range(STEPS):
        whole = batch(step, volumes=4, seed=10 * step)
        items = tuple(one for one in whole.items if one.task != "report" or one.volume_index % 2 == 0)
        alone = running.step(dataclasses.replace(whole, items=items), plan(model, balance=0.01, z=0.001))
        loss, norm, means, terms, load, body, cosines = first["steps"][step]
        assert loss == pytest.approx(alone.loss, rel=1e-6)
        assert norm == pytest.approx(alone.gradient_norm, rel=1e-5)
        assert means == {"language": pytest.approx(alone.objective_losses["language"], rel=1e-6)}
        # Routing weighs as well: the terms of all ranks and parts are those of one, and sum to the loss.
        assert terms == {name: pytest.approx(term, rel=1e-5) for name, term in alone.terms.items()}
        assert list(terms) == ["language", "balance", "z"]
        assert sum(terms.values()) == pytest.approx(loss, rel=1e-6)
        assert load == alone.expert_load.tokens_LGE.tolist()
        assert body == alone.expert_load.body_LGE.tolist()
        # A pair that only one rank has items of is compared all the same.
        assert cosines == [
            [one.block, one.one, one.other, pytest.approx(one.cosine, abs=1e-4)] for one in alone.cosines
        ]
        assert {one for _, one, *_ in cosines} == {"report", "closed-vqa"}
    sums = [float(parameter.detach().double().sum()) for parameter in model.parameters()]
    assert first["sums"] == pytest.approx(sums, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_two_ranks_is_that_of_one_within_1e_6_of_its_norm(
    two_ranks: list[dict[str, Any]], folder: Path, kind: str
) -> None:
    """Experts, none, adapters; a rank whose volumes nobody asks about, without and with labels of them."""
    alone, result = one_step(kind, Ranks.alone(), micro_batch=1)
    loss, means, terms, load = two_ranks[0]["told"][kind]
    assert two_ranks[1]["told"][kind] == two_ranks[0]["told"][kind]
    whole = torch.cat([one.flatten().double() for one in alone.values()])
    for rank in range(2):
        summed = torch.load(folder / f"{kind}-{rank}.pt")
        assert summed.keys() == alone.keys()
        found = torch.cat([summed[name].flatten().double() for name in alone])
        assert float((found - whole).norm() / whole.norm()) < 1e-6
    assert loss == pytest.approx(result.loss, rel=1e-6)
    assert means == pytest.approx(result.objective_losses, rel=1e-6)
    assert terms == pytest.approx(result.terms, rel=1e-5)
    assert load == result.expert_load.tokens_LGE.tolist()


def test_a_step_that_asks_nothing_on_any_rank_is_refused_by_all_of_them(
    two_ranks: list[dict[str, Any]],
) -> None:
    for answer in two_ranks:
        code, message = answer["told"]["nobody"]
        assert code == "WIRE_INVALID"
        assert "nothing in the batch of step 0 counts for objective language" in message


def test_a_stage_is_tried_on_all_ranks_together_and_leaves_their_weights(
    two_ranks: list[dict[str, Any]],
) -> None:
    base, again, clipped, is_kept = two_ranks[0]["tried"]
    assert two_ranks[1]["tried"] == two_ranks[0]["tried"]
    assert base == again and base[1] == 0.0
    assert clipped[0] == base[0] and clipped[1] > 0
    assert is_kept


def test_ranks_with_different_plans_stop_before_the_step_on_both_sides(
    two_ranks: list[dict[str, Any]],
) -> None:
    for answer in two_ranks:
        assert answer["code"] == "ROUTER_PLAN_STALE"
        assert (
            f"[ROUTER_PLAN_STALE] ranks hold different plans at step {STEPS} (rank 0: " in answer["message"]
        )
        assert answer["after"] == answer["sums"]


def test_one_rank_alone_sums_to_itself_and_needs_no_process_group() -> None:
    ranks = Ranks.alone()
    values = torch.tensor([1, 2], dtype=torch.int64)
    assert ranks.total(values) is values
    ranks.require_one_plan("a" * 64, 0)
    with pytest.raises(TomoeError, match=r"\[WORKER_STATE\] no process group was joined"):
        Ranks.joined()
