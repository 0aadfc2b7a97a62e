"""model/moe.py against a slow per-token reference."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from tiny_model import SITE, spread_experts, tiny_model
from tomoe_worker.model.lift.moe import (
    ExpertGroup,
    MoeMlp,
    PromptGuide,
    choose,
    mix_by_dispatch,
    mix_by_source,
)
from tomoe_worker.spec import GroupPlan, LayerPlan
from torch import nn

E, C, W = 4, 16, 6


@dataclass(frozen=True)
class Decoder:
    """A language model, as far as the gates see it."""

    table_VL: torch.Tensor


def layer(per_task: bool = False) -> MoeMlp:
    mlp = spread_experts(tiny_model(per_task=per_task)).tower.block(2).mlp
    assert isinstance(mlp, MoeMlp)
    return mlp


def layer_plan(groups: int, bias: tuple[float, ...] = (0.0,) * E) -> LayerPlan:
    return LayerPlan(site=SITE, groups=tuple(GroupPlan(expert_bias=bias) for _ in range(groups)))


def inputs(sources: int, rows: int, seed: int = 0, tokens: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(sources, tokens, C, generator=generator), torch.randn(rows, W, generator=generator)


def slow(
    group: Any, u: torch.Tensor, text: torch.Tensor, bias: list[float], top_k: int
) -> tuple[torch.Tensor, list[int]]:
    """The definition, one token at a time: softmax over all experts, choice by p + bias, gates
    renormalised.
    """
    logits = group.router.weight @ torch.cat([u, text])
    p = torch.exp(logits - logits.max())
    p = p / p.sum()
    chosen = sorted(range(E), key=lambda expert: -(float(p[expert]) + bias[expert]))[:top_k]
    total = sum(p[expert] for expert in chosen)
    mixed = torch.stack([p[expert] / total * group.experts[expert](u) for expert in chosen]).sum(0)
    return mixed, chosen


@pytest.mark.parametrize("top_k", [1, 2, 4])
@pytest.mark.parametrize("rows", [1, 9])
def test_mixture_and_load_equal_one_token_at_a_time_whichever_way_is_cheaper(top_k: int, rows: int) -> None:
    mlp = layer(per_task=True)
    u, text = inputs(3, rows)
    groups = sorted(index % 3 for index in range(rows))
    source = [index % 3 for index in range(rows)]
    order = sorted(range(rows), key=lambda row: (groups[row], source[row]))
    groups, source = [groups[row] for row in order], [source[row] for row in order]
    bias = (0.05, -0.1, 0.0, 0.2)
    with torch.no_grad():
        y, routings = mlp(u, source, groups, text, layer_plan(3, bias), top_k)
        load = torch.zeros(3, E, dtype=torch.int64)
        entropy = torch.zeros(3, dtype=torch.float64)
        members = list(mlp.groups.values())
        for row in range(rows):
            for token in range(u.shape[1]):
                expected, chosen = slow(
                    members[groups[row]], u[source[row], token], text[row], list(bias), top_k
                )
                torch.testing.assert_close(y[row, token], expected, rtol=1e-4, atol=1e-5)
                load[groups[row], chosen] += 1
                weight = members[groups[row]].router.weight  # type: ignore[union-attr]
                p = (weight @ torch.cat([u[source[row], token], text[row]])).double().softmax(0)
                entropy[groups[row]] -= float((p * p.log()).sum())
    for routing in routings:
        assert torch.equal(routing.load_E, load[routing.group])
        assert float(routing.entropy) == pytest.approx(float(entropy[routing.group]), rel=1e-5)
        assert not routing.entropy.requires_grad
    assert sum(int(routing.load_E.sum()) for routing in routings) == rows * u.shape[1] * top_k


def test_both_ways_of_mixing_agree_in_value_and_gradient() -> None:
    group = layer().groups["shared"]
    assert isinstance(group, ExpertGroup)
    u, text = inputs(3, 6)
    source = [0, 0, 1, 2, 2, 2]
    results = []
    for mix in (mix_by_source, mix_by_dispatch):
        group.zero_grad()
        held = u.clone().requires_grad_()
        _, ids, gates = choose(group.logits(held, torch.tensor(source), text), torch.zeros(E), 2)
        y = mix(group, held, source, ids, gates)
        y.square().sum().backward()
        results.append([y.detach(), held.grad, *(parameter.grad for parameter in group.parameters())])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("top_k", [1, 2, 3, 4])
def test_exact_copies_under_gates_that_sum_to_one_equal_the_dense_mlp(top_k: int) -> None:
    # model/README.md, exact 3.
    flat = tiny_model(lifted=False)
    dense = copy.deepcopy(flat.tower.block(2).mlp)
    flat.lift(1)
    u, text = inputs(2, 5)
    with torch.no_grad():
        y, _ = flat.tower.block(2).mlp(u, [0, 0, 0, 1, 1], [0] * 5, text, layer_plan(1), top_k)
        torch.testing.assert_close(y, dense(u)[[0, 0, 0, 1, 1]], rtol=1e-5, atol=1e-6)


def test_the_bias_steers_the_choice_and_never_the_weight_of_a_gate() -> None:
    logits = torch.randn(1, 50, E, generator=torch.Generator().manual_seed(5))
    p, ids, gates = choose(logits, torch.zeros(E), 2)
    p_biased, ids_biased, gates_biased = choose(logits, torch.tensor([0.0, 0.0, 0.0, 10.0]), 2)
    assert torch.equal(p, p_biased)
    assert bool((ids_biased == 3).any(dim=-1).all())
    assert not bool((ids == 3).any(dim=-1).all())
    picked = p.gather(-1, ids_biased)
    torch.testing.assert_close(gates_biased, picked / picked.sum(-1, keepdim=True))
    torch.testing.assert_close(gates.sum(-1), torch.ones(1, 50))
    same = (ids.sort(-1).values == ids_biased.sort(-1).values).all(-1)
    assert bool(same.any())
    torch.testing.assert_close(
        torch.zeros(1, 50, E).scatter(-1, ids, gates)[same],
        torch.zeros(1, 50, E).scatter(-1, ids_biased, gates_biased)[same],
    )


def test_one_expert_per_token_has_gate_one_and_still_teaches_the_router() -> None:
    logits = torch.randn(1, 3, E, generator=torch.Generator().manual_seed(6)).requires_grad_()
    _, _, gates = choose(logits, torch.zeros(E), 1)
    assert torch.equal(gates.detach(), torch.ones(1, 3, 1))
    (gates * torch.tensor([1.0, 2.0, -1.0]).view(1, 3, 1)).sum().backward()
    assert logits.grad is not None and float(logits.grad.abs().min()) > 0


@pytest.mark.parametrize("source", [[0, 1], [0, 0, 1, 1, 1]])
def test_a_group_of_one_expert_is_that_expert_to_the_bit_on_either_way(source: list[int]) -> None:
    mlp = spread_experts(tiny_model(moe={"token_experts": 1})).tower.block(2).mlp
    (group,) = mlp.groups.values()
    u, text = inputs(2, len(source))
    of = torch.tensor(source)
    _, ids, gates = choose(group.logits(u, of, text), torch.zeros(1), 1)
    for mix in (mix_by_source, mix_by_dispatch):
        group.zero_grad()
        y = mix(group, u, source, ids, gates)
        assert torch.equal(y, group.experts[0](u)[of])
        y.square().sum().backward(retain_graph=True)
        assert all(parameter.grad is not None for parameter in group.experts.parameters())


def test_the_gate_of_one_expert_is_one_and_no_loss_through_it_moves_the_router() -> None:
    logits = (50 * torch.randn(2, 64, 1, generator=torch.Generator().manual_seed(7))).requires_grad_()
    p, _, gates = choose(logits, torch.zeros(1), 1)
    assert torch.equal(gates.detach(), torch.ones(2, 64, 1))
    (gates * torch.randn(2, 64, 1) + p.square()).sum().backward()
    assert logits.grad is not None and torch.equal(logits.grad, torch.zeros_like(logits))


def test_the_prompt_moves_the_gates() -> None:
    mlp = layer()
    u, text = inputs(1, 2)
    with torch.no_grad():
        y, _ = mlp(u, [0, 0], [0, 0], text, layer_plan(1), 2)
        without, _ = mlp(u, [0, 0], [0, 0], torch.zeros_like(text), layer_plan(1), 2)
    assert float((y[0] - y[1]).abs().max()) > 1e-3
    assert torch.equal(without[0], without[1])


def test_cloned_groups_compute_what_the_shared_group_did() -> None:
    mlp = layer()
    u, text = inputs(2, 3)
    with torch.no_grad():
        shared, _ = mlp(u, [0, 1, 1], [0, 0, 0], text, layer_plan(1), 2)
        mlp.clone_group("shared", ["a", "b", "c"])
        cloned = [mlp(u, [0, 1, 1], [group] * 3, text, layer_plan(3), 2)[0] for group in range(3)]
    for one in cloned:
        assert torch.equal(one, shared)


def test_the_prompt_vector_is_norm_and_projection_of_the_mean_frozen_embedding() -> None:
    table = nn.Embedding(10, 8)
    guide = PromptGuide(Decoder(table.weight), 5)
    assert "embedding_VL" not in guide.state_dict() and guide.table_VL.data_ptr() == table.weight.data_ptr()
    prompts = [(1, 2, 2), None, (9,)]
    with torch.no_grad():
        out = guide(prompts)
        for row, prompt in enumerate(prompts):
            if prompt is None:
                assert torch.equal(out[row], torch.zeros(5))
            else:
                mean = torch.stack([table.weight[token] for token in prompt]).mean(0)
                torch.testing.assert_close(out[row], guide.projection(guide.norm(mean)), rtol=1e-5, atol=1e-6)
        guide.keep()
        table.weight.add_(1.0)
        assert torch.equal(guide(prompts), out) and "embedding_VL" in guide.state_dict()
        guide.keep()
        assert torch.equal(guide(prompts), out)
