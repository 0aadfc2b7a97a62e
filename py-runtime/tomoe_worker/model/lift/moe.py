"""TGH-MoE, reading H1: token experts under a hard task level, in place of the MLP of chosen vision blocks.

The hard level picks one group of experts per row from the item's task; inside the group a token gate sees
the image token and the prompt. An expert does not see the prompt, only the gate does, so each expert runs
once per volume and group and the rows that share the volume are mixed from those outputs; where that would
cost more, tokens are dispatched to their chosen experts instead. Both ways compute the same function.
"""

# Shapes: X = sources (distinct inputs), R = rows, T = tokens, C = hidden, E = experts, K = experts chosen per
# token,
#         W = text width, L = language hidden.
from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tomoe_worker.model.precision import exactly
from tomoe_worker.spec import LayerPlan, MoeSpec

# State-dict key of the embeddings that gates read, where a model has a copy of its own.
GUIDE_TABLE: Final = "prompt_guide.embedding_VL"


@dataclass(frozen=True, kw_only=True)
class GroupRouting:
    """What one group's gate did in one forward pass: integer loads, and sums for the routing losses."""

    site: str
    group: int
    load_E: Tensor  # int64, tokens that chose each expert
    probability_E: Tensor  # sum over tokens of the gate probabilities, differentiable
    log_z_squared: Tensor  # sum over tokens of logsumexp(logits)^2, differentiable
    entropy: Tensor  # sum over tokens of the entropy of the gate probabilities, in nats, float64, no graph
    ids_RTK: Tensor  # int64, the experts that each token of its rows chose


def guide_width(spec: MoeSpec) -> int:
    """Width of the text that every gate reads beside an image token: 0 without text guidance."""
    return 0 if spec.text_guidance == "off" else spec.text_width


class HasTable(Protocol):
    """A decoder, as far as the gates see it."""

    @property
    def table_VL(self) -> Tensor:
        """Its token embeddings."""


class PromptGuide(nn.Module):
    """Text as the gate sees it: mean of frozen language embeddings over its tokens, norm, Linear.

    The embeddings are those of the lift: the decoder's own while these do not train, and a copy from then on,
    so that training of the language model does not move the routes. Answer, image and chat tokens never
    enter.
    """

    embedding_VL: Tensor | None

    def __init__(self, decoder: HasTable, text_width: int) -> None:
        super().__init__()
        self._decoder = decoder
        self.register_buffer("embedding_VL", None)
        width = decoder.table_VL.shape[1]
        self.norm = nn.LayerNorm(width)
        self.projection = nn.Linear(width, text_width)

    @property
    def table_VL(self) -> Tensor:
        """The embeddings of the lift, wherever they are held."""
        return self._decoder.table_VL.detach() if self.embedding_VL is None else self.embedding_VL

    def keep(self) -> None:
        """Copy the embeddings, once: the decoder's are about to train."""
        if self.embedding_VL is None:
            self.embedding_VL = self._decoder.table_VL.detach().clone()

    def forward(self, prompts: Sequence[tuple[int, ...] | None]) -> Tensor:
        """One vector per row, RW; a row without prompt gets zeros: its gate sees the image alone."""
        table_VL = self.table_VL
        device = table_VL.device
        asked = [index for index, prompt in enumerate(prompts) if prompt is not None]
        spoken = [prompt for prompt in prompts if prompt is not None]
        out_RW = torch.zeros(len(prompts), self.projection.out_features, device=device)
        if not spoken:
            return out_RW
        ids = torch.tensor([token for prompt in spoken for token in prompt], device=device)
        lengths = torch.tensor([0] + [len(prompt) for prompt in spoken[:-1]], device=device)
        places, rows = torch.arange(len(ids), device=device), F.embedding(ids, table_VL).float()
        mean_L = F.embedding_bag(places, rows, lengths.cumsum(0), mode="mean")
        with exactly(mean_L):
            guided = self.projection(self.norm(mean_L))
        if len(asked) == len(prompts):
            return guided  # type: ignore[no-any-return]
        return out_RW.index_copy(0, torch.tensor(asked, device=device), guided)


class ExpertGroup(nn.Module):
    """Experts of one hard task (or of all tasks before the groups are cloned) and the gate that chooses among
    them.
    """

    def __init__(self, dense_mlp: nn.Module, hidden: int, spec: MoeSpec) -> None:
        super().__init__()
        # Exact copies with gates that sum to 1: a lifted model starts as the dense one (README.md, exact 3).
        self.experts = nn.ModuleList([copy.deepcopy(dense_mlp) for _ in range(spec.token_experts)])
        self.router = nn.Linear(hidden + guide_width(spec), spec.token_experts, bias=False)
        nn.init.normal_(self.router.weight, std=spec.router_std)
        self._hidden = hidden

    def logits(self, u_XTC: Tensor, source: Tensor, text_RW: Tensor | None) -> Tensor:
        """Router logits of every row's tokens, RTE: ``W [u ; P t]`` with the image part computed once a
        source.
        """
        weight = self.router.weight
        with exactly(u_XTC):
            image_XTE = F.linear(u_XTC.to(weight.dtype), weight[:, : self._hidden])
            logits_RTE = image_XTE.index_select(0, source)
            if text_RW is not None:
                logits_RTE = logits_RTE + F.linear(text_RW, weight[:, self._hidden :]).unsqueeze(1)
        return logits_RTE.float()


class MoeMlp(nn.Module):
    """The expert groups that stand in the place of one vision block's MLP."""

    def __init__(self, dense_mlp: nn.Module, hidden: int, spec: MoeSpec, group: str) -> None:
        super().__init__()
        self.groups = nn.ModuleDict({group: ExpertGroup(dense_mlp, hidden, spec)})

    def clone_group(self, source: str, names: Sequence[str]) -> None:
        """Replace one group by exact copies of it, one per name."""
        origin = self.groups[source]
        self.groups = nn.ModuleDict({name: copy.deepcopy(origin) for name in names})

    def forward(
        self,
        u_XTC: Tensor,
        source: Sequence[int],
        groups: Sequence[int],
        text_RW: Tensor | None,
        plan: LayerPlan,
        top_k: int,
    ) -> tuple[Tensor, list[GroupRouting]]:
        """Expert mixture of every row, RTC.

        Args:
            u_XTC: normed inputs of the block, one per source.
            source: index into X of each row; rows of one group are adjacent, and sources rise inside it.
            groups: hard group index of each row, rising.
            text_RW: prompt vector of each row, or None without text guidance.
            plan: this block's selection biases.
            top_k: experts per token, 1..E.
        """
        outputs: list[Tensor] = []
        routings: list[GroupRouting] = []
        members = list(self.groups.values())
        for group in sorted(set(groups)):
            rows = [row for row, of in enumerate(groups) if of == group]
            first, last = rows[0], rows[-1] + 1
            bias_E = torch.tensor(plan.groups[group].expert_bias, device=u_XTC.device)
            y_RTC, routing = _run_group(
                (plan.site, group),
                members[group],
                u_XTC,
                list(source[first:last]),
                None if text_RW is None else text_RW[first:last],
                bias_E,
                top_k,
            )
            outputs.append(y_RTC)
            routings.append(routing)
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs), routings


def choose(logits_RTE: Tensor, bias_E: Tensor, top_k: int) -> tuple[Tensor, Tensor, Tensor]:
    """Token-choice routing: (probabilities RTE, chosen ids RTK, gate weights RTK that sum to 1).

    The bias steers the choice only; gates use raw probabilities, so balancing never bends a gradient. With
    one expert the gate is ``p / stopgrad(p)``: value 1, gradient to the router.

    Source: https://arxiv.org/abs/2408.15664 (loss-free balancing).
    """
    p_RTE = logits_RTE.softmax(dim=-1)
    ids_RTK = (p_RTE.detach() + bias_E).topk(top_k, dim=-1).indices
    p_RTK = p_RTE.gather(-1, ids_RTK)
    if top_k == 1:
        return p_RTE, ids_RTK, p_RTK / p_RTK.detach()
    return p_RTE, ids_RTK, p_RTK / p_RTK.sum(dim=-1, keepdim=True)


def mix_by_source(
    group: ExpertGroup, u_XTC: Tensor, source: Sequence[int], ids_RTK: Tensor, gates_RTK: Tensor
) -> Tensor:
    """Every expert once per source, then each row's mixture of those outputs, RTC."""
    if len(group.experts) == 1:
        # Its gate is 1 and has no gradient, since a softmax over one logit moves nowhere: nothing is stacked,
        # contracted or weighed, so that a task route costs no more than the dense MLP.
        out_XTC: Tensor = group.experts[0](u_XTC)
        if len(source) == len(out_XTC):
            return out_XTC
        return out_XTC.index_select(0, torch.tensor(source, device=out_XTC.device))
    out_XTEC = torch.stack([expert(u_XTC) for expert in group.experts], dim=2)
    weights_RTE = torch.zeros(*ids_RTK.shape[:2], len(group.experts), device=u_XTC.device)
    weights_RTE = weights_RTE.scatter(-1, ids_RTK, gates_RTK).to(u_XTC.dtype)
    if len(source) == u_XTC.shape[0]:
        return torch.einsum("rte,rtec->rtc", weights_RTE, out_XTEC)
    counts = [source.count(index) for index in range(u_XTC.shape[0])]
    parts = zip(torch.split(weights_RTE, counts), out_XTEC.unbind(0), strict=True)
    return torch.cat([torch.einsum("rte,tec->rtc", weights, out_TEC) for weights, out_TEC in parts])


def mix_by_dispatch(
    group: ExpertGroup, u_XTC: Tensor, source: Sequence[int], ids_RTK: Tensor, gates_RTK: Tensor
) -> Tensor:
    """Tokens sorted by chosen expert, each expert on its own tokens only, RTC."""
    rows, tokens, top_k = ids_RTK.shape
    chosen, order = ids_RTK.flatten().sort(stable=True)
    counts = _shares(chosen, len(group.experts))
    token_of = order // top_k
    source_of = torch.tensor(source, device=u_XTC.device)[token_of // tokens] * tokens + token_of % tokens
    picked = torch.split(u_XTC.flatten(0, 1).index_select(0, source_of), counts)
    out = torch.cat([expert(part) for expert, part in zip(group.experts, picked, strict=True)])
    weighted = out * gates_RTK.flatten().index_select(0, order).unsqueeze(-1).to(out.dtype)
    # Undo the sort, then add the K shares of each token in a fixed order: no atomics, so sums repeat bit for
    # bit.
    shares = torch.zeros_like(weighted).index_copy(0, order, weighted)
    return shares.view(rows, tokens, top_k, -1).sum(dim=2)


def _count(chosen: Tensor, experts: int) -> Tensor:
    """How often each expert was chosen, E; an operation that the meta device has, other than ``bincount``."""
    none_E = torch.zeros(experts, dtype=torch.int64, device=chosen.device)
    return none_E.scatter_add(0, chosen, torch.ones_like(chosen))


def _shares(chosen: Tensor, experts: int) -> list[int]:
    """How many tokens each expert gets; on the meta device, where nothing is chosen, even shares: sums over
    experts are the same.
    """
    if chosen.is_meta:
        return [len(range(expert, len(chosen), experts)) for expert in range(experts)]
    shares: list[int] = _count(chosen, experts).tolist()
    return shares


def _run_group(
    place: tuple[str, int],
    group: nn.Module,
    u_XTC: Tensor,
    source: list[int],
    text_RW: Tensor | None,
    bias_E: Tensor,
    top_k: int,
) -> tuple[Tensor, GroupRouting]:
    assert isinstance(group, ExpertGroup)
    distinct = sorted(set(source))
    if len(distinct) < u_XTC.shape[0]:
        u_XTC = u_XTC.index_select(0, torch.tensor(distinct, device=u_XTC.device))
        local = {old: new for new, old in enumerate(distinct)}
        source = [local[index] for index in source]
    logits_RTE = group.logits(u_XTC, torch.tensor(source, device=u_XTC.device), text_RW)
    p_RTE, ids_RTK, gates_RTK = choose(logits_RTE, bias_E, top_k)
    cheaper_by_source = len(source) * top_k >= len(distinct) * len(group.experts)
    mix = mix_by_source if cheaper_by_source else mix_by_dispatch
    routing = GroupRouting(
        site=place[0],
        group=place[1],
        load_E=_count(ids_RTK.flatten(), len(group.experts)),
        probability_E=p_RTE.sum(dim=(0, 1)),
        log_z_squared=logits_RTE.logsumexp(dim=-1).square().sum(),
        entropy=torch.special.entr(p_RTE.detach()).sum(dtype=torch.float64),
        ids_RTK=ids_RTK,
    )
    return mix(group, u_XTC, source, ids_RTK, gates_RTK), routing
