"""Queries to image tokens, a bounded number at a time."""

# Shapes: R = vision rows, S = sequences, J = image tokens, L = language hidden.
from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.sequences import Asked, chat_tokens, check_length, tokenise, vision_rows
from tomoe_worker.ranges import range_problems
from tomoe_worker.spec import Batching, BatchVolume, Query, RoutingPlan


@dataclass(frozen=True, kw_only=True)
class PassBounds:
    """What bounds a pass over queries: the tokens that may follow each prompt, how many share it, and whether
    image tokens stand before them."""

    reserve: int
    batching: Batching
    sees_image: bool


@dataclass(frozen=True, kw_only=True)
class EncodedQueries:
    """Some queries with their image tokens; ``seconds`` is the vision pass they shared."""

    queries: tuple[Query, ...]
    asked: tuple[Asked, ...]
    image_SJL: Tensor
    seconds: float


def check_queries(model: TomoeModel, volumes: Sequence[BatchVolume], queries: Sequence[Query]) -> None:
    """Refuse queries that point nowhere or have the same id.

    Raises:
        TomoeError: ``WIRE_INVALID``.
    """
    ids = [query.query_id for query in queries]
    if len(set(ids)) != len(ids):
        twice = next(one for one in ids if ids.count(one) > 1)
        raise TomoeError(
            "WIRE_INVALID", f"query id {twice!r} stands twice", hint="Give every query its own id."
        )
    for query in queries:
        if not 0 <= query.volume_index < len(volumes):
            raise TomoeError(
                "WIRE_INVALID",
                f"query {query.query_id} asks about volume {query.volume_index} of {len(volumes)}",
                hint="Send the volume with its queries.",
            )


def check_batching(batching: Batching) -> None:
    """Refuse bounds under which no pass could be made.

    Raises:
        TomoeError: ``CONFIG_INVALID`` naming every one that is out of range.
    """
    problems = range_problems("batching", batching)
    if problems:
        raise TomoeError(
            "CONFIG_INVALID",
            "queries cannot be batched so: " + "; ".join(problems),
            hint="Change the named values of evaluation.batching.",
            details={"problems": list(problems)},
        )


def require_mode(what: str, mode: str, known: Sequence[str]) -> None:
    """Refuse a mode that this worker does not have.

    Raises:
        TomoeError: ``CONFIG_INVALID`` naming the known ones.
    """
    if mode not in known:
        raise TomoeError(
            "CONFIG_INVALID",
            f"{what} is asked for by mode {mode!r}, this worker has {', '.join(known)}",
            hint="Set the mode in the evaluation of the recipe.",
        )


def encode_queries(
    model: TomoeModel,
    volumes: Sequence[BatchVolume],
    queries: Sequence[Query],
    plan: RoutingPlan,
    bounds: PassBounds,
) -> Iterator[EncodedQueries]:
    """Queries in their order, in passes whose keys and values fit a bound, each with its image tokens.

    Raises:
        TomoeError: ``CONFIG_INVALID`` for bounds out of range; ``ROUTER_SHAPE``, ``ROUTER_UNKNOWN_TASK``,
            ``TENSOR_INVALID``, ``WIRE_INVALID`` or ``WIRE_TOO_LARGE`` for what does not fit the model.
    """
    check_batching(bounds.batching)
    model.check_plan(plan)
    depth = int(volumes[0].voxels_DHW.shape[0]) if volumes else 1
    image_tokens = model.base.projector.count(depth)
    every = [_ask(model, query, image_tokens, bounds.reserve) for query in queries]
    most = _share(model, every, image_tokens, bounds)
    for start in range(0, len(queries), most):
        part, asked = queries[start : start + most], tuple(every[start : start + most])
        began = time.perf_counter()
        with model.computing():
            image_SJL = (
                _image_tokens(model, volumes, asked, plan)
                if bounds.sees_image
                else _no_tokens(model, len(asked))
            )
        yield EncodedQueries(
            queries=tuple(part), asked=asked, image_SJL=image_SJL, seconds=time.perf_counter() - began
        )


def _no_tokens(model: TomoeModel, sequences: int) -> Tensor:
    """As many rows without an image token, SJL with J of 0."""
    device = next(model.parameters()).device
    return model.base.decoder.embed(torch.zeros(sequences, 0, dtype=torch.long, device=device))


def _share(model: TomoeModel, asked: Sequence[Asked], image_tokens: int, bounds: PassBounds) -> int:
    """How many sequences share a pass: by the longest of the call, so that it depends on the call alone."""
    prompt = max((len(item.prompt) for item in asked), default=0)
    positions = chat_tokens(model) + image_tokens + prompt + bounds.reserve
    # Keys and values, 4 bytes a number.
    each = 4 * model.base.decoder.kv_numbers * positions
    return min(max(bounds.batching.cache_bytes // each, 1), bounds.batching.sequences)


def _ask(model: TomoeModel, query: Query, image_tokens: int, reserve: int) -> Asked:
    prompt = tokenise(model, query.query_id, query.prompt, "prompt")
    asked = Asked(volume=query.volume_index, task=query.task, prompt=prompt, answer=())
    check_length(model, query.query_id, asked, image_tokens, reserve)
    return asked


def _image_tokens(
    model: TomoeModel, volumes: Sequence[BatchVolume], asked: Sequence[Asked], plan: RoutingPlan
) -> Tensor:
    """Image tokens of every asked item, SJL; the text-free part of the tower is cached per volume."""
    used = sorted({item.volume for item in asked})
    place = {volume: index for index, volume in enumerate(used)}
    local = [
        Asked(volume=place[item.volume], task=item.task, prompt=item.prompt, answer=item.answer)
        for item in asked
    ]
    rows = vision_rows(model, local, ())
    cache = model.inference_cache
    cache.begin(model.weights_version)
    shared = model.walk.shared([volumes[volume] for volume in used], model.walk.shared_steps, cache)
    features = model.walk.rows(shared, rows.rows, plan).features_RDPC
    image_RJL = model.base.projector.tokens(features)
    return image_RJL.index_select(0, torch.tensor(rows.row_of, device=image_RJL.device))
