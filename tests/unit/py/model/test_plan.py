"""model/plan.py: a plan of another shape is refused with what differs."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from tiny_model import SITE, plan, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.spec import GroupPlan, LayerPlan


def test_a_fitting_plan_passes_before_and_after_lifting_and_cloning() -> None:
    for model in (tiny_model(lifted=False), tiny_model(), tiny_model(per_task=True)):
        model.check_plan(plan(model))


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"groups": ("report",)}, r"the plan has groups \['report'\], the model \['shared'\]"),
        ({"layers": ()}, r"the plan steers \[\], the model has experts at \['vision.blocks.2.mlp'\]"),
        ({"top_k": 5}, r"topK is 5, the model has 4 experts"),
        ({"top_k": 0}, r"topK is 0, it must be a whole number of at least 1"),
        ({"balance_loss_weight": -0.1}, r"balanceLossWeight is -0.1, it must be a number of at least 0"),
        ({"z_loss_weight": math.inf}, r"zLossWeight is inf"),
        (
            {"layers": (LayerPlan(site=SITE, groups=(GroupPlan(expert_bias=(0.0,) * 3),)),)},
            r"vision.blocks.2.mlp has biases for 3 experts, the model has 4",
        ),
        (
            {"layers": (LayerPlan(site=SITE, groups=(GroupPlan(expert_bias=(0.0, 0.0, 0.0, math.nan)),)),)},
            r"vision.blocks.2.mlp has a bias that is not finite",
        ),
        (
            {"layers": (LayerPlan(site=SITE, groups=(GroupPlan(expert_bias=(0.0,) * 4),) * 2),)},
            r"vision.blocks.2.mlp has 2 groups, the plan names 1",
        ),
    ],
)
def test_a_plan_of_another_shape_is_refused(fields: dict[str, Any], what: str) -> None:
    model = tiny_model()
    with pytest.raises(TomoeError, match=what) as caught:
        model.check_plan(dataclasses.replace(plan(model), **fields))
    assert caught.value.code == "ROUTER_SHAPE"
