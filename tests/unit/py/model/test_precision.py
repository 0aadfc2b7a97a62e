"""model/precision.py: "fast" is bfloat16 where it costs, float32 where something is decided or judged."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from tiny_model import batch, plan, query, spread_experts, stage, tiny_spec, tiny_tokenizer, volume
from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.generate import generate
from tomoe_worker.infer.score import score
from tomoe_worker.model import precision
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.checkpoint import load_state, save_state, weights_digest
from tomoe_worker.model.lift import moe
from tomoe_worker.model.lift.features import VisionRow
from tomoe_worker.model.precision import computing, exactly, has_bfloat16, lowered
from tomoe_worker.model.precision import scores as scores_of
from tomoe_worker.spec import Batching, Generation, Scoring
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

CPU = torch.device("cpu")
needs_bfloat16 = pytest.mark.skipif(not has_bfloat16(CPU), reason="this processor has no bfloat16 units")
BATCHING = Batching(sequences=8, cache_bytes=1 << 30)


def model_of(name: str) -> TomoeModel:
    model = TomoeModel(dataclasses.replace(tiny_spec(), precision=name), tiny_tokenizer(), 1, "cpu")
    model.lift(1)
    return spread_experts(model)


def test_strict_is_no_context_at_all() -> None:
    x = torch.randn(4, 4)
    with computing("strict", CPU):
        assert (x @ x).dtype == torch.float32 and lowered(x) is x
        with exactly(x):
            assert not torch.is_autocast_enabled("cpu")


@needs_bfloat16
def test_fast_multiplies_in_bfloat16_but_for_what_is_computed_exactly() -> None:
    x = torch.randn(4, 4)
    with computing("fast", CPU):
        assert (x @ x).dtype == torch.bfloat16 and lowered(x).dtype == torch.bfloat16
        with exactly(x):
            assert torch.equal(x @ x, x.mm(x)) and (x @ x).dtype == torch.float32
        assert (x @ x).dtype == torch.bfloat16
    assert (x @ x).dtype == torch.float32


@needs_bfloat16
def test_gates_heads_and_logits_are_float32_products_of_the_lowered_stream() -> None:
    model = model_of("fast")
    cache, frozen = model.inference_cache, model.walk.shared_steps
    with torch.no_grad(), model.computing():
        shared = model.walk.shared([volume("a")], frozen, cache)
        rows = (VisionRow(volume=0, group=0, prompt=(5, 6)),)
        features = model.walk.rows(shared, rows, plan(model)).features_RDPC
        hidden = model.base.decoder.embed(torch.tensor([[3, 4]]))
        logits = model.base.decoder.logits(hidden)
        assert model.patch_head is not None and model.fact_heads is not None
        judged = [logits, model.patch_head(features), *model.fact_heads(features).values()]
        group = model.tower.block(2).mlp.groups["shared"]
        assert isinstance(group, moe.ExpertGroup)
        gate = group.logits(shared.flatten(1, 2), torch.tensor([0]), None)
    assert shared.dtype == features.dtype == hidden.dtype == torch.bfloat16
    assert all(one.dtype == torch.float32 for one in [*judged, gate])
    head = model.base.get_parameter("lm_head.weight")
    assert torch.equal(logits, torch.nn.functional.linear(hidden.float(), head))
    weight = group.router.weight[:, : shared.shape[-1]]
    assert torch.equal(gate, torch.nn.functional.linear(shared.flatten(1, 2).float(), weight))


@pytest.mark.parametrize("rows", [5, 8192, 20000])
def test_scores_of_a_table_held_low_are_float32_products_and_so_is_their_gradient(rows: int) -> None:
    generator = torch.Generator().manual_seed(1)
    table = torch.randn(rows, 24, generator=generator).bfloat16()
    hidden = torch.randn(2, 3, 24, generator=generator)
    given, wanted = (hidden.clone().requires_grad_(True) for _ in range(2))
    weights = torch.randn(2, 3, rows, generator=generator)
    kept: list[torch.Size] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda one: kept.append(one.shape) or one, lambda one: one):
        found = scores_of(given, table)
        (found * weights).sum().backward()
    reference = torch.einsum("abl,vl->abv", wanted.double(), table.double())
    (reference * weights).sum().backward()
    assert found.dtype == torch.float32
    # Sums of 24 products of numbers around 1, of which the last is known to 6e-8.
    torch.testing.assert_close(found.double(), reference, rtol=1e-5, atol=1e-5)
    assert wanted.grad is not None
    torch.testing.assert_close(given.grad, wanted.grad, rtol=1e-4, atol=1e-3)
    assert kept.count(table.shape) == 1


def test_scores_of_a_float32_table_are_the_plain_product() -> None:
    hidden, table = torch.randn(2, 8), torch.randn(5, 8)
    assert torch.equal(scores_of(hidden, table), torch.nn.functional.linear(hidden, table))
    assert torch.equal(scores_of(hidden.bfloat16(), table), scores_of(hidden.bfloat16().float(), table))


@needs_bfloat16
def test_what_trains_is_its_own_float32_master_with_float32_gradient_and_moments() -> None:
    model = model_of("fast")
    trainer = StageTrainer(model, stage(), Ranks.alone())
    trainer.step(batch(0), plan(model))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert trained and all(parameter.dtype == torch.float32 for parameter in model.parameters())
    assert all(one.grad.dtype == torch.float32 for one in trained if one.grad is not None)
    moments = trainer.training_state().optimizer
    assert all(moment.dtype == torch.float32 for moment in moments.values())


def losses_of(name: str, steps: int) -> list[float]:
    model = model_of(name)
    trainer = StageTrainer(model, dataclasses.replace(stage(), steps=steps), Ranks.alone())
    return [trainer.step(batch(step), plan(model, balance=0.01, z=1e-3)).loss for step in range(steps)]


@needs_bfloat16
def test_fast_stays_within_two_percent_of_the_first_loss_and_is_not_the_same() -> None:
    strict, fast = losses_of("strict", 30), losses_of("fast", 30)
    assert strict[-1] < 0.9 * strict[0]
    off = [abs(one - other) / strict[0] for one, other in zip(fast, strict, strict=True)]
    assert 0 < max(off) <= 0.02


@needs_bfloat16
def test_at_most_one_token_in_a_hundred_is_sent_to_other_experts(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[torch.Tensor] = []
    choose = moe.choose

    def watched(*given: object) -> object:
        result = choose(*given)  # type: ignore[arg-type]
        chosen.append(result[1].sort(dim=-1).values)
        return result

    monkeypatch.setattr(moe, "choose", watched)
    for name in ("strict", "fast"):
        model = model_of(name)
        with torch.no_grad(), model.computing():
            for index in range(40):
                shared = model.walk.shared([volume(f"v{index}", seed=index)], 0, model.inference_cache)
                model.walk.rows(shared, (VisionRow(volume=0, group=0, prompt=(5, 6)),), plan(model))
    strict, fast = torch.cat(chosen[:40]).flatten(0, 1), torch.cat(chosen[40:]).flatten(0, 1)
    assert len(strict) == 40 * 4 * 17
    assert float((strict != fast).any(dim=-1).float().mean()) <= 0.01


@needs_bfloat16
def test_a_fast_model_answers_is_saved_and_comes_back_fast(tmp_path: Path) -> None:
    model, strict = model_of("fast"), model_of("strict")
    asked = [query("q", 0, "Which phase was used?", "closed-vqa", ("arterial", "delayed"))]
    how = Scoring(mode="loglik-sum", batching=BATCHING, sees_image=True)
    scores = [dict(score(one, [volume("a")], asked, plan(one), how))["q"] for one in (model, strict)]
    assert scores[0] == pytest.approx(scores[1], rel=0.02) and scores[0] != scores[1]
    made = Generation(mode="greedy", max_new_tokens=3, batching=BATCHING, sees_image=True)
    assert [one.query_id for one in generate(model, [volume("a")], asked, plan(model), made)] == ["q"]
    save_state(tmp_path, model, None)
    loaded = load_state(tmp_path, "cpu", training=False).model
    assert loaded.spec.precision == "fast" and weights_digest(loaded) == weights_digest(model)


def test_fast_is_refused_where_the_processor_would_only_imitate_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "has_bfloat16", lambda _device: False)
    with pytest.raises(
        TomoeError,
        match=r"\[DEVICE_UNAVAILABLE\] precision fast needs bfloat16, which cpu of this machine has no units",
    ) as caught:
        model_of("fast")
    assert caught.value.code == "DEVICE_UNAVAILABLE" and "execution.precision" in caught.value.hint
    assert model_of("strict").spec.precision == "strict"


def test_a_precision_that_nobody_knows_is_refused_by_the_spec() -> None:
    with pytest.raises(TomoeError, match=r"precision is 'half', it must be") as caught:
        model_of("half")
    assert caught.value.code == "CONFIG_INVALID"
