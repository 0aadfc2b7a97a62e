"""Says what an experiment costs without computing it.

``python -m tomoe_worker.server.cost`` reads one JSON document from stdin - ``model`` (a ModelSpec in base64),
``device`` and ``stages`` (``spec`` and ``plan``, a StageSpec and the RoutingPlan it begins with in base64;
``lifted``, ``volumes`` of a rank, ``tasks`` of a volume's items, ``side`` of a slice) in their order - and
prints one: sizes in numbers or bytes, the widest of all stages, and whether they fit the device, or a failure
as ``question`` writes it.
"""

from __future__ import annotations

import base64
import sys
from typing import Any

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.memory import available_bytes
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer
from tomoe_worker.server.question import answer_stdin
from tomoe_worker.server.wire.specs import parse, to_spec
from tomoe_worker.spec import ModelSpec, RoutingPlan, StageSpec
from tomoe_worker.train.cost import Mix, StageCost, component_sizes, stage_cost, widest

BYTES = 4  # of a number, a gradient, a moment


def costs(request: dict[str, Any]) -> dict[str, Any]:
    """The document of one request."""
    spec = to_spec(parse("ModelSpec", base64.b64decode(request["model"])), ModelSpec)
    if spec.base.kind != "phi3v":
        raise TomoeError(
            "CONFIG_INVALID",
            f"the cost of a base of kind {spec.base.kind!r} is not counted yet",
            hint="Count the cost of a base of explicit sizes.",
        )
    model = TomoeModel(spec, fit_tokenizer(["p"], spec.base.language.vocab), 0, "meta")
    found: list[StageCost] = []
    named = []
    for asked in request["stages"]:
        stage = to_spec(parse("StageSpec", base64.b64decode(asked["spec"])), StageSpec)
        if asked["lifted"] and not model.lifted:
            model.lift(0)
        mix = Mix(volumes=asked["volumes"], tasks=tuple(asked["tasks"]), side=asked["side"])
        plan = to_spec(parse("RoutingPlan", base64.b64decode(asked["plan"])), RoutingPlan)
        cost = stage_cost(model, stage, mix, plan)
        found.append(cost)
        named.append({"name": stage.name, **_words(cost), "sharing": cost.sharing})
    parameters = component_sizes(model)
    # Beside the weights: a gradient and two moments of what is trained.
    held = BYTES * sum(parameters.values())
    needs = max((held + 3 * BYTES * one.trainable + one.activation_bytes for one in found), default=held)
    most = widest(found)
    return {
        "parameters": parameters,
        **{_camel(name): size for name, size in most.items()},
        "sharing": next((one.sharing for one in reversed(found) if one.sharing > 0), 0),
        "fits": needs <= available_bytes(_device(request["device"])),
        "stages": named,
    }


def _device(asked: str) -> torch.device:
    cuda = asked == "cuda" or (asked == "auto" and torch.cuda.is_available())
    return torch.device("cuda:0" if cuda else "cpu")


def _words(cost: StageCost) -> dict[str, int]:
    return {_camel(name): size for name, size in widest([cost]).items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def main() -> int:
    """Answer the request on stdin; returns the exit code."""
    return answer_stdin(costs)


if __name__ == "__main__":
    sys.exit(main())
