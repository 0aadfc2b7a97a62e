"""The model a worker holds, from its tokenizer to its lifting."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from published import internvl_config, published_base, rewrite, write_base, write_internvl
from safetensors.torch import load_file
from tiny_model import LINES, stage, tiny_model
from tiny_worker import SPEC, message_of
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.state import TrainingState
from tomoe_worker.server.calls.checkpoint_folder import LoadedCheckpoint
from tomoe_worker.server.calls.compute import ComputeThread
from tomoe_worker.server.calls.held_model import HeldModel, needed
from tomoe_worker.server.wire.walk import digest_message
from tomoe_worker.spec import LoraSpec

NO_LORA = LoraSpec(rank=0, alpha=0.0, targets=(), initial="kaiming-uniform", dropout=0.0, vision_targets=())


def held() -> HeldModel:
    return HeldModel(torch.device("cpu"), ComputeThread())


def test_creating_and_lifting_tell_the_parameters_by_component() -> None:
    one = held()
    tokenizer = one.fit_tokenizer(SPEC.base.language.vocab, LINES)
    assert tokenizer.size <= SPEC.base.language.vocab
    message = message_of("ModelSpec", SPEC)
    created = one.create(message, 5, None)
    groups = created["groups"]
    assert created["spec_digest"] == digest_message(message)
    assert created["tokenizer_digest"] == tokenizer.digest
    total = sum(group["parameters"] for group in groups)
    assert 0 < total <= sum(parameter.numel() for parameter in one.model.parameters())
    assert [group["component"] for group in groups] == sorted(group["component"] for group in groups)
    report = one.lift(6)
    assert report["reused_tensors"] > 0 and report["new_tensors"] > 0
    assert "tokenExperts" in {group["component"] for group in report["groups"]}


def test_a_model_needs_a_tokenizer_and_lifting_a_model() -> None:
    one = held()
    for call, what in (
        (lambda: one.create(message_of("ModelSpec", SPEC), 1, None), "no tokenizer was fitted"),
        (lambda: one.lift(1), "there is no model"),
        (lambda: one.parameter_groups(), "there is no model"),
    ):
        with pytest.raises(TomoeError, match=what) as caught:
            call()
        assert caught.value.code == "WORKER_STATE"


def test_the_same_seeds_make_the_same_model_and_another_seed_another() -> None:
    def weights(seed: int) -> torch.Tensor:
        one = held()
        one.fit_tokenizer(SPEC.base.language.vocab, LINES)
        one.create(message_of("ModelSpec", SPEC), seed, None)
        one.lift(seed)
        return torch.cat([parameter.detach().flatten() for parameter in one.model.parameters()])

    assert torch.equal(weights(3), weights(3))
    assert not torch.equal(weights(3), weights(4))


def loaded() -> LoadedCheckpoint:
    training = TrainingState(stage=stage(), next_step=2, optimizer={}, random={}, rank=0, world_size=1)
    return LoadedCheckpoint(model=tiny_model(), training=training, summary={})


def test_a_checkpoint_brings_model_tokenizer_and_training_state_along() -> None:
    one, checkpoint = held(), loaded()
    one.replace(checkpoint)
    assert one.model is checkpoint.model and one.resumed is checkpoint.training
    groups = one.create(message_of("ModelSpec", SPEC), 1, None)
    assert groups and one.resumed is None


def test_training_state_is_gone_once_it_was_used_or_the_model_was_lifted() -> None:
    used, changed = held(), held()
    used.replace(loaded())
    used.forget_resumed()
    assert used.resumed is None
    changed.replace(LoadedCheckpoint(model=tiny_model(lifted=False), training=loaded().training, summary={}))
    assert changed.resumed is not None
    changed.lift(1)
    assert changed.resumed is None


def test_what_an_earlier_call_should_have_made_is_given_or_named() -> None:
    assert needed(0, "nothing", "Make it first.") == 0
    with pytest.raises(TomoeError) as caught:
        needed(None, "nothing was made", "Make it first.")
    assert (caught.value.code, caught.value.what, caught.value.hint) == (
        "WORKER_STATE",
        "nothing was made",
        "Make it first.",
    )


def published_message(folder: Path) -> object:
    written = write_base(folder, "internvl-llama")
    base = published_base(written)
    return message_of("ModelSpec", dataclasses.replace(SPEC, base=base, lora=NO_LORA))


def test_a_published_base_is_opened_and_needs_no_tokenizer(tmp_path: Path) -> None:
    one, message = held(), published_message(tmp_path)
    created = one.create(message, 5, tmp_path)
    assert created["spec_digest"] == digest_message(message)
    assert created["tokenizer_digest"] == one.model.base.codec.digest
    disk = load_file(tmp_path / "model.safetensors")
    assert torch.equal(one.model.base.decoder.table_VL, disk["language_model.model.embed_tokens.weight"])
    assert one.lift(6)["reused_tensors"] == len(disk)


def test_a_base_that_is_not_agreed_or_has_changed_is_refused(tmp_path: Path) -> None:
    one, message = held(), published_message(tmp_path / "a")
    with pytest.raises(TomoeError, match=r'no root "base" was agreed') as caught:
        one.create(message, 5, None)
    assert caught.value.code == "WIRE_ROOT"
    write_internvl(tmp_path / "b", {**internvl_config(), "image_token_id": 17})
    with pytest.raises(TomoeError, match=r"the base in b has changed: config.json is another") as caught:
        one.create(message, 5, tmp_path / "b")
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
    rewrite(tmp_path / "a", lambda tensors: tensors["language_model.model.norm.weight"].add_(1))
    with pytest.raises(TomoeError, match=r"the base in a has changed: the weights are") as caught:
        one.create(message, 5, tmp_path / "a")
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
