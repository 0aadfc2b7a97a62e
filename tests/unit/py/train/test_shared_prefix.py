"""Items behind one image in one row (``share_prefix``): what each has by itself, but for rounding."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from prefixes import Found, apart, asked, both, gradient_of, held, spec_of, together_of
from published import FAMILIES, Reference, Written, phi3v_config, published_model, write_base, write_phi3v
from sampled import sampled
from tiny_model import (
    LORA,
    batch,
    item,
    items_on,
    plan,
    sites,
    spread_experts,
    tiny_model,
    tiny_spec,
    tiny_tokenizer,
)
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import Apart
from tomoe_worker.model.bases import causal
from tomoe_worker.model.io.checkpoint import load_state, save_state, weights_digest
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.model.sequences import tail_of
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.forward import StageForward
from tomoe_worker.train.trainer import StageTrainer

# Shares of a loss and of a gradient's norm, in float64: .2e-14 is read.
EXACT = 1e-12


@pytest.fixture
def packs(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Sequences of each row that passed with a shared prefix, call by call."""
    seen: list[list[int]] = []
    walk = causal.CausalDecoder.read_apart

    def kept(self: Any, x_RTL: torch.Tensor, rows: Apart, read_RQ: torch.Tensor) -> torch.Tensor:
        seen.append(rows.of_RT.max(dim=1).values.tolist())
        return walk(self, x_RTL, rows, read_RQ)

    monkeypatch.setattr(causal.CausalDecoder, "read_apart", kept)
    return seen


@pytest.mark.parametrize(
    ("guidance", "per_task", "expected"),
    [
        ("off", False, [6, 4, 4]),  # all items of a volume
        ("task", False, [3, 2, 2, 2]),  # its closed questions, and the first one's open ones
        ("question", False, [3, 2, 2, 2]),  # equal prompts: phase, on the first in two tasks, and plane twice
        ("off", True, [3, 2, 2, 2]),
        ("question", True, [2, 2]),  # equal prompts of one task
    ],
)
def test_a_packed_pass_has_the_loss_and_gradient_of_each_item_by_itself(
    packs: list[list[int]], guidance: str, per_task: bool, expected: list[int]
) -> None:
    moe = {"sites": sites(1, 2), "text_guidance": guidance}
    model = spread_experts(tiny_model(per_task=per_task, moe=moe))
    alone, together = both(model, held(), exact=True)
    assert sorted((one for call in packs for one in call), reverse=True) == expected
    assert alone[1].keys() == together[1].keys()
    assert max(apart(alone, together)) < EXACT


def test_in_float32_it_rounds_no_more_than_items_by_themselves_do() -> None:
    model = spread_experts(tiny_model(moe={"sites": sites(1, 2), "text_guidance": "task"}))
    exact, _ = both(model, held(), exact=True)
    (loss, gradient), packed = (apart(exact, one) for one in both(model, held()))
    # Items by themselves stand .3e-7 of a loss and 1.2e-6 to 1.5e-6 of a gradient off, by the processor.
    assert loss < 1e-6 and gradient < 4e-6
    assert packed[0] < 1e-6 and packed[1] < 4 * gradient


@pytest.fixture(scope="module", params=sampled(FAMILIES, ("phi3_v", "internvl-qwen3")))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    yield write_base(folder, request.param)


def family_model(written: Written, **parts: Any) -> TomoeModel:
    """Lifted, with adapters in the decoder whose second matrix is not zero any more."""
    guidance = {"moe": {"text_guidance": "off"}}
    bare = published_model(written, **guidance, lora={**LORA, "targets": ("o_proj",)}, **parts)
    bare.lift(1)
    with torch.no_grad():
        for name, parameter in bare.named_parameters():
            if ".lora_B." in name:
                parameter.normal_(generator=torch.Generator().manual_seed(len(name)), std=0.1)
    return spread_experts(bare)


def test_every_family_has_it_with_adapters(written: Written, packs: list[list[int]]) -> None:
    model = family_model(written)
    alone, together = both(model, held(2, side=28), exact=True)
    assert sorted(one for call in packs for one in call) == [4, 6]
    assert max(apart(alone, together)) < EXACT
    assert any(".lora_B." in name for name in together[1])


def test_blocks_computed_again_have_the_same_bits() -> None:
    def found(recompute: str) -> Found:
        parts: dict[str, Any] = {"moe": {"text_guidance": "off"}}
        spec = dataclasses.replace(tiny_spec(**parts), recompute=recompute)
        model = TomoeModel(spec, tiny_tokenizer(), 1, "cpu")
        model.lift(1)
        return together_of(spread_experts(model), held(2))

    assert apart(found("none"), found("blocks")) == (0.0, 0.0)


def test_in_bfloat16_it_is_as_near_as_that_type_is(written: Written) -> None:
    if not has_bfloat16(torch.device("cpu")):
        pytest.skip("this processor has no bfloat16 units")
    model = family_model(written, precision="fast")
    loss, gradient = apart(*both(model, held(2, side=28)))
    assert loss < 2e-3 and gradient < 5e-2


@pytest.mark.parametrize(("most", "original"), [(112, 112), (112, 32)])
def test_rows_longer_than_any_sequence_keep_the_rotary_set_of_the_model(
    tmp_path: Path, packs: list[list[int]], most: int, original: int
) -> None:
    config = phi3v_config(original_max_position_embeddings=original)
    written = Written(tmp_path, Reference(write_phi3v(tmp_path, config)), "phi3v-2d")
    model = family_model(written, max_positions=most)
    whole = held(1, side=28)
    (part,) = StageForward(model, spec_of(model)).parts(whole, 0)
    tails = [len(tail_of(model, one, with_answer=True)) for one in part.asked]
    image = model.base.projector.count(4)
    # No sequence is longer than the model admits, and all of them in one row are.
    assert image + max(tails) < most < image + sum(tails)
    alone, together = both(model, whole, exact=True)
    assert packs == [[6]]
    assert max(apart(alone, together)) < EXACT


def no_sequences(of_RT: torch.Tensor, read_RQ: torch.Tensor) -> torch.Tensor:
    """As if all of a row were one sequence."""
    return torch.arange(of_RT.shape[1]) <= read_RQ[..., None]


def no_prefix(of_RT: torch.Tensor, read_RQ: torch.Tensor) -> torch.Tensor:
    return no_sequences(of_RT, read_RQ) & (of_RT[:, None, :] == of_RT.gather(1, read_RQ)[..., None])


def no_order(of_RT: torch.Tensor, read_RQ: torch.Tensor) -> torch.Tensor:
    """A sequence that sees its own answer."""
    own = of_RT[:, None, :] == of_RT.gather(1, read_RQ)[..., None]
    return own | (of_RT == 0)[:, None, :]


def no_self(of_RT: torch.Tensor, read_RQ: torch.Tensor) -> torch.Tensor:
    """Without the token that is read."""
    return no_order(of_RT, read_RQ) & (torch.arange(of_RT.shape[1]) < read_RQ[..., None])


@pytest.mark.parametrize("mutant", [no_sequences, no_prefix, no_order, no_self])
def test_a_wrong_mask_shows(
    monkeypatch: pytest.MonkeyPatch, mutant: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
) -> None:
    model = spread_experts(tiny_model(moe={"text_guidance": "off"}))
    right = together_of(model, held(1))
    monkeypatch.setattr(causal, "visible", mutant)
    assert apart(right, together_of(model, held(1)))[1] > 1e-2


def test_positions_that_go_on_through_a_row_show(monkeypatch: pytest.MonkeyPatch) -> None:
    model = spread_experts(tiny_model(moe={"text_guidance": "off"}))
    right = together_of(model, held(1))
    walk = causal.CausalDecoder.read_apart

    def running(self: Any, x_RTL: torch.Tensor, rows: Apart, read_RQ: torch.Tensor) -> torch.Tensor:
        positions_RT = torch.arange(x_RTL.shape[1]).expand_as(rows.positions_RT)
        return walk(self, x_RTL, dataclasses.replace(rows, positions_RT=positions_RT), read_RQ)

    monkeypatch.setattr(causal.CausalDecoder, "read_apart", running)
    assert apart(right, together_of(model, held(1)))[1] > 1e-3


def test_who_shares_nothing_passes_as_before_to_the_last_bit(packs: list[list[int]]) -> None:
    model = spread_experts(tiny_model(per_task=True))
    lone = tuple(one for one in items_on(3) if one.item_id[0] in "rco")
    whole = batch(0, volumes=3, items=lone)
    first = gradient_of(model, [whole], 1.0, spec_of(model))
    second = gradient_of(model, [whole], 1.0, spec_of(model, share_prefix=True))
    assert apart(first, second) == (0.0, 0.0) and packs == []


def test_a_prefix_is_dropped_once_for_all_that_stand_behind_it() -> None:
    model = spread_experts(tiny_model(moe={"text_guidance": "off"}, lora={**LORA, "dropout": 0.5}))
    rows: list[tuple[int, int]] = []
    adapted = model.base.model.layers[0].self_attn.qkv_proj
    adapted.lora_dropout["default"].register_forward_hook(
        lambda _, given, __: rows.append(tuple(given[0].shape[:2]))
    )
    of = spec_of(model, share_prefix=True)
    StageTrainer(model, of, Ranks.alone()).step(held(), plan(model))
    (part,) = StageForward(model, of).parts(held(), 0)
    tails = [len(tail_of(model, one, with_answer=True)) for one in part.asked]
    places = model.base.projector.count(4) + len(model.base.codec.frame.before)
    longest = sum(length for length, one in zip(tails, part.asked, strict=True) if one.volume == 0)
    # Three volumes, three prefixes; 14 items.
    assert sum(count for count, _ in rows) == 3 and rows[0][1] == places + longest


def test_a_stage_stopped_between_two_steps_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    def begun() -> tuple[TomoeModel, StageTrainer]:
        lora = {**LORA, "dropout": 0.4}
        model = spread_experts(tiny_model(moe={"text_guidance": "task"}, lora=lora))
        return model, StageTrainer(model, spec_of(model, share_prefix=True, micro_batch=1), Ranks.alone())

    def steps(running: StageTrainer, *numbers: int) -> list[float]:
        batches = [dataclasses.replace(held(2), step=number) for number in numbers]
        return [running.step(one, plan(running.model, balance=0.02)).loss for one in batches]

    model, through = begun()
    losses = steps(through, 0, 1, 2)
    stopped, first = begun()
    assert steps(first, 0, 1) == losses[:2]
    save_state(tmp_path, stopped, first)
    torch.manual_seed(99)
    loaded = load_state(tmp_path, "cpu", training=True)
    assert loaded.training is not None and loaded.training.stage.share_prefix
    again = StageTrainer(loaded.model, loaded.training.stage, Ranks.alone(), loaded.training)
    assert steps(again, 2) == losses[2:]
    assert weights_digest(loaded.model) == weights_digest(model)


def test_an_item_that_does_not_fit_is_refused_by_name_and_not_for_its_company() -> None:
    model = tiny_model(moe={"text_guidance": "off"}, language={"max_positions": 64})
    of = spec_of(model, share_prefix=True)
    crowd = batch(0, volumes=1, items=asked(1))
    assert StageTrainer(model, of, Ranks.alone()).step(crowd, plan(model)).loss > 0
    long = item("long", 0, "Describe the scan.", "A cyst in the liver. " * 60, "report")
    with pytest.raises(TomoeError, match="item long needs") as caught:
        StageTrainer(model, of, Ranks.alone()).step(batch(0, volumes=1, items=(*asked(1), long)), plan(model))
    assert (caught.value.code, caught.value.details["limit"]) == ("WIRE_TOO_LARGE", 64)


def test_a_cut_report_is_cut_behind_a_shared_prefix_as_well() -> None:
    model = spread_experts(tiny_model(moe={"text_guidance": "off"}, language={"max_positions": 64}))
    report = item("long", 0, "Describe the scan.", "A cyst in the liver. " * 60, "report")
    whole = batch(0, volumes=1, items=(*asked(1), report))
    assert max(apart(*both(model, whole, exact=True, too_long="cut-report"))) < EXACT
