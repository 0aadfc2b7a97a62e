"""What no route and no answer may depend on: the answer's text, batch mates, padding, order; every base."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from published import FAMILIES, Written, published_model, write_base
from tiny_model import (
    SCORING,
    SHARED_TRAINS,
    batch,
    greedy,
    item,
    plan,
    query,
    spread_experts,
    stage,
    volume,
)
from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.generate import generate
from tomoe_worker.infer.score import score
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.spec import Batch, BatchItem, BatchVolume, Query, StepResult
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

needs_bfloat16 = pytest.mark.skipif(
    not has_bfloat16(torch.device("cpu")), reason="this processor has no bfloat16 units"
)
precisions = pytest.mark.parametrize("precision", ["strict", pytest.param("fast", marks=needs_bfloat16)])
QUERIES = [
    query("a", 0, "Which phase was used?", "closed-vqa", ("arterial", "portal venous", "none")),
    query("b", 1, "Is there a lesion in the left lung, or in the liver?", "closed-vqa", ("yes", "no")),
    query("c", 2, "Describe the scan.", "report", ("A cyst.", "The lungs are clear, no effusion is seen.")),
    query("d", 0, "axial?", "open-vqa", ("yes", "no")),
]


@pytest.fixture(scope="module", params=FAMILIES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    yield write_base(folder, request.param)


def routed(written: Written, precision: str = "strict") -> TomoeModel:
    read = published_model(written).tower.blocks_read
    sites = tuple(f"vision.blocks.{block}.mlp" for block in range(read - 2, read))
    model = published_model(written, precision=precision, moe={"sites": sites})
    model.lift(1)
    spread_experts(model)
    return model


def held_volumes(order: Sequence[int] = (0, 1, 2)) -> tuple[BatchVolume, ...]:
    return tuple(volume(f"v{at}", seed=at, side=28) for at in order)


def stepped(model: TomoeModel, items: Sequence[BatchItem], volumes: tuple[BatchVolume, ...]) -> StepResult:
    held: Batch = dataclasses.replace(
        batch(0), volumes=volumes, global_volume_count=len(volumes), items=tuple(items)
    )
    running = StageTrainer(model, stage(SHARED_TRAINS), Ranks.alone())
    return running.step(held, plan(model, bias=(0.05, 0.17, -0.18, 0.16)))


def items_with(targets: Sequence[str], places: Sequence[int] = (0, 1, 2)) -> list[BatchItem]:
    asked = [("Describe the scan.", "report"), ("Which phase?", "closed-vqa"), ("Where is it?", "open-vqa")]
    return [
        item(f"i{at}", place, prompt, target, task)
        for at, ((prompt, task), target, place) in enumerate(zip(asked, targets, places, strict=True))
    ]


@precisions
def test_the_answers_text_changes_the_loss_and_no_route(written: Written, precision: str) -> None:
    results = [
        stepped(routed(written, precision), items_with(targets), held_volumes())
        for targets in (
            ("a cyst", "arterial", "in the liver"),
            ("the lungs are clear", "none", "nowhere at all"),
        )
    ]
    loads = [result.expert_load.tokens_LGE for result in results]
    assert torch.equal(loads[0], loads[1]) and results[0].loss != results[1].loss


@precisions
def test_every_token_of_every_row_is_counted_once_a_chosen_expert_and_no_padding_is(
    written: Written, precision: str
) -> None:
    model = routed(written, precision)
    # Prompts of three lengths are padded to one: three rows of 4 slices, 2 experts a token.
    load = stepped(model, items_with(("a cyst", "arterial", "in the liver")), held_volumes()).expert_load
    tokens = 3 * 4 * model.tower.tokens * 2
    assert load.tokens_LGE.sum(dim=(1, 2)).tolist() == [tokens, tokens]


def test_the_order_of_volumes_and_items_changes_neither_loss_nor_load(written: Written) -> None:
    targets = ("a cyst", "arterial", "in the liver")
    one = stepped(routed(written), items_with(targets), held_volumes())
    places = [(2, 0, 1)[at] for at in range(3)]
    moved = items_with(targets, [places.index(at) for at in range(3)])[::-1]
    other = stepped(routed(written), moved, held_volumes(places))
    assert torch.equal(one.expert_load.tokens_LGE, other.expert_load.tokens_LGE)
    assert other.loss == pytest.approx(one.loss, rel=1e-5)
    assert other.gradient_norm == pytest.approx(one.gradient_norm, rel=1e-4)


def scores(
    model: TomoeModel, queries: Sequence[Query], volumes: Sequence[BatchVolume]
) -> dict[str, list[float]]:
    model.weights_version += 1  # nothing that an earlier call has cached
    return {name: list(found) for name, found in score(model, volumes, queries, plan(model), SCORING)}


@precisions
def test_a_score_is_blind_to_batch_mates_padding_and_order(written: Written, precision: str) -> None:
    model, held = routed(written, precision), held_volumes()
    near = {"strict": 1e-4, "fast": 0.03}[precision]
    together = scores(model, QUERIES, held)
    turned = [dataclasses.replace(one, volume_index=2 - one.volume_index) for one in QUERIES[::-1]]
    assert scores(model, turned, held[::-1]) == {
        name: pytest.approx(found, rel=near) for name, found in together.items()
    }
    for one in QUERIES:
        alone = dataclasses.replace(one, volume_index=0)
        found = scores(model, [alone], held[one.volume_index : one.volume_index + 1])
        assert found[one.query_id] == pytest.approx(together[one.query_id], rel=near)


def test_a_text_is_blind_to_batch_mates_padding_and_order(written: Written) -> None:
    model, held = routed(written), held_volumes()

    def texts(queries: Sequence[Query], volumes: Sequence[BatchVolume]) -> dict[str, str]:
        model.weights_version += 1
        return {one.query_id: one.text for one in generate(model, volumes, queries, plan(model), greedy(6))}

    together = texts(QUERIES, held)
    turned = [dataclasses.replace(one, volume_index=2 - one.volume_index) for one in QUERIES[::-1]]
    assert texts(turned, held[::-1]) == together
    for one in QUERIES:
        alone = dataclasses.replace(one, volume_index=0)
        assert (
            texts([alone], held[one.volume_index : one.volume_index + 1])[one.query_id]
            == together[one.query_id]
        )


def test_slices_are_never_padded_a_volume_of_another_depth_is_refused_by_name(written: Written) -> None:
    model = routed(written)
    for held in (
        (volume("short", depth=3, side=28),),
        (*held_volumes()[:1], volume("flat", depth=1, side=28)),
    ):
        with pytest.raises(TomoeError, match=r"volume (short|flat) has shape") as caught:
            scores(model, QUERIES[: len(held)], held)
        assert caught.value.code == "TENSOR_INVALID"
