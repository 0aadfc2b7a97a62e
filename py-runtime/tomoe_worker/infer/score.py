"""Log-probabilities of given options, in nats."""

# Shapes: S = sequences (one a query), T = option tokens of all options of a query side by side, L = language
# hidden.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.encode import EncodedQueries, PassBounds, check_queries, encode_queries, require_mode
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.memory import memory_guard
from tomoe_worker.model.sequences import embed, tokenise
from tomoe_worker.spec import BatchVolume, Query, RoutingPlan, Scoring

MODES: Final = ("loglik-sum",)


@torch.inference_mode()
def score(
    model: TomoeModel,
    volumes: Sequence[BatchVolume],
    queries: Sequence[Query],
    plan: RoutingPlan,
    how: Scoring,
) -> Iterator[tuple[str, tuple[float, ...]]]:
    """(query id, one log-probability per choice), in the order of the queries.

    In mode "loglik-sum" the sum is over the option's tokens and the end token, so options of different length
    compare as the whole answers they are; no length is divided out.

    Raises:
        TomoeError: ``WIRE_INVALID`` if a query has no choices or an empty one, ``CONFIG_INVALID`` for another
            mode, ``OUT_OF_MEMORY``, and what ``encode_queries`` raises.
    """
    require_mode("a score", how.mode, MODES)
    check_queries(model, volumes, queries)
    options = [_options(model, query) for query in queries]
    longest = max((len(ids) for of_query in options for ids in of_query), default=0)
    bounds, start = PassBounds(reserve=longest, batching=how.batching, sees_image=how.sees_image), 0
    with memory_guard(model, volumes, len(queries), training=False):
        for encoded in encode_queries(model, volumes, queries, plan, bounds):
            part = options[start : start + len(encoded.queries)]
            start += len(encoded.queries)
            with model.computing():
                scores = _score(model, encoded, part)
            yield from zip((query.query_id for query in encoded.queries), scores, strict=True)


def option_tokens(model: TomoeModel, query: Query) -> tuple[int, ...]:
    """How many tokens each score of a query is the sum over: the option's own and the end token.

    Raises:
        TomoeError: ``WIRE_INVALID`` as ``score``.
    """
    return tuple(len(ids) + 1 for ids in _options(model, query))


def _options(model: TomoeModel, query: Query) -> list[tuple[int, ...]]:
    if not query.choices:
        raise TomoeError(
            "WIRE_INVALID",
            f"query {query.query_id} has no choices to score",
            hint="Send choices, or generate text.",
        )
    return [tokenise(model, query.query_id, choice, "choice") for choice in query.choices]


def _score(
    model: TomoeModel, encoded: EncodedQueries, options: Sequence[Sequence[tuple[int, ...]]]
) -> list[tuple[float, ...]]:
    """All options of a query behind one cached prefix, each blind to the others."""
    end = model.base.codec.frame.end
    device = encoded.image_SJL.device
    prompted = embed(model, encoded.asked, encoded.image_SJL, with_answer=False)
    last_SL, cache = model.base.decoder.prefill(prompted.x_STL, prompted.lengths_S)
    flat = [[token for ids in of_query for token in ids] for of_query in options]
    owner = [[place for place, ids in enumerate(of_query) for _ in ids] for of_query in options]
    offset = [[step for ids in of_query for step in range(len(ids))] for of_query in options]
    # Padding owns option -1: no real token sees it, and it sees itself, so no row of the mask is empty.
    ids_ST, owner_ST, offset_ST = _pad(flat, end, device), _pad(owner, -1, device), _pad(offset, 0, device)
    behind_STT = torch.ones(ids_ST.shape[1], ids_ST.shape[1], dtype=torch.bool, device=device).tril()
    within_STT = (owner_ST[:, :, None] == owner_ST[:, None, :]) & behind_STT
    x_STL = model.base.decoder.embed(ids_ST)
    hidden_STL, _ = model.base.decoder.extend(
        x_STL, prompted.lengths_S[:, None] + offset_ST, within_STT, cache
    )
    first = model.base.decoder.logits(last_SL).float().log_softmax(dim=-1)
    later = model.base.decoder.logits(hidden_STL).float().log_softmax(dim=-1)
    scores = []
    for row, of_query in enumerate(options):
        start, sums = 0, []
        for ids in of_query:
            targets = torch.tensor([*ids[1:], end], device=device)
            places = torch.arange(start, start + len(ids), device=device)
            total = first[row, ids[0]].double() + later[row, places, targets].double().sum()
            sums.append(float(total))
            start += len(ids)
        scores.append(tuple(sums))
    return scores


def _pad(rows: Sequence[Sequence[int]], filler: int, device: torch.device) -> Tensor:
    widest = max(map(len, rows))
    return torch.tensor([[*row, *(filler,) * (widest - len(row))] for row in rows], device=device)
