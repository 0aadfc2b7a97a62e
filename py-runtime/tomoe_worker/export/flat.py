"""The 2D model inside a trained one: what base and adapter of an export define."""

# Shapes: S = slices, I = image side, T = positions, V = vocabulary, J = image tokens, L = language width.
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.bases.stock import Stock
from tomoe_worker.model.components import BASE
from tomoe_worker.model.io.base_folder import BaseFolder, stored_tensor
from tomoe_worker.model.io.checkpoint import put_weights
from tomoe_worker.model.io.hollow import hollow
from tomoe_worker.model.io.lowering import raise_master
from tomoe_worker.model.lift.inventory import tensor_digest
from tomoe_worker.model.precision import LOW
from tomoe_worker.model.sequences import Asked, embed
from tomoe_worker.spec import PublishedBase

_QUESTION: Final = "What is seen in this image?"
_SLICES: Final = 2


def published_spec(model: TomoeModel) -> PublishedBase:
    """The base of a model that came from published files.

    Raises:
        TomoeError: ``CHECKPOINT_INCOMPATIBLE`` for one that was drawn from scratch.
    """
    spec = model.spec.base
    if spec.kind == "published":
        return spec
    raise TomoeError(
        "CHECKPOINT_INCOMPATIBLE",
        f"the base of the run is {spec.kind} of the recipe's own sizes: there is no published model to give "
        "back",
        hint="Export a run that lifts a folder of published weights.",
        details={"kind": spec.kind},
    )


def with_masters(model: TomoeModel) -> TomoeModel:
    """The same model in float32: what a fast one holds in bfloat16 is taken anew from the files."""
    files, guide = model.base_files, model.prompt_guide
    for parameter in model.parameters():
        if parameter.dtype == LOW:
            raise_master(parameter, files)
    if guide is not None and guide.embedding_VL is not None and guide.embedding_VL.dtype == LOW:
        assert files is not None
        guide.embedding_VL = files.master(tensor_digest(guide.embedding_VL))
    return model


def flat_model(model: TomoeModel, of: BaseFolder) -> TomoeModel:
    """The 2D model: every tensor as it was trained; where experts took the place of an MLP, the published MLP
    without its adapter, whose copies they carry.

    No tensor is copied: both models read the same memory.

    Raises:
        TomoeError: ``CHECKPOINT_INCOMPATIBLE`` as ``published_spec``, and for an MLP that was drawn at random
            before experts were made of it: nothing holds it any more.
    """
    spec = published_spec(model)
    with hollow():
        flat = TomoeModel(model.spec, model.base.codec, 0, "cpu")
    names, trained = family_of(spec).rules(spec), model.state_dict()
    found: dict[str, Tensor] = {}
    for key, own in flat.state_dict().items():
        name = own_name(key.removeprefix(BASE))
        if key in trained:
            found[key] = trained[key]
        elif ".lora_" in key:
            found[key] = torch.zeros(own.shape)
        elif key in model.drawn_tensors:
            raise TomoeError(
                "CHECKPOINT_INCOMPATIBLE",
                f"{name} was drawn at random and became experts: the 2D model is gone",
                hint="Export a run whose tower came from the files, or a checkpoint from before the lift.",
                details={"tensor": name},
            )
        else:
            found[key] = stored_tensor(of, names.on_disk(name)).to(torch.float32)
    put_weights(flat, found, "cpu")
    return flat


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Inputs of the 2D model and its answer: ``pixels_S3II`` where it sees, ``ids_ST``, ``logits_STV``."""

    tensors: Mapping[str, Tensor]


def probe(flat: TomoeModel, stock: Stock) -> Probe:
    """What the 2D model makes of fixed slices and a question, by our own walk in float32.

    Slices are left out where the stock class reads text alone.
    """
    base, frame = flat.base, flat.base.codec.frame
    prompt = base.codec.prompt(_QUESTION)
    item = Asked(volume=0, task="", prompt=prompt, answer=())
    side = base.tower.image_size
    pixels = torch.randn(_SLICES, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        image_SJL, held = torch.zeros(_SLICES, 0, base.decoder.width), {}
        if stock.image_token is not None:
            x = flat.tower.embed(pixels).unsqueeze(1)
            x = flat.tower.walk(x, 1, flat.tower.half_steps, lifted=False)
            image_SJL, held = base.projector.tokens(flat.tower.finish(x)), {"pixels_S3II": pixels}
        x_STL = embed(flat, [item] * _SLICES, image_SJL, with_answer=False).x_STL
        everywhere = torch.arange(x_STL.shape[1]).expand(_SLICES, -1)
        logits_STV = base.decoder.logits(base.decoder.read_positions(x_STL, everywhere))
    image = (0 if stock.image_token is None else stock.image_token,) * image_SJL.shape[1]
    ids = (*frame.before, *image, *frame.after_image, *prompt, *frame.after_prompt)
    ids_ST = torch.tensor([ids] * _SLICES)
    return Probe(tensors={**held, "ids_ST": ids_ST, "logits_STV": logits_STV.clone()})
