"""Text, batched, with cached keys and values."""

# Shapes: S = sequences still running, L = language hidden.
from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.infer.encode import EncodedQueries, PassBounds, check_queries, encode_queries, require_mode
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import KeyValues
from tomoe_worker.model.memory import memory_guard
from tomoe_worker.model.sequences import embed
from tomoe_worker.spec import BatchVolume, GeneratedText, Generation, Query, RoutingPlan

MODES: Final = ("greedy",)


# As a decorator the mode is left while a text is handed out; a "with" around "yield" would leak it to the
# caller.
@torch.inference_mode()
def generate(
    model: TomoeModel,
    volumes: Sequence[BatchVolume],
    queries: Sequence[Query],
    plan: RoutingPlan,
    how: Generation,
) -> Iterator[GeneratedText]:
    """Answers, each as soon as it is finished.

    Args:
        volumes: of one shape; a query points at one by index.
        how: a text that needs more than ``max_new_tokens`` (at least 1) is cut and says so in ``ended``.

    Raises:
        TomoeError: ``CONFIG_INVALID`` if ``max_new_tokens`` is below 1 or the mode is another than "greedy",
            ``OUT_OF_MEMORY``, and what ``encode_queries`` raises.
    """
    if how.max_new_tokens < 1:
        raise TomoeError(
            "CONFIG_INVALID",
            f"maxNewTokens is {how.max_new_tokens}, it must be at least 1",
            hint="Ask for some text.",
        )
    require_mode("text", how.mode, MODES)
    check_queries(model, volumes, queries)
    bounds = PassBounds(reserve=how.max_new_tokens, batching=how.batching, sees_image=how.sees_image)
    with memory_guard(model, volumes, len(queries), training=False):
        for encoded in encode_queries(model, volumes, queries, plan, bounds):
            yield from _generate(model, encoded, how.max_new_tokens)


def _generate(model: TomoeModel, encoded: EncodedQueries, max_new_tokens: int) -> Iterator[GeneratedText]:
    began = time.perf_counter()
    stops = model.base.codec.frame.stops
    with model.computing():
        prompted = embed(model, encoded.asked, encoded.image_SJL, with_answer=False)
        last_SL, cache = model.base.decoder.prefill(prompted.x_STL, prompted.lengths_S)
    positions_S = prompted.lengths_S
    running = list(range(len(encoded.asked)))
    texts: list[list[int]] = [[] for _ in running]
    itself = torch.ones(1, 1, 1, dtype=torch.bool, device=last_SL.device)
    for step in range(max_new_tokens):
        ids = model.base.decoder.logits(last_SL).argmax(dim=-1).tolist()
        kept = []
        for place, (sequence, token) in enumerate(zip(running, ids, strict=True)):
            ended = token in stops
            if not ended:
                texts[sequence].append(token)
            if ended or step == max_new_tokens - 1:
                yield GeneratedText(
                    query_id=encoded.queries[sequence].query_id,
                    text=model.base.codec.decode(texts[sequence]),
                    tokens=len(texts[sequence]),
                    ended=ended,
                    encode_seconds=encoded.seconds,
                    generate_seconds=time.perf_counter() - began,
                )
            else:
                kept.append(place)
        if not kept:
            return
        if len(kept) < len(running):
            index = torch.tensor(kept, device=last_SL.device)
            cache, positions_S = _keep(cache, index), positions_S[index]
            running, ids = [running[place] for place in kept], [ids[place] for place in kept]
        within = itself.expand(len(running), 1, 1)
        with model.computing():
            x_S1L = model.base.decoder.embed(torch.tensor(ids, device=last_SL.device)[:, None])
            hidden_S1L, cache = model.base.decoder.extend(x_S1L, positions_S[:, None], within, cache)
        last_SL, positions_S = hidden_S1L[:, 0], positions_S + 1


def _keep(cache: KeyValues, index: torch.Tensor) -> KeyValues:
    """The rows of a cache whose sequences go on."""
    return KeyValues(
        keys=tuple(part.index_select(0, index) for part in cache.keys),
        values=tuple(part.index_select(0, index) for part in cache.values),
        visible_RT=cache.visible_RT.index_select(0, index),
    )
