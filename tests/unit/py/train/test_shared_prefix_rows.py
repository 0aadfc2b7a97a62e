"""Which items stand in one row (``share_prefix``), and that it matters to nothing else of a step."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from prefixes import apart, asked, both, held, spec_of
from tiny_model import batch, item, items_on, plan, sites, spread_experts, tiny_model, volume
from tomoe_worker.model import sequences
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases import causal
from tomoe_worker.spec import Batch, StepResult
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.forward import StageForward
from tomoe_worker.train.trainer import StageTrainer

OFF = {"moe": {"text_guidance": "off"}}


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of each call of the decoder that shared a prefix."""
    seen: list[int] = []
    walk = causal.CausalDecoder.read_apart

    def kept(self: Any, x_RTL: torch.Tensor, *rest: Any) -> torch.Tensor:
        seen.append(len(x_RTL))
        return walk(self, x_RTL, *rest)

    monkeypatch.setattr(causal.CausalDecoder, "read_apart", kept)
    return seen


def test_a_volume_with_too_many_texts_for_one_row_has_several(
    monkeypatch: pytest.MonkeyPatch, rows: list[int]
) -> None:
    monkeypatch.setattr(sequences, "PACK_TOKENS", 60)
    alone, together = both(spread_experts(tiny_model(**OFF)), held(1), exact=True)
    assert sum(rows) > 1
    assert max(apart(alone, together)) < 1e-12


def test_rows_of_other_lengths_pass_apart_from_each_other(rows: list[int]) -> None:
    long = tuple(
        item(f"l{at}", 1, "Describe the scan.", "A cyst in the liver. " * 5, "report") for at in range(2)
    )
    short = tuple(item(f"s{at}", 0, "Which?", "this", "closed-vqa") for at in range(2))
    whole = dataclasses.replace(held(2), items=(*short, *long))
    alone, together = both(spread_experts(tiny_model(**OFF)), whole, exact=True)
    assert rows == [1, 1]
    assert max(apart(alone, together)) < 1e-12


def test_slices_share_before_there_is_a_third_dimension(rows: list[int]) -> None:
    model = tiny_model(lifted=False)
    whole = batch(0, volumes=2, depth=1, items=asked(2))
    whole = dataclasses.replace(whole, volumes=tuple(volume(str(at), 1, at) for at in range(2)))
    of = dataclasses.replace(
        spec_of(model), trains=tuple(one for one in spec_of(model).trains if one.component == "language")
    )
    found = [stepped(tiny_model(lifted=False), whole, dataclasses.replace(of, share_prefix=share))
             for share in (False, True)]  # fmt: skip
    assert sum(rows) == 2
    assert found[1][1].loss == pytest.approx(found[0][1].loss, rel=1e-6)
    assert found[1][1].gradient_norm == pytest.approx(found[0][1].gradient_norm, rel=1e-6)


def stepped(model: TomoeModel, whole: Batch, of: Any, **steering: float) -> tuple[TomoeModel, StepResult]:
    return model, StageTrainer(model, of, Ranks.alone()).step(whole, plan(model, **steering))


@pytest.mark.parametrize("micro_batch", [1, 2])
def test_a_step_in_micro_batches_is_that_of_all_volumes_with_routing_losses_and_cosines(
    micro_batch: int, rows: list[int]
) -> None:
    def found(**fields: Any) -> StepResult:
        model = spread_experts(tiny_model(moe={"text_guidance": "task", "sites": sites(1, 2)}))
        of = spec_of(model, task_cosine_every=1, **fields)
        return stepped(model, held(), of, balance=0.02, z=0.002)[1]

    whole = found()
    assert rows == []
    cut = found(share_prefix=True, micro_batch=micro_batch)
    assert rows
    assert cut.loss == pytest.approx(whole.loss, rel=1e-6)
    assert cut.gradient_norm == pytest.approx(whole.gradient_norm, rel=1e-5)
    assert cut.terms == pytest.approx(whole.terms, rel=1e-5)
    assert torch.equal(cut.expert_load.tokens_LGE, whole.expert_load.tokens_LGE)
    assert [one.cosine for one in cut.cosines] == pytest.approx(
        [one.cosine for one in whole.cosines], abs=1e-4
    )


def test_what_the_sum_is_divided_by_is_known_before_it_is_computed() -> None:
    model = spread_experts(tiny_model(**OFF))
    forward = StageForward(model, spec_of(model, share_prefix=True))
    for part in forward.parts(held(), 2):
        found = forward.run(part, plan(model)).sums["language"].weight
        assert forward.counted(part)["language"] == pytest.approx(found, rel=1e-12)


def test_a_dense_model_shares_among_all_tasks(rows: list[int]) -> None:
    model = tiny_model(moe={"sites": (), "token_experts": 0, "text_guidance": "off"})
    of = dataclasses.replace(
        spec_of(model, share_prefix=True),
        trains=tuple(
            one for one in spec_of(model).trains if one.component in ("upperVision", "projector", "language")
        ),
    )
    stepped(model, batch(0, items=items_on(2)), of)
    assert rows == [2]
