"""Texts and scores of the model in memory, computed on the one thread and handed over as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tomoe_worker.infer.generate import generate
from tomoe_worker.infer.score import option_tokens, score
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.sequences import positions_needed, tokenise
from tomoe_worker.server.calls.compute import ComputeThread
from tomoe_worker.server.calls.held_model import HeldModel
from tomoe_worker.server.calls.held_tensors import HeldTensors
from tomoe_worker.server.wire.specs import to_generation, to_queries, to_scoring, to_spec, to_volume
from tomoe_worker.spec import BatchVolume, GeneratedText, Query, RoutingPlan


class Answers:
    """Answers GenerateRequest and ScoreRequest messages, also while a stage is open."""

    def __init__(
        self, held: HeldModel, tensors: HeldTensors, compute: ComputeThread, say: Callable[[str], None]
    ) -> None:
        """Args:
        say: tells the person watching.
        """
        self._held, self._tensors, self._compute, self._say = held, tensors, compute, say

    def generate(self, message: Any, wanted: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """Values of GenerateResponse messages, in the order texts are finished.

        Args:
            wanted: false once the caller has gone.
        """
        model, volumes, queries, plan = self._asked(message)
        how = to_generation(message)

        def job() -> Iterator[GeneratedText]:
            return generate(model, volumes, queries, plan, how)

        for done in self._compute.stream("generating", job, wanted):
            yield {
                "query_id": done.query_id,
                "text": done.text,
                "tokens": done.tokens,
                "ended": done.ended,
                "encode_seconds": done.encode_seconds,
                "generate_seconds": done.generate_seconds,
            }
        self._say_hits(model)

    def score(self, message: Any, wanted: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """Values of ScoreResponse messages, in the order of the queries."""
        model, volumes, queries, plan = self._asked(message)
        how = to_scoring(message)

        def job() -> Iterator[tuple[str, tuple[float, ...]]]:
            return score(model, volumes, queries, plan, how)

        tokens = {query.query_id: option_tokens(model, query) for query in queries}
        for query_id, log_probs in self._compute.stream("generating", job, wanted):
            yield {"query_id": query_id, "log_probs": log_probs, "option_tokens": tokens[query_id]}
        self._say_hits(model)

    def lengths(self, message: Any) -> dict[str, Any]:
        """Values of a CheckLengthsResponse: texts that do not fit the positions, by their places."""
        model = self._held.model
        base = model.base
        image = base.projector.count(message.depth)
        answers = [base.codec.encode(text.answer) for text in message.texts]
        needed = [
            positions_needed(
                model,
                tokenise(model, f"texts[{place}]", text.prompt, "prompt"),
                answers[place],
                image,
                text.reserve,
            )
            for place, text in enumerate(message.texts)
        ]
        limit = base.decoder.max_positions
        too_long = [
            {"place": place, "needed": one, "answer": len(answers[place])}
            for place, one in enumerate(needed)
            if one > limit
        ]
        return {"limit": limit, "longest": max(needed, default=0), "too_long": too_long}

    def _say_hits(self, model: TomoeModel) -> None:
        cache = model.inference_cache
        self._say(f"of {cache.asked} volumes asked about {cache.found} were in the cache")

    def _asked(self, message: Any) -> tuple[TomoeModel, list[BatchVolume], tuple[Query, ...], RoutingPlan]:
        model, queries, plan = self._held.model, to_queries(message), to_spec(message.plan, RoutingPlan)
        return model, [to_volume(volume, self._tensors.columns) for volume in message.volumes], queries, plan
