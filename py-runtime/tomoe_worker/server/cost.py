"""Says what an experiment costs without computing it.

``python -m tomoe_worker.server.cost`` reads one JSON document from stdin - ``model`` (a ModelSpec in base64),
``baseFolder`` (of a base of published files, else null), ``device`` and ``stages`` (``spec`` and ``plan``, a
StageSpec and the RoutingPlan it begins with in base64; ``lifted``, ``volumes`` of a rank, ``tasks`` of a
volume's items, ``side`` of a slice) in their order - and prints one: sizes in numbers or bytes, the widest of
all stages, what text guidance would share, and whether they fit the device, or a failure as ``answered``
writes it.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.answer import answered
from tomoe_worker.machine.memory import available_bytes
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer
from tomoe_worker.model.components import BASE
from tomoe_worker.model.io.base_folder import TOKENIZER, coarse_part
from tomoe_worker.model.io.description import read_description
from tomoe_worker.model.io.files import read_text
from tomoe_worker.server.wire.specs import parse, to_spec
from tomoe_worker.spec import ModelSpec, RoutingPlan, StageSpec
from tomoe_worker.train.cost import AssumedTexts, Leaning, Mix, StageCost, component_sizes, stage_cost, widest
from tomoe_worker.train.gain import guidance_gains

BYTES = 4  # of a number, a gradient, a moment


def costs(request: dict[str, Any]) -> dict[str, Any]:
    """The document of one request."""
    spec = to_spec(parse("ModelSpec", base64.b64decode(request["model"])), ModelSpec)
    model, drawn = _model(spec, request["baseFolder"])
    leaning = Leaning(drawn)
    found: list[StageCost] = []
    named = []
    gains: Mapping[str, float] | None = None
    for asked in request["stages"]:
        stage = to_spec(parse("StageSpec", base64.b64decode(asked["spec"])), StageSpec)
        if asked["lifted"] and not model.lifted:
            model.lift(0)
        mix = Mix(volumes=asked["volumes"], tasks=tuple(asked["tasks"]), side=asked["side"])
        plan = to_spec(parse("RoutingPlan", base64.b64decode(asked["plan"])), RoutingPlan)
        cost = stage_cost(model, stage, mix, plan, leaning)
        found.append(cost)
        named.append({"name": stage.name, **_words(cost), "sharing": cost.sharing})
        if cost.sharing > 0 and model.sites:
            gains = guidance_gains(model, mix, plan)
    parameters = component_sizes(model)
    held = BYTES * sum(parameters.values())
    # Beside the weights: a gradient and two moments of what is trained.
    needs = max(
        (one.weight_bytes + 3 * BYTES * one.trainable + one.activation_bytes for one in found), default=held
    )
    most = widest(found)
    return {
        "parameters": parameters,
        **{_camel(name): size for name, size in most.items()},
        "sharing": next((one.sharing for one in reversed(found) if one.sharing > 0), 0),
        "guidanceGain": gains,
        "fits": needs <= available_bytes(_device(request["device"])),
        "stages": named,
    }


def _model(spec: ModelSpec, folder: str | None) -> tuple[TomoeModel, Collection[str] | None]:
    """The model on the meta device, and what of it came from no file, where its base has files."""
    # Compiled or not, a step has the same products.
    spec = replace(spec, compile="none")
    base = spec.base
    if base.kind != "published":
        return _assumed(TomoeModel(spec, fit_tokenizer(["p"], base.language.vocab), 0, "meta")), None
    if folder is None:
        raise TomoeError(
            "WIRE_INVALID", "the base is one of files, and no folder came with it", hint="Send baseFolder."
        )
    of, family = Path(folder), family_of(base)
    codec = family.read_codec(base, read_text(of / TOKENIZER))
    model = _assumed(TomoeModel(spec, codec, 0, "meta"))
    new = {BASE + family.rules(base).in_memory(name) for name in read_description(of).new}
    state = model.base.state_dict()
    redrawn = {BASE + key for key in state if coarse_part(model.base, own_name(key)) in base.redraw}
    return model, new | redrawn


def _assumed(model: TomoeModel) -> TomoeModel:
    """Built with the codec that knows its words, and asked in texts of an assumed length."""
    model.base.codec = AssumedTexts(model.base.codec)
    return model


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
    return answered(costs)


if __name__ == "__main__":
    sys.exit(main())
