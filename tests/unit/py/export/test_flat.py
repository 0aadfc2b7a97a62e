"""export/flat.py: the 2D model inside a trained one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from exported import adapters_of, lifted
from published import Written, published_model, write_base
from tomoe_worker.export.flat import flat_model, probe
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.io.base_folder import open_folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write_base(tmp_path_factory.mktemp("base"), "internvl-llama")


def flat_of(model: TomoeModel, written: Written) -> TomoeModel:
    return flat_model(model, open_folder(written.folder))


def test_it_shares_the_trained_tensors_and_has_the_published_mlp_where_experts_stand(
    written: Written,
) -> None:
    model = lifted(written)
    flat, plain = flat_of(model, written), published_model(written, lora=adapters_of(written))
    trained, state, published = model.state_dict(), flat.state_dict(), plain.state_dict()
    assert not flat.lifted and state.keys() == published.keys()
    stood = {key for key in state if key not in trained}
    assert len(stood) == 4 + 2 * 2
    for key, tensor in state.items():
        if key not in stood:
            assert tensor.data_ptr() == trained[key].data_ptr(), key
        elif ".lora_" in key:
            assert not tensor.any(), key
        else:
            assert torch.equal(tensor, published[key]), key


def test_its_answer_to_the_probe_is_that_of_the_stock_class_before_any_training(written: Written) -> None:
    model = published_model(written)
    stock = family_of(model.spec.base).stock(model.spec.base)
    held = probe(flat_of(model, written), stock).tensors
    with torch.no_grad():
        theirs = written.reference.model(input_ids=held["ids_ST"], pixel_values=held["pixels_S3II"]).logits
    assert float((theirs - held["logits_STV"]).abs().max()) == 0.0
    assert int((held["ids_ST"] == stock.image_token).sum()) == 2 * model.base.projector.count(1)
    # Two slices that differ are answered differently: the image is part of the probe.
    assert float((held["logits_STV"][0] - held["logits_STV"][1]).abs().max()) > 1e-2


def test_the_probe_of_a_class_that_reads_text_alone_has_no_slices(tmp_path: Path) -> None:
    written = write_base(tmp_path, "phi3_v")
    model = published_model(written)
    held = probe(flat_of(model, written), family_of(model.spec.base).stock(model.spec.base)).tensors
    assert set(held) == {"ids_ST", "logits_STV"}
    assert held["logits_STV"].shape == (*held["ids_ST"].shape, model.base.decoder.vocab)


def test_the_same_model_gives_the_same_probe(written: Written) -> None:
    model = lifted(written)
    stock = family_of(model.spec.base).stock(model.spec.base)
    first, second = (probe(flat_of(model, written), stock).tensors for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
