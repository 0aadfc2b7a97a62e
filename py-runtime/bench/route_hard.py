"""``route.hard``: the experts of one vision block, forward and backward, against the dense MLP they replace.

Usage: python -m bench.route_hard SETTINGS, a JSON object with ``width``, ``inner``, ``tokens``, ``counts``
(tasks or experts, one case each), ``rounds`` and ``threads``. Rivals of the token route: every expert on
every token, a loop over experts with a mask, and transformers' grouped GEMM.
"""

# Shapes: T = tokens, C = hidden, E = experts.
from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable

import torch
from tomoe_worker.model.lift.moe import ExpertGroup, MoeMlp, choose
from tomoe_worker.spec import GroupPlan, LayerPlan, MoeSpec
from torch import Tensor, nn
from transformers import CLIPVisionConfig
from transformers.integrations.moe import grouped_mm_experts_forward
from transformers.models.clip.modeling_clip import CLIPMLP

from bench.turns import in_turns, report

Route = Callable[[Tensor], Tensor]


class GroupedExperts(nn.Module):
    """The same experts as transformers keeps them: one tensor a layer, multiplied by ``grouped_mm``."""

    has_gate, has_bias, is_transposed, has_post_expert_norm = False, True, False, False
    _is_expert_parallel = False

    def __init__(self, group: ExpertGroup) -> None:
        super().__init__()
        self.num_experts = len(group.experts)
        self.act_fn = group.experts[0].activation_fn

        def stacked(of: Callable[[nn.Module], Tensor]) -> nn.Parameter:
            return nn.Parameter(torch.stack([of(expert).detach() for expert in group.experts]))

        self.up_proj = stacked(lambda expert: expert.fc1.weight)
        self.up_proj_bias = stacked(lambda expert: expert.fc1.bias)
        self.down_proj = stacked(lambda expert: expert.fc2.weight)
        self.down_proj_bias = stacked(lambda expert: expert.fc2.bias)

    def forward(self, u_TC: Tensor, ids_TK: Tensor, gates_TK: Tensor) -> Tensor:
        mixed: Tensor = grouped_mm_experts_forward(self, u_TC, ids_TK, gates_TK.to(u_TC.dtype))
        return mixed


def experts_of(dense: nn.Module, width: int, experts: int, tasks: int, dtype: torch.dtype) -> MoeMlp:
    """The experts in place of ``dense``, one group a task where there are several."""
    names = tuple(f"task{index}" for index in range(tasks))
    spec = MoeSpec(
        token_experts=experts,
        sites=("vision.blocks.0.mlp",),
        text_guidance="off",
        text_width=1,
        tasks=names,
        router_std=0.02,
    )
    moe = MoeMlp(dense, width, spec, "shared").to(dtype)
    if tasks > 1:
        moe.clone_group("shared", names)
    return moe


def plan_of(experts: int, groups: int) -> LayerPlan:
    """A plan without biases."""
    return LayerPlan(site="vision.blocks.0.mlp", groups=(GroupPlan(expert_bias=(0.0,) * experts),) * groups)


def task_route(moe: MoeMlp) -> Route:
    """Ours, one expert a task: every pass is of the next task, as batches of one task are."""
    groups, plan, passes = len(moe.groups), plan_of(1, len(moe.groups)), iter(range(sys.maxsize))
    return lambda u_TC: moe(u_TC[None], [0], [next(passes) % groups], None, plan, 1)[0][0]


def token_route(moe: MoeMlp, experts: int) -> Route:
    """Ours, one of several experts a token."""
    plan = plan_of(experts, 1)
    return lambda u_TC: moe(u_TC[None], [0], [0], None, plan, 1)[0][0]


def rivals(group: ExpertGroup) -> dict[str, tuple[Route, list[nn.Parameter]]]:
    """Other ways to the same mixture by the same gate."""
    grouped = GroupedExperts(group)

    def gated(u_TC: Tensor) -> tuple[Tensor, Tensor]:
        logits = group.logits(u_TC[None], torch.zeros(1, dtype=torch.int64), None)
        _, ids, gates = choose(logits, torch.zeros(len(group.experts)), 1)
        return ids[0], gates[0].to(u_TC.dtype)

    def every(u_TC: Tensor) -> Tensor:
        ids_TK, gates_TK = gated(u_TC)
        weights_TE = torch.zeros(len(u_TC), len(group.experts), dtype=u_TC.dtype).scatter(1, ids_TK, gates_TK)
        return sum(weights_TE[:, e, None] * expert(u_TC) for e, expert in enumerate(group.experts))  # type: ignore[return-value]

    def loop(u_TC: Tensor) -> Tensor:
        ids_TK, gates_TK = gated(u_TC)
        out_TC = torch.zeros_like(u_TC)
        for e, expert in enumerate(group.experts):
            (chosen,) = torch.where(ids_TK[:, 0] == e)
            out_TC = out_TC.index_add(0, chosen, expert(u_TC[chosen]) * gates_TK[chosen])
        return out_TC

    ours, theirs = list(group.parameters()), [group.router.weight, *grouped.parameters()]
    return {
        "every": (every, ours),
        "loop": (loop, ours),
        "grouped": (lambda u_TC: grouped(u_TC, *gated(u_TC)), theirs),
    }


def trained(route: Route, parameters: Iterable[nn.Parameter], u_TC: Tensor) -> Callable[[], None]:
    """One forward and backward pass through a route, its gradients fresh."""
    held, gradient_TC = list(parameters), torch.randn_like(u_TC)

    def step() -> None:
        for parameter in held:
            parameter.grad = None
        leaf_TC = u_TC.detach().requires_grad_()
        route(leaf_TC).backward(gradient_TC)

    return step


def main() -> None:
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    torch.manual_seed(0)
    width, dtype = asked["width"], torch.bfloat16
    config = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=asked["inner"],
        num_attention_heads=1,
        hidden_act="quick_gelu",
    )
    dense = CLIPMLP(config).to(dtype)
    u_TC = torch.randn(asked["tokens"], width).to(dtype)
    ways = {"dense": trained(dense, dense.parameters(), u_TC)}
    for count in asked["counts"]:
        tasks = experts_of(dense, width, 1, count, dtype)
        ways[f"task {count}"] = trained(task_route(tasks), tasks.parameters(), u_TC)
    report("task", ways=in_turns(ways, asked["rounds"]))
    for count in asked["counts"]:
        moe = experts_of(dense, width, count, 1, dtype)
        (group,) = moe.groups.values()
        assert isinstance(group, ExpertGroup)
        ways = {"dense": ways["dense"], "ours": trained(token_route(moe, count), moe.parameters(), u_TC)}
        for name, (route, parameters) in rivals(group).items():
            ways[name] = trained(route, parameters, u_TC)
        report(f"token {count}", ways=in_turns(ways, asked["rounds"]))


if __name__ == "__main__":
    main()
