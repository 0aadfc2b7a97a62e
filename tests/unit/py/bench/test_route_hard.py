"""What ``route.hard`` times: every way computes the same mixture, and its gradient reaches every weight."""

import pytest
import torch
from bench.route_hard import experts_of, plan_of, rivals, task_route, token_route, trained
from tomoe_worker.model.lift.moe import ExpertGroup, MoeMlp
from transformers import CLIPVisionConfig
from transformers.models.clip.modeling_clip import CLIPMLP

WIDTH, TOKENS = 16, 24


def dense() -> CLIPMLP:
    torch.manual_seed(1)
    return CLIPMLP(
        CLIPVisionConfig(
            hidden_size=WIDTH, intermediate_size=32, num_attention_heads=1, hidden_act="quick_gelu"
        )
    )


def spread(moe: MoeMlp) -> MoeMlp:
    """Experts and gates that differ, so that a wrong choice shows."""
    with torch.no_grad():
        for parameter in moe.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return moe


def inputs() -> torch.Tensor:
    return torch.randn(TOKENS, WIDTH, generator=torch.Generator().manual_seed(2))


def the_group(moe: MoeMlp) -> ExpertGroup:
    (group,) = moe.groups.values()
    assert isinstance(group, ExpertGroup)
    return group


@pytest.mark.parametrize("experts", [4, 16])
def test_all_token_routes_compute_one_mixture_and_one_gradient(experts: int) -> None:
    moe = spread(experts_of(dense(), WIDTH, experts, 1, torch.float32))
    u, gradient = inputs(), torch.randn(TOKENS, WIDTH, generator=torch.Generator().manual_seed(3))
    found = {}
    for name, route in {
        "ours": token_route(moe, experts),
        **{name: way for name, (way, _) in rivals(the_group(moe)).items()},
    }.items():
        leaf = u.clone().requires_grad_()
        out = route(leaf)
        out.backward(gradient)
        assert leaf.grad is not None
        found[name] = (out.detach(), leaf.grad)
    assert set(found) == {"ours", "every", "loop", "grouped"}
    for one, other in zip(found["ours"], found["every"], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    for name in ("loop", "grouped"):
        for one, other in zip(found["ours"], found[name], strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_the_task_route_is_of_the_next_task_each_pass_and_costs_its_one_expert_alone() -> None:
    moe = spread(experts_of(dense(), WIDTH, 1, 3, torch.float32))
    u, route = inputs(), task_route(moe)
    with torch.no_grad():
        for group in moe.groups.values():
            assert isinstance(group, ExpertGroup)
            assert torch.equal(route(u), group.experts[0](u))


def test_a_timed_step_leaves_fresh_gradients_on_what_it_reads() -> None:
    moe = spread(experts_of(dense(), WIDTH, 4, 1, torch.float32))
    step = trained(token_route(moe, 4), moe.parameters(), inputs())
    step()
    first = [parameter.grad.clone() for parameter in moe.parameters() if parameter.grad is not None]
    step()
    second = [parameter.grad for parameter in moe.parameters() if parameter.grad is not None]
    assert len(first) == len(list(moe.parameters()))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    assert plan_of(4, 2).groups[1].expert_bias == (0.0,) * 4
