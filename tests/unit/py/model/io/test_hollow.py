"""model/io/hollow.py: a model without memory for its weights, filled with tensors that are there already."""

from __future__ import annotations

import torch
from tiny_model import batch, plan, tiny_model, tiny_spec, tiny_tokenizer
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.hollow import fill, hollow
from torch import nn


class Tied(nn.Module):
    """Two keys for one parameter, and a table that no file holds."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(4, 3)
        self.head = nn.Linear(3, 4, bias=False)
        self.head.weight = self.table.weight
        self.frozen = nn.Parameter(torch.zeros(2), requires_grad=False)
        self.register_buffer("kept", torch.zeros(2))
        self.register_buffer("angles", torch.arange(3.0), persistent=False)


def test_a_hollow_model_holds_no_weight_but_its_own_tables() -> None:
    with hollow():
        model = TomoeModel(tiny_spec(), tiny_tokenizer(), 0, "cpu")
        model.lift(0)
    assert all(parameter.is_meta for parameter in model.parameters())
    stored = model.state_dict().keys()
    tables = {name: table for name, table in model.named_buffers() if name not in stored}
    expected = {name: table for name, table in tiny_model().named_buffers() if name not in stored}
    assert tables.keys() == expected.keys() and tables
    assert all(torch.equal(table, expected[name]) for name, table in tables.items())
    assert not nn.Linear(2, 2).weight.is_meta


def test_a_filled_model_holds_the_given_tensors_themselves_and_computes_the_same() -> None:
    whole = tiny_model()
    with hollow():
        model = TomoeModel(whole.spec, whole.base.codec, 0, "cpu")
        model.lift(0)
    given = {key: tensor.clone() for key, tensor in whole.state_dict().items()}
    fill(model, given, "cpu")
    held = model.state_dict()
    assert all(held[key].data_ptr() == tensor.data_ptr() for key, tensor in given.items())

    def tokens(of: TomoeModel) -> torch.Tensor:
        walked = of.walk.shared(batch(0).volumes, 0, of.inference_cache)
        from tomoe_worker.model.lift.features import VisionRow

        rows = (VisionRow(volume=0, group=0, prompt=(5, 6)), VisionRow(volume=1, group=0, prompt=None))
        return of.base.projector.tokens(of.walk.rows(walked, rows, plan(of)).features_RDPC)

    assert torch.equal(tokens(model), tokens(whole))


def test_keys_that_share_a_parameter_share_one_after_filling_and_what_was_frozen_stays_frozen() -> None:
    with hollow():
        model = Tied()
    assert model.head.weight is model.table.weight and model.head.weight.is_meta
    assert torch.equal(model.get_buffer("angles"), torch.arange(3.0))
    first, frozen, kept = torch.ones(4, 3), torch.ones(2), torch.full((2,), 7.0)
    other = torch.zeros(4, 3)
    fill(model, {"table.weight": first, "head.weight": other, "frozen": frozen, "kept": kept}, "cpu")
    assert model.head.weight is model.table.weight and model.head.weight.data_ptr() == first.data_ptr()
    assert model.table.weight.requires_grad and not model.frozen.requires_grad
    assert isinstance(model.frozen, nn.Parameter) and model.get_buffer("kept") is kept
