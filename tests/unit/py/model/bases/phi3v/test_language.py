"""model/language.py against transformers' own Phi3 forward."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from tiny_model import tiny_spec
from tomoe_worker.model.bases.causal import CausalDecoder
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.bases.lora import add_lora
from tomoe_worker.model.bases.phi3v.language import LINEAR_LAYERS, build_phi3, phi3_decoder
from tomoe_worker.model.bases.rotation import plain_rotation
from tomoe_worker.model.blocks import BlockRunner
from tomoe_worker.spec import LanguageSpec, LoraSpec
from transformers import Phi3Config, Phi3ForCausalLM


def spec(**fields: object) -> LanguageSpec:
    return dataclasses.replace(tiny_spec().base.language, **fields)  # type: ignore[arg-type]


def built(of: LanguageSpec, targets: tuple[str, ...] = ()) -> tuple[object, CausalDecoder]:
    torch.manual_seed(2)
    lora = LoraSpec(
        rank=4 if targets else 0,
        alpha=8.0,
        targets=targets,
        initial="kaiming-uniform",
        dropout=0.0,
        vision_targets=(),
    )
    phi3 = build_phi3(of)
    add_lora(phi3.model.layers, lora, targets)
    phi3.eval()
    with torch.no_grad():
        for name, parameter in phi3.named_parameters():
            if "lora_" not in name:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    rotation = plain_rotation(of.rope_theta, of.hidden // of.heads)
    return phi3, phi3_decoder(phi3, of, rotation, BlockRunner(tiny_spec()))


def embeddings(rows: int, length: int) -> torch.Tensor:
    return torch.randn(rows, length, 16, generator=torch.Generator().manual_seed(3))


def everywhere(rows: int, length: int) -> torch.Tensor:
    return torch.arange(length).expand(rows, -1)


@pytest.mark.parametrize("pairs", [2, 1])
def test_the_walk_equals_transformers_at_every_position(pairs: int) -> None:
    phi3, decoder = built(spec(key_value_heads=pairs))
    x = embeddings(3, 9)
    with torch.no_grad():
        theirs = phi3.model(inputs_embeds=x).last_hidden_state  # type: ignore[attr-defined]
        ours = decoder.read_positions(x, everywhere(3, 9))
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_the_epsilon_of_the_norms_is_the_specs() -> None:
    of = spec(norm_epsilon=1e-3)
    phi3, decoder = built(of)
    # Built here from the config of a published model, not by the builder under test.
    theirs = Phi3ForCausalLM(
        Phi3Config(
            vocab_size=of.vocab,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=256,
            original_max_position_embeddings=256,
            rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
            rms_norm_eps=1e-3,
            pad_token_id=None,
        )
    ).eval()
    theirs.load_state_dict(phi3.state_dict())  # type: ignore[attr-defined]
    # Inputs of a deviation of 1e-2 make an epsilon visible.
    x = 1e-2 * embeddings(2, 5)
    with torch.no_grad():
        expected = theirs.model(inputs_embeds=x).last_hidden_state
        torch.testing.assert_close(
            decoder.read_positions(x, everywhere(2, 5)), expected, rtol=1e-5, atol=1e-5
        )


def test_reading_some_positions_gives_what_reading_all_gives_there() -> None:
    _, decoder = built(spec())
    x = embeddings(2, 9)
    read = torch.tensor([[3, 8, 8], [0, 2, 5]])
    with torch.no_grad():
        whole = decoder.read_positions(x, everywhere(2, 9))
        some = decoder.read_positions(x, read)
    torch.testing.assert_close(
        some, whole.gather(1, read[..., None].expand(-1, -1, 16)), rtol=1e-5, atol=1e-6
    )


def test_padding_on_the_right_changes_nothing_that_is_read() -> None:
    _, decoder = built(spec())
    x = embeddings(1, 6)
    padded = torch.cat([x, torch.full((1, 4, 16), 50.0)], dim=1)
    with torch.no_grad():
        torch.testing.assert_close(
            decoder.read_positions(padded, everywhere(1, 6)), decoder.read_positions(x, everywhere(1, 6))
        )


@pytest.mark.parametrize("pairs", [2, 1])
def test_prefill_and_cached_steps_equal_one_pass(pairs: int) -> None:
    _, decoder = built(spec(key_value_heads=pairs))
    x = embeddings(2, 10)
    lengths = torch.tensor([4, 6])
    with torch.no_grad():
        whole = [decoder.read_positions(x[row : row + 1, :9], everywhere(1, 9))[0] for row in range(2)]
        prefix = x[:, :6].clone()
        prefix[0, 4:] = 77.0  # right padding of the shorter row
        last, cache = decoder.prefill(prefix, lengths)
        for row in range(2):
            torch.testing.assert_close(last[row], whole[row][lengths[row] - 1], rtol=1e-4, atol=1e-5)
        for step in range(3):
            new = torch.stack([x[row, lengths[row] + step] for row in range(2)])[:, None]
            itself = torch.ones(2, 1, 1, dtype=torch.bool)
            hidden, cache = decoder.extend(new, (lengths + step)[:, None], itself, cache)
            for row in range(2):
                torch.testing.assert_close(
                    hidden[row, 0], whole[row][lengths[row] + step], rtol=1e-4, atol=1e-5
                )


def test_two_continuations_side_by_side_are_blind_to_each_other() -> None:
    _, decoder = built(spec())
    x = embeddings(1, 9)
    with torch.no_grad():
        _, cache = decoder.prefill(x[:, :5], torch.tensor([5]))
        within = torch.tensor([[[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]]], dtype=torch.bool)
        hidden, _ = decoder.extend(x[:, 5:], torch.tensor([[5, 6, 5, 6]]), within, cache)
        first = decoder.read_positions(x[:, :7], everywhere(1, 7))[0, 5:]
        second = decoder.read_positions(torch.cat([x[:, :5], x[:, 7:]], dim=1), everywhere(1, 7))[0, 5:]
    torch.testing.assert_close(hidden[0, :2], first, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(hidden[0, 2:], second, rtol=1e-4, atol=1e-5)


def test_fresh_adapters_change_nothing_and_keep_the_keys_of_the_base() -> None:
    plain, plain_decoder = built(spec())
    adapted, decoder = built(spec(), LINEAR_LAYERS)
    own, held = plain.state_dict(), adapted.state_dict()  # type: ignore[attr-defined]
    names = {own_name(name): name for name in held}
    adapted.load_state_dict({names[name]: one for name, one in own.items()}, strict=False)  # type: ignore[attr-defined]
    extra = set(names) - set(own)
    assert set(own) <= set(names)
    assert len(extra) == 2 * 4 * 2 and all(".lora_" in name for name in extra)
    x = embeddings(1, 6)
    with torch.no_grad():
        assert torch.equal(
            decoder.read_positions(x, everywhere(1, 6)), plain_decoder.read_positions(x, everywhere(1, 6))
        )


@pytest.mark.parametrize("targets", [("qkv_proj",), ("o_proj", "down_proj"), LINEAR_LAYERS])
def test_adapters_stand_on_the_layers_named_alone(targets: tuple[str, ...]) -> None:
    adapted, _ = built(spec(), targets)
    held = {name.split(".")[-4] for name in adapted.state_dict() if ".lora_" in name}  # type: ignore[attr-defined]
    assert held == set(targets)


@pytest.mark.parametrize("std", [0.02 * 48**0.5, 0.02])
def test_the_first_weights_have_the_deviation_asked_for(std: float) -> None:
    torch.manual_seed(0)
    phi3 = build_phi3(spec(hidden=64, mlp=8, layers=1, vocab=300, initial_std=std))
    for weight in (
        phi3.model.embed_tokens.weight,
        phi3.lm_head.weight,
        phi3.model.layers[0].self_attn.o_proj.weight,
    ):
        assert float(weight.detach().std()) == pytest.approx(std, rel=0.05)
