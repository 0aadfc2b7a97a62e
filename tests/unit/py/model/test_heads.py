"""model/heads.py against explicit pooling."""

from __future__ import annotations

import torch
from tiny_model import tiny_spec
from tomoe_worker.model.heads import FactHeads, PatchHead


def test_every_patch_gets_its_own_logits() -> None:
    head = PatchHead(16, 5)
    x = torch.randn(2, 3, 16, 16)
    logits = head(x)
    assert logits.shape == (2, 3, 16, 5)
    torch.testing.assert_close(logits[1, 2, 7], head.out(head.norm(x[1, 2, 7])), rtol=1e-5, atol=1e-6)


def test_facts_are_read_from_mean_and_maximum_over_all_slices() -> None:
    heads = FactHeads(16, tiny_spec().facts)
    x = torch.randn(2, 3, 16, 16)
    logits = heads(x)
    assert {name: tuple(one.shape) for name, one in logits.items()} == {"plane": (2, 3), "side": (2, 2)}
    pooled = torch.cat([x[1].reshape(-1, 16).mean(0), x[1].reshape(-1, 16).max(0).values])
    torch.testing.assert_close(logits["side"][1], heads.out["side"](heads.norm(pooled)), rtol=1e-5, atol=1e-6)


def test_heads_read_slices_as_they_read_volumes() -> None:
    heads, patches = FactHeads(16, tiny_spec().facts), PatchHead(16, 5)
    one = torch.randn(1, 1, 16, 16)
    twice = one.expand(1, 2, 16, 16)
    for name, logits in heads(one).items():
        torch.testing.assert_close(heads(twice)[name], logits, rtol=1e-5, atol=1e-6)
    assert torch.equal(patches(twice)[:, 0], patches(one)[:, 0])


def test_the_order_of_patches_and_slices_changes_no_fact() -> None:
    heads = FactHeads(16, tiny_spec().facts)
    x = torch.randn(2, 3, 16, 16)
    shuffled = x[:, torch.tensor([2, 0, 1])][:, :, torch.randperm(16)]
    for name, logits in heads(x).items():
        torch.testing.assert_close(heads(shuffled)[name], logits, rtol=1e-4, atol=1e-5)


def test_a_gradient_reaches_every_weight_of_a_head() -> None:
    heads, patches = FactHeads(16, tiny_spec().facts), PatchHead(16, 5)
    x = torch.randn(2, 3, 16, 16)
    (sum(logits.square().sum() for logits in heads(x).values()) + patches(x).square().sum()).backward()
    held = [*heads.parameters(), *patches.parameters()]
    assert all(parameter.grad is not None and bool(parameter.grad.abs().sum() > 0) for parameter in held)
