"""train/losses.py against loops."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from tiny_model import plan, sites, tiny_model, tiny_spec, volume
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.lift.moe import GroupRouting
from tomoe_worker.spec import BatchVolume
from tomoe_worker.train.losses import fact_sum, language_sum, patch_sum, routing_losses, weighs_load, word_sum
from torch import nn

# The losses read no choices.
NO_IDS = torch.zeros((0, 0, 1), dtype=torch.int64)


def captioned(name: str, words: tuple[int, ...] | None) -> BatchVolume:
    return dataclasses.replace(volume(name), words=words)


def nats(logits: torch.Tensor, target: int) -> float:
    return -float(logits.detach().double().log_softmax(-1)[target])


def test_language_loss_is_the_weighted_sum_over_answer_tokens() -> None:
    torch.manual_seed(0)
    hidden, head = torch.randn(2, 3, 8), nn.Linear(8, 11, bias=False)
    targets = torch.tensor([[4, 5, 10], [7, -100, -100]])
    found = language_sum(hidden, head, targets, [0.5, 2.0])
    expected = sum(0.5 * nats(head(hidden[0, place]), int(targets[0, place])) for place in range(3))
    expected += 2.0 * nats(head(hidden[1, 0]), 7)
    assert float(found.total.detach()) == pytest.approx(expected, rel=1e-5)
    assert found.weight == 0.5 * 3 + 2.0


def test_patch_loss_skips_ignored_patches_and_counts_a_volume_once_however_many_rows_it_has() -> None:
    torch.manual_seed(1)
    volumes = [volume("a", seed=1), volume("b", seed=2), volume("c", seed=3, labels=False)]
    logits = torch.randn(4, 4, 16, 5)
    found = patch_sum(logits, [0, 0, 1, 2], volumes)
    expected, count = 0.0, 0
    for row, (index, share) in enumerate([(0, 0.5), (0, 0.5), (1, 1.0)]):
        labels = volumes[index].patch_labels_DHW.flatten(1)  # type: ignore[union-attr]
        for depth in range(4):
            for patch in range(16):
                if labels[depth, patch] >= 0:
                    expected += share * nats(logits[row, depth, patch], int(labels[depth, patch]))
                    count += row != 1
    assert float(found.total.detach()) == pytest.approx(expected, rel=1e-5)
    assert found.weight == count


@pytest.mark.parametrize(
    ("labels", "what"),
    [
        (
            torch.zeros(4, 3, 3, dtype=torch.int16),
            r"labels of volume a have shape \[4, 3, 3\], the patches \[4, 4, 4\]",
        ),
        (torch.full((4, 4, 4), 5, dtype=torch.int16), r"run from 5 to 5, the head has classes 0\.\.4"),
        (torch.full((4, 4, 4), -2, dtype=torch.int16), "run from -2 to -2"),
    ],
)
def test_patch_labels_that_do_not_fit_are_refused(labels: torch.Tensor, what: str) -> None:
    held = dataclasses.replace(volume("a"), patch_labels_DHW=labels)
    with pytest.raises(TomoeError, match=what) as caught:
        patch_sum(torch.randn(1, 4, 16, 5), [0], [held])
    assert caught.value.code == "TENSOR_INVALID"


def test_fact_loss_skips_what_does_not_apply_and_counts_a_volume_once() -> None:
    torch.manual_seed(2)
    volumes = [volume("a", seed=0), volume("b", seed=2)]  # facts: plane 0 side -1; plane 2 side 1
    logits = {"plane": torch.randn(3, 3), "side": torch.randn(3, 2)}
    found = fact_sum(logits, tiny_spec().facts, [0, 1, 1], volumes)
    expected = nats(logits["plane"][0], 0)
    expected += 0.5 * (nats(logits["plane"][1], 2) + nats(logits["plane"][2], 2))
    expected += 0.5 * (nats(logits["side"][1], 1) + nats(logits["side"][2], 1))
    assert float(found.total.detach()) == pytest.approx(expected, rel=1e-5)
    assert found.weight == 3


def test_word_loss_is_the_mean_over_words_and_counts_a_volume_once() -> None:
    torch.manual_seed(4)
    volumes = [captioned("a", (0, 2)), captioned("b", ()), captioned("c", None)]
    logits = torch.randn(4, 3)
    found = word_sum(logits, [0, 0, 1, 2], volumes)
    chance = 1 / (1 + np.exp(-logits.double().numpy()))
    truth = np.array([[1, 0, 1], [1, 0, 1], [0, 0, 0]])
    nats_RW = -np.log(np.where(truth == 1, chance[:3], 1 - chance[:3]))
    expected = (nats_RW.mean(axis=1) * [0.5, 0.5, 1.0]).sum()
    assert float(found.total) == pytest.approx(expected, rel=1e-5)
    assert found.weight == 2.0


@pytest.mark.parametrize("words", [(3,), (0, 0)])
def test_words_that_the_head_does_not_have_are_refused(words: tuple[int, ...]) -> None:
    with pytest.raises(TomoeError, match=r"volume a has words \[.*\], the head has 3") as caught:
        word_sum(torch.randn(1, 3), [0], [captioned("a", words)])
    assert caught.value.code == "WIRE_INVALID"


@pytest.mark.parametrize("facts", [{"plane": 0}, {"plane": 3, "side": 0}, {"plane": 0, "side": -2}])
def test_a_fact_that_is_absent_or_out_of_range_is_refused(facts: dict[str, int]) -> None:
    held = dataclasses.replace(volume("a"), facts=facts)
    logits = {"plane": torch.randn(1, 3), "side": torch.randn(1, 2)}
    with pytest.raises(TomoeError, match=r"\[WIRE_INVALID\] volume a has (None|3|-2) for fact") as caught:
        fact_sum(logits, tiny_spec().facts, [0], [held])
    assert caught.value.code == "WIRE_INVALID"


def test_routing_losses_are_switch_balance_and_squared_log_partition() -> None:
    model = tiny_model()
    torch.manual_seed(3)
    logits = torch.randn(30, 4)
    p = logits.softmax(-1)
    chosen = p.topk(2).indices
    load = torch.bincount(chosen.flatten(), minlength=4)
    routing = GroupRouting(
        site="vision.blocks.2.mlp",
        group=0,
        load_E=load,
        probability_E=p.sum(0),
        log_z_squared=logits.logsumexp(-1).square().sum(),
        entropy=torch.zeros(()),
        ids_RTK=NO_IDS,
    )
    steering = plan(model, balance=0.5, z=0.25)
    found = float(routing_losses([routing], load.view(1, 1, 4), steering).total)
    balance = 4 * sum(float(load[expert]) / 60 * float(p[:, expert].mean()) for expert in range(4))
    z = float(logits.double().exp().sum(-1).log().square().mean())
    assert found == pytest.approx(0.5 * balance + 0.25 * z, rel=1e-5)
    even = GroupRouting(
        site="vision.blocks.2.mlp",
        group=0,
        load_E=torch.full((4,), 15),
        probability_E=torch.full((4,), 7.5),
        log_z_squared=torch.zeros(()),
        entropy=torch.zeros(()),
        ids_RTK=NO_IDS,
    )
    assert float(routing_losses([even], torch.full((1, 1, 4), 15), steering).total) == pytest.approx(0.5)


def test_no_routing_loss_is_asked_and_none_is_added() -> None:
    model = tiny_model()
    load = torch.full((1, 1, 4), 15)
    routing = GroupRouting(
        site="vision.blocks.2.mlp",
        group=0,
        load_E=load[0, 0],
        probability_E=torch.full((4,), 7.5),
        log_z_squared=torch.ones(()),
        entropy=torch.zeros(()),
        ids_RTK=NO_IDS,
    )
    assert float(routing_losses([routing], load, plan(model)).total) == 0.0
    assert float(routing_losses([], torch.zeros(1, 1, 4), plan(model, balance=1.0, z=1.0)).total) == 0.0


def test_a_group_that_no_token_reached_is_left_out_of_the_mean() -> None:
    model = tiny_model(per_task=True)
    load = torch.zeros(1, 3, 4, dtype=torch.int64)
    load[0, 1] = 15
    routing = GroupRouting(
        site="vision.blocks.2.mlp",
        group=1,
        load_E=load[0, 1],
        probability_E=torch.full((4,), 7.5),
        log_z_squared=torch.tensor(60.0),
        entropy=torch.zeros(()),
        ids_RTK=NO_IDS,
    )
    # 60 choices of 2 experts a token are 30 tokens: an even load costs 1, and 60 / 30 is the mean square.
    found = float(routing_losses([routing], load, plan(model, balance=1.0, z=1.0)).total)
    assert found == pytest.approx(1.0 + 2.0)


def test_routing_losses_are_the_mean_over_blocks_and_groups_however_many_there_are() -> None:
    model = tiny_model(per_task=True, moe={"sites": sites(1, 2)})
    torch.manual_seed(5)
    load_LGE, routings, alone = torch.randint(1, 20, (2, 3, 4)), [], []
    for layer, site in enumerate(sites(1, 2)):
        for group in range(3):
            tokens = int(load_LGE[layer, group].sum()) / 2
            routings.append(
                GroupRouting(
                    site=site,
                    group=group,
                    load_E=load_LGE[layer, group],
                    probability_E=torch.rand(4).softmax(0) * tokens,
                    log_z_squared=torch.rand(()) * tokens,
                    entropy=torch.zeros(()),
                    ids_RTK=NO_IDS,
                )
            )
            one = torch.zeros_like(load_LGE)
            one[layer, group] = load_LGE[layer, group]
            alone.append(float(routing_losses(routings[-1:], one, plan(model, balance=1.0, z=0.5)).total))
    whole = float(routing_losses(routings, load_LGE, plan(model, balance=1.0, z=0.5)).total)
    assert whole == pytest.approx(sum(alone) / 6, rel=1e-5)


def test_a_share_of_the_batch_and_the_rest_of_it_sum_to_the_whole() -> None:
    torch.manual_seed(4)
    hidden, head = torch.randn(3, 2, 8), nn.Linear(8, 11, bias=False)
    targets, weights = torch.tensor([[4, 5], [7, -100], [1, 2]]), [0.5, 2.0, 1.0]
    whole = language_sum(hidden, head, targets, weights)
    parts = [
        language_sum(hidden[part], head, targets[part], weights[part]) for part in (slice(1), slice(1, 3))
    ]
    assert sum(part.weight for part in parts) == whole.weight
    assert sum(float(part.total.detach()) for part in parts) == pytest.approx(
        float(whole.total.detach()), rel=1e-6
    )


def test_patches_that_are_all_to_be_ignored_count_for_nothing() -> None:
    held = dataclasses.replace(volume("a"), patch_labels_DHW=torch.full((4, 4, 4), -1, dtype=torch.int16))
    found = patch_sum(torch.randn(1, 4, 16, 5), [0], [held])
    assert (float(found.total), found.weight) == (0.0, 0.0)


@pytest.mark.parametrize(("balance", "z", "weighs"), [(0.0, 0.0, False), (0.1, 0.0, True), (0.0, 0.1, True)])
def test_a_routing_loss_weighs_the_load_where_it_has_a_weight(balance: float, z: float, weighs: bool) -> None:
    assert weighs_load(plan(tiny_model(), balance=balance, z=z)) is weighs


def test_the_routing_losses_are_told_term_by_term_and_those_that_weigh_nothing_are_not() -> None:
    model = tiny_model(moe={"token_experts": 4})
    routing = GroupRouting(
        site=sites(2)[0],
        group=0,
        load_E=torch.tensor([30, 20, 10, 0]),
        probability_E=torch.tensor([12.0, 9.0, 6.0, 3.0], requires_grad=True),
        log_z_squared=torch.tensor(60.0, requires_grad=True),
        entropy=torch.zeros(()),
        ids_RTK=NO_IDS,
    )
    load = routing.load_E.view(1, 1, 4)
    for balance, z, names in ((0.5, 0.25, ["balance", "z"]), (0.5, 0.0, ["balance"]), (0.0, 0.25, ["z"])):
        steering = plan(model, balance=balance, z=z)
        found = routing_losses([routing], load, steering)
        terms = found.terms(steering)
        assert list(terms) == names
        assert not any(one.requires_grad for one in terms.values())
        assert float(sum(terms.values())) == pytest.approx(float(found.total), rel=1e-6)
        alone = {
            "balance": routing_losses([routing], load, plan(model, balance=balance)),
            "z": routing_losses([routing], load, plan(model, z=z)),
        }
        assert {name: float(one) for name, one in terms.items()} == {
            name: pytest.approx(float(alone[name].total), rel=1e-6) for name in names
        }
    steering = plan(model)
    assert routing_losses([routing], load, steering).terms(steering) == {}
