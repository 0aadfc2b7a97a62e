"""Checks of a RoutingPlan against the model it is to steer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tomoe_worker.errors import TomoeError
from tomoe_worker.ranges import range_problems
from tomoe_worker.spec import RoutingPlan


def check_plan(plan: RoutingPlan, groups: Sequence[str], sites: Sequence[str], experts: int) -> None:
    """Refuse a plan made for another shape of model.

    Args:
        groups: expert groups the model has now, in order.
        sites: where experts stand, shallowest first; empty before lifting.
        experts: experts per group.

    Raises:
        TomoeError: ``ROUTER_SHAPE`` naming every difference.
    """
    problems = range_problems("plan", plan)
    if plan.groups != tuple(groups):
        problems.append(f"the plan has groups {list(plan.groups)}, the model {list(groups)}")
    found = [layer.site for layer in plan.layers]
    if found != list(sites):
        problems.append(f"the plan steers {found}, the model has experts at {list(sites)}")
    if sites and plan.top_k > experts:
        problems.append(f"topK is {plan.top_k}, the model has {experts} experts")
    for layer in plan.layers:
        if len(layer.groups) != len(plan.groups):
            problems.append(f"{layer.site} has {len(layer.groups)} groups, the plan names {len(plan.groups)}")
        for group in layer.groups:
            if len(group.expert_bias) != experts:
                problems.append(
                    f"{layer.site} has biases for {len(group.expert_bias)} experts, the model has {experts}"
                )
            elif not all(map(math.isfinite, group.expert_bias)):
                problems.append(f"{layer.site} has a bias that is not finite: {list(group.expert_bias)}")
    if problems:
        raise TomoeError(
            "ROUTER_SHAPE",
            "the routing plan does not fit the model: " + "; ".join(problems[:10]),
            hint="Make the plan for the model's sites, groups and experts.",
            details={"problems": list(problems[:10])},
        )
