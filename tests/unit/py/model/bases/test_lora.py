"""model/bases/lora.py: adapters beside linear maps."""

from __future__ import annotations

import pytest
import torch
from tomoe_worker.model.bases.lora import LoraLinear, add_lora
from tomoe_worker.spec import LoraSpec
from torch import nn


@pytest.mark.parametrize("bias", [False, True])
def test_an_adapter_equals_the_merged_matrix(bias: bool) -> None:
    torch.manual_seed(0)
    layer = LoraLinear(nn.Linear(6, 5, bias=bias), rank=2, alpha=8.0)
    with torch.no_grad():
        layer.lora_B.normal_()
        x = torch.randn(3, 6)
        merged = layer.weight + 4.0 * layer.lora_B @ layer.lora_A
        plain = x @ merged.T + (layer.bias if bias else 0.0)
        torch.testing.assert_close(layer(x), plain, rtol=1e-5, atol=1e-6)


def test_adapters_stand_beside_the_maps_named_and_nowhere_without_a_rank() -> None:
    def layers() -> nn.ModuleList:
        return nn.ModuleList([nn.ModuleDict({"q_proj": nn.Linear(4, 4), "norm": nn.LayerNorm(4)})])

    spec = LoraSpec(rank=2, alpha=4.0, targets=("q_proj", "norm"), initial="kaiming-uniform")
    adapted, plain = layers(), layers()
    add_lora(adapted, spec)
    assert {name for name, _ in adapted.named_parameters() if "lora_" in name} == {
        "0.q_proj.lora_A",
        "0.q_proj.lora_B",
    }
    add_lora(plain, LoraSpec(rank=0, alpha=4.0, targets=("q_proj",), initial="kaiming-uniform"))
    assert not any("lora_" in name for name, _ in plain.named_parameters())
