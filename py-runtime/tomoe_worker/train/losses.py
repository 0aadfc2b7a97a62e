"""Sums of each objective's loss over this rank, to be divided by counts over all ranks."""

# Shapes: R = rows, D = slices, P = patches, S = sequences, Q = answer positions, L = language hidden, E =
# experts.
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.lift.moe import GroupRouting
from tomoe_worker.spec import BatchVolume, FactSpec, RoutingPlan

IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class LossSum:
    """A weighted sum of losses and the sum of its weights, both over this rank."""

    total: Tensor
    weight: float


def language_sum(
    hidden_SQL: Tensor, logits_of: Callable[[Tensor], Tensor], targets_SQ: Tensor, weights_S: Sequence[float]
) -> LossSum:
    """Cross entropy of answer tokens, each weighted by its item; only answer positions reach the vocabulary.

    Args:
        targets_SQ: token ids, -100 where a row has no further answer token.
    """
    real_SQ = targets_SQ != IGNORED
    logits = logits_of(hidden_SQL[real_SQ]).float()
    per_token = F.cross_entropy(logits, targets_SQ[real_SQ], reduction="none")
    weights_SQ = torch.tensor(weights_S, device=per_token.device).unsqueeze(1).expand(real_SQ.shape)
    weights = weights_SQ[real_SQ]
    # On the meta device nothing can be counted, and every position is taken for an answer token.
    lengths = [real_SQ.shape[1]] * len(real_SQ) if real_SQ.is_meta else real_SQ.sum(dim=1).tolist()
    return LossSum(total=(per_token * weights).sum(), weight=language_weight(weights_S, lengths))


def language_weight(weights_S: Sequence[float], lengths_S: Sequence[int]) -> float:
    """Answer tokens with their end, each counted with its item's weight."""
    return float(sum(one * length for one, length in zip(weights_S, lengths_S, strict=True)))


def patch_sum(logits_RDPK: Tensor, row_volumes: Sequence[int], volumes: Sequence[BatchVolume]) -> LossSum:
    """Cross entropy of dense patch labels; a volume counts once however many rows look at it.

    Raises:
        TomoeError: ``TENSOR_INVALID`` if labels have another grid than the patches or a class out of range.
    """
    _, depth, patches, classes = logits_RDPK.shape
    total = logits_RDPK.new_zeros(())
    for index in sorted(set(row_volumes)):
        labels_DHW = volumes[index].patch_labels_DHW
        if labels_DHW is None:
            continue
        _check_patches(volumes[index].volume_id, labels_DHW, depth, patches, classes)
        labels = labels_DHW.to(device=logits_RDPK.device, dtype=torch.int64).flatten()
        rows = [row for row, volume in enumerate(row_volumes) if volume == index]
        for row in rows:
            loss = F.cross_entropy(logits_RDPK[row].flatten(0, 1), labels, ignore_index=-1, reduction="sum")
            total = total + loss / len(rows)
    return LossSum(total=total, weight=patch_weight([volumes[index] for index in set(row_volumes)]))


def patch_weight(volumes: Sequence[BatchVolume]) -> float:
    """Patches that have a label."""
    labels = [one.patch_labels_DHW for one in volumes if one.patch_labels_DHW is not None]
    return float(sum(int((one >= 0).sum()) for one in labels))


def fact_sum(
    logits: dict[str, Tensor],
    facts: Sequence[FactSpec],
    row_volumes: Sequence[int],
    volumes: Sequence[BatchVolume],
) -> LossSum:
    """Cross entropy of every fact that applies; a volume counts once however many rows look at it.

    Raises:
        TomoeError: ``WIRE_INVALID`` if a volume lacks a declared fact or a class is out of range.
    """
    device = next(iter(logits.values())).device
    rows_of = [row_volumes.count(volume) for volume in row_volumes]
    share_R = torch.tensor([1.0 / count for count in rows_of], device=device)
    total = torch.zeros((), device=device)
    for fact in facts:
        labels = [_fact_label(volumes[volume], fact) for volume in row_volumes]
        per_row = F.cross_entropy(
            logits[fact.name], torch.tensor(labels, device=device), ignore_index=-1, reduction="none"
        )
        total = total + (per_row * share_R).sum()
    return LossSum(total=total, weight=fact_weight(facts, [volumes[index] for index in set(row_volumes)]))


def fact_weight(facts: Sequence[FactSpec], volumes: Sequence[BatchVolume]) -> float:
    """Facts that apply, over all volumes.

    Raises:
        TomoeError: ``WIRE_INVALID`` if a volume lacks a declared fact or a class is out of range.
    """
    return float(sum(_fact_label(volume, fact) >= 0 for fact in facts for volume in volumes))


def word_sum(logits_RW: Tensor, row_volumes: Sequence[int], volumes: Sequence[BatchVolume]) -> LossSum:
    """Binary cross entropy of every word against the captions; a volume counts once however many rows look at
    it, and one without a caption does not.

    Raises:
        TomoeError: ``WIRE_INVALID`` for words that the head does not have.
    """
    words = logits_RW.shape[1]
    total = logits_RW.new_zeros(())
    for row, index in enumerate(row_volumes):
        held = volumes[index].words
        if held is None:
            continue
        if any(word >= words for word in held) or len(set(held)) != len(held):
            raise TomoeError(
                "WIRE_INVALID",
                f"volume {volumes[index].volume_id} has words {list(held)}, the head has {words}",
                hint="Send places in the model's list of words, each once.",
            )
        truth_W = torch.tensor([float(word in held) for word in range(words)], device=logits_RW.device)
        loss = F.binary_cross_entropy_with_logits(logits_RW[row], truth_W, reduction="mean")
        total = total + loss / row_volumes.count(index)
    return LossSum(total=total, weight=word_weight([volumes[index] for index in set(row_volumes)]))


def word_weight(volumes: Sequence[BatchVolume]) -> float:
    """Volumes whose caption is known."""
    return float(sum(volume.words is not None for volume in volumes))


@dataclass(frozen=True, kw_only=True)
class RoutingLosses:
    """What the gates add to the loss, with its graph, and its two terms without one, each with its weight."""

    total: Tensor
    balance: Tensor
    z: Tensor

    def terms(self, plan: RoutingPlan) -> dict[str, Tensor]:
        """Those that weigh, by name."""
        weights = {"balance": plan.balance_loss_weight, "z": plan.z_loss_weight}
        return {name: getattr(self, name) for name, weight in weights.items() if weight != 0}


def routing_losses(routings: Sequence[GroupRouting], load_LGE: Tensor, plan: RoutingPlan) -> RoutingLosses:
    """Balance and z losses of this rank's tokens, normalised over all ranks, averaged over (layer, group)
    pairs.

    Args:
        load_LGE: tokens per expert over all ranks.

    Source: Switch transformer, https://arxiv.org/abs/2101.03961 (balance); ST-MoE,
    https://arxiv.org/abs/2202.08906 (z-loss).
    """
    places = {layer.site: index for index, layer in enumerate(plan.layers)}
    tokens_LG = load_LGE.sum(dim=-1).double() / plan.top_k
    pairs = max(int((tokens_LG > 0).sum()), 1)
    total = torch.zeros((), device=load_LGE.device)
    terms = {name: torch.zeros((), device=load_LGE.device) for name in ("balance", "z")}
    for routing in routings:
        load_E = load_LGE[places[routing.site], routing.group].double()
        tokens = tokens_LG[places[routing.site], routing.group]
        share_E = (load_E / load_E.sum()).float()
        balance = share_E.numel() * (share_E * routing.probability_E).sum() / tokens.float()
        balance = plan.balance_loss_weight * balance
        z = plan.z_loss_weight * routing.log_z_squared / tokens.float()
        total = total + balance + z
        terms["balance"] = terms["balance"] + balance.detach()
        terms["z"] = terms["z"] + z.detach()
    return RoutingLosses(total=total / pairs, balance=terms["balance"] / pairs, z=terms["z"] / pairs)


def weighs_load(plan: RoutingPlan) -> bool:
    """Whether a routing loss is of the tokens that experts got."""
    return plan.balance_loss_weight != 0 or plan.z_loss_weight != 0


def _check_patches(volume_id: str, labels_DHW: Tensor, depth: int, patches: int, classes: int) -> None:
    side = round(patches**0.5)
    if list(labels_DHW.shape) != [depth, side, side]:
        raise TomoeError(
            "TENSOR_INVALID",
            f"labels of volume {volume_id} have shape {list(labels_DHW.shape)}, "
            f"the patches {[depth, side, side]}",
            hint="Make patch labels on the model's patch grid.",
        )
    low, high = int(labels_DHW.min()), int(labels_DHW.max())
    if low < -1 or high >= classes:
        raise TomoeError(
            "TENSOR_INVALID",
            f"patch labels of volume {volume_id} run from {low} to {high}, "
            f"the head has classes 0..{classes - 1}",
            hint="Use -1 for patches to ignore and classes that the model declares.",
        )


def _fact_label(volume: BatchVolume, fact: FactSpec) -> int:
    label = volume.facts.get(fact.name)
    if label is None or not -1 <= label < fact.classes:
        raise TomoeError(
            "WIRE_INVALID",
            f"volume {volume.volume_id} has {label} for fact {fact.name!r} of {fact.classes} classes",
            hint="Send every declared fact: a class index, or -1 where it does not apply.",
        )
    return label
