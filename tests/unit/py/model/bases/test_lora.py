"""model/bases/lora.py: adapters beside linear maps."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from published import FAMILIES, Phi3vParts, Written, published_model, write_base
from tiny_model import tiny_model
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.lora import adapted_maps, add_lora, dropping, merged, trained_dropouts
from tomoe_worker.spec import LoraSpec
from torch import nn

SPEC = LoraSpec(
    rank=2, alpha=4.0, targets=("q_proj",), initial="kaiming-uniform", dropout=0.0, vision_targets=()
)


@pytest.fixture(scope="module", params=FAMILIES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder: Path = tmp_path_factory.mktemp(request.param)
    return write_base(folder, request.param)


def targets_of(written: Written, part: str) -> tuple[str, ...]:
    model = published_model(written)
    found: tuple[str, ...] = getattr(family_of(model.spec.base).adapter_targets(model.spec.base), part)
    return found


def adapted(written: Written, **lora: Any) -> TomoeModel:
    """A base from files with adapters that have learned something."""
    model = published_model(written, moe={"sites": ()}, lora={"rank": 2, **lora})
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for one in adapted_maps(model):
            weight = one.lora_B["default"].weight
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.2)
    return model


def image_tokens(model: TomoeModel) -> torch.Tensor:
    pixels = torch.randn(2, 3, 28, 28, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        x = model.tower.embed(pixels).unsqueeze(1)
        x = model.tower.walk(x, 1, model.tower.half_steps, model.lifted)
        return model.base.projector.tokens(model.tower.finish(x))


def logits(model: TomoeModel) -> torch.Tensor:
    # Longer than what the pinned frequencies of Phi-3-V were trained at, as the model admits.
    ids = torch.randint(0, 200, (2, 48), generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        decoder = model.base.decoder
        everywhere = torch.arange(48).expand(2, -1)
        return decoder.logits(decoder.read_positions(decoder.embed(ids), everywhere))


def layers() -> nn.ModuleList:
    return nn.ModuleList([nn.ModuleDict({"q_proj": nn.Linear(4, 4), "norm": nn.LayerNorm(4)})])


@pytest.mark.parametrize("bias", [False, True])
def test_an_adapter_equals_the_merged_matrix(bias: bool) -> None:
    torch.manual_seed(0)
    one = nn.ModuleDict({"q_proj": nn.Linear(6, 5, bias=bias)})
    add_lora([one], SPEC, ("q_proj",))
    layer: Any = one["q_proj"]
    with torch.no_grad():
        layer.lora_B["default"].weight.normal_()
        x = torch.randn(3, 6)
        change = layer.lora_B["default"].weight @ layer.lora_A["default"].weight
        summed = layer.base_layer.weight + 4.0 / 2 * change
        plain = x @ summed.T + (layer.base_layer.bias if bias else 0.0)
        torch.testing.assert_close(layer(x), plain, rtol=1e-5, atol=1e-6)


def test_adapters_stand_beside_the_maps_named_under_the_names_of_peft_and_nowhere_without_targets() -> None:
    torch.manual_seed(0)
    first, plain = layers(), layers()
    add_lora(first, SPEC, ("q_proj",))
    assert {name for name, _ in first.named_parameters() if "q_proj" in name} == {
        "0.q_proj.base_layer.weight",
        "0.q_proj.base_layer.bias",
        "0.q_proj.lora_A.default.weight",
        "0.q_proj.lora_B.default.weight",
    }
    assert sum(1 for _ in adapted_maps(first)) == 1
    add_lora(plain, SPEC, ())
    assert not any("lora_" in name for name, _ in plain.named_parameters())


def test_what_is_beside_an_adapter_goes_on_taking_gradients() -> None:
    first = layers()
    first[0]["norm"].requires_grad_(False)  # type: ignore[index]
    add_lora(first, SPEC, ("q_proj",))
    still = {name for name, one in first.named_parameters() if not one.requires_grad}
    assert still == {"0.norm.weight", "0.norm.bias"}


def test_b_starts_at_zero_and_a_within_one_over_the_root_of_its_inputs(written: Written) -> None:
    model = published_model(written, lora={"rank": 2, "targets": targets_of(written, "language")})
    maps = list(adapted_maps(model))
    assert len(maps) == 2 * len(targets_of(written, "language"))
    for one in maps:
        a = one.lora_A["default"].weight.detach()
        bound = one.in_features**-0.5
        assert not a.is_meta and bound / 2 < float(a.abs().max()) <= bound
        assert not one.lora_B["default"].weight.any()


def test_two_seeds_draw_two_adapters(written: Written) -> None:
    model = published_model(written, lora={"rank": 2, "targets": targets_of(written, "language")[:1]})
    first, second = (
        next(adapted_maps(TomoeModel(model.spec, model.base.codec, seed, "cpu"))).lora_A["default"].weight
        for seed in (1, 2)
    )
    assert not torch.equal(first, second)


def test_every_language_target_is_called_by_our_walk(written: Written) -> None:
    plain = logits(published_model(written))
    for target in targets_of(written, "language"):
        assert float((logits(adapted(written, targets=(target,))) - plain).abs().max()) > 1e-3, target


def test_every_vision_target_is_called_by_our_walk(written: Written) -> None:
    plain, language = image_tokens(published_model(written)), targets_of(written, "language")[:1]
    for target in targets_of(written, "vision"):
        model = adapted(written, targets=language, vision_targets=(target,))
        assert float((image_tokens(model) - plain).abs().max()) > 1e-4, target


def test_no_adapter_stands_behind_the_feature_tap(written: Written) -> None:
    model = adapted(written, targets=targets_of(written, "language")[:1], vision_targets=("fc1",))
    vision = [name for name, _ in model.base.named_parameters() if ".fc1.lora_A" in name]
    assert len(vision) == model.tower.blocks_read
    assert all(model.base.part_of(name) is not None for name in vision)


def test_logits_are_those_of_transformers_with_peft_itself(written: Written) -> None:
    targets = targets_of(written, "language")
    model = adapted(written, targets=targets)
    reference = copy.deepcopy(written.reference.model)
    stock = reference.phi3 if isinstance(reference, Phi3vParts) else reference
    config = LoraConfig(r=2, lora_alpha=8.0, target_modules=rf".*\.layers\.\d+\..*\.({'|'.join(targets)})")
    theirs = get_peft_model(stock, config).eval()
    own = {
        f"base_model.model.{key.replace('.default', '')}": tensor
        for key, tensor in model.base.state_dict().items()
        if ".lora_" in key
    }
    loaded = set_peft_model_state_dict(theirs, own)
    assert not loaded.unexpected_keys
    ids = torch.randint(0, 200, (2, 48), generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        found = theirs(input_ids=ids).logits
    assert float((found - logits(model)).abs().max()) == 0.0


def test_merged_weights_answer_as_the_adapters_beside_them_and_come_out_again(written: Written) -> None:
    targets = targets_of(written, "language")
    model = adapted(written, targets=targets, vision_targets=("fc1", "q_proj"))
    before = {name: one.clone() for name, one in model.base.state_dict().items()}
    text, image = logits(model), image_tokens(model)
    with merged(model):
        assert all(one.merged for one in adapted_maps(model))
        weight = next(name for name in before if name.endswith(f"{targets[0]}.base_layer.weight"))
        assert not torch.equal(model.base.state_dict()[weight], before[weight])
        # Logits of about 1 in float32: another order of sums moves them by up to 2e-5, by the processor.
        torch.testing.assert_close(logits(model), text, rtol=1e-5, atol=1e-4)
        torch.testing.assert_close(image_tokens(model), image, rtol=1e-5, atol=1e-4)
    for name, one in model.base.state_dict().items():
        torch.testing.assert_close(one, before[name], rtol=1e-5, atol=1e-6)


def test_the_copies_of_experts_have_adapters_of_their_own() -> None:
    model = tiny_model(lora={"rank": 2, "targets": ("o_proj",), "vision_targets": ("fc1",)})
    inside = [one for name, one in model.named_parameters() if ".experts." in name and ".lora_A" in name]
    assert len(inside) == 4 and len({one.data_ptr() for one in inside}) == 4
    assert all(torch.equal(one, inside[0]) for one in inside)


def test_only_adapters_that_train_drop_and_only_in_a_training_step() -> None:
    first = layers()
    add_lora(first, dataclasses.replace(SPEC, dropout=0.5), ("q_proj",))
    layer: Any = first[0]["q_proj"]  # type: ignore[index]
    with torch.no_grad():
        layer.lora_B["default"].weight.fill_(1.0)
    x = torch.ones(2, 4)
    assert torch.equal(layer(x), layer(x))
    dropouts = trained_dropouts(first)
    torch.manual_seed(0)
    with dropping(dropouts):
        assert not torch.equal(layer(x), layer(x))
    assert torch.equal(layer(x), layer(x))
    layer.lora_A["default"].weight.requires_grad_(False)
    assert trained_dropouts(first) == ()


def test_no_dropout_draws_nothing() -> None:
    first = layers()
    add_lora(first, SPEC, ("q_proj",))
    torch.manual_seed(0)
    state = torch.get_rng_state()
    with dropping(trained_dropouts(first)):
        first[0]["q_proj"](torch.ones(2, 4))  # type: ignore[index]
    assert torch.equal(torch.get_rng_state(), state)
