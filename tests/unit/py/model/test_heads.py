"""model/heads.py against explicit pooling, and against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_model import tiny_spec, tiny_tokenizer
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.heads import FactHeads, PatchHead, WordHead


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


WORDS = ("cyst", "the", "lung", "unheard")


def test_a_word_scores_by_the_nearest_image_token_as_numpy_says() -> None:
    torch.manual_seed(0)
    codec = tiny_tokenizer()
    head = WordHead(codec, WORDS)
    with torch.no_grad():
        head.threshold.copy_(torch.tensor([0.5, -0.25, 0.0, 1.0]))
    tokens, table = torch.randn(3, 5, 16), torch.randn(330, 16)
    lead = len(codec.encode("a"))
    ids = [codec.encode(f"a {word}")[lead:] for word in WORDS]
    assert {len(one) > 1 for one in ids} == {True, False}, "words of one token and of several"
    rows = np.stack([table.double().numpy()[list(one)].mean(axis=0) for one in ids])
    products = np.einsum("rjl,wl->rjw", tokens.double().numpy(), rows).max(axis=1)
    expected = products / ((rows**2).mean() * 4.0) - [0.5, -0.25, 0.0, 1.0]
    np.testing.assert_allclose(head(tokens, table).detach().numpy(), expected, rtol=1e-5, atol=1e-5)


def test_a_word_is_read_from_the_token_that_has_it_and_from_no_other() -> None:
    torch.manual_seed(0)
    head, tokens, table = WordHead(tiny_tokenizer(), WORDS), torch.randn(1, 4, 16), torch.randn(330, 16)
    tokens.requires_grad_(True)
    head(tokens, table)[0, 0].backward()
    assert tokens.grad is not None and int(tokens.grad.abs().sum(dim=-1).count_nonzero()) == 1
    assert head.threshold.grad is not None and head.threshold.grad.tolist() == [-1.0, 0.0, 0.0, 0.0]


def test_words_that_the_base_cannot_tell_apart_are_refused_by_name() -> None:
    class Folding:
        """A codec that knows no accents."""

        def encode(self, text: str) -> tuple[int, ...]:
            folded = text.replace("\u00e9", "e").encode("ascii", "ignore").decode()
            return tuple(ord(one[0]) for one in folded.split())

    for words, what in (
        (("a", "cafe", "caf\u00e9"), "the word 'caf\u00e9' cannot be told from 'cafe'"),
        (("a", "\u4e2d"), "the word '\u4e2d' has no token of its own"),
    ):
        with pytest.raises(TomoeError, match=what) as caught:
            WordHead(Folding(), words)  # type: ignore[arg-type]
        assert caught.value.code == "CONFIG_INVALID"
