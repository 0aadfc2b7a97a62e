"""Out of memory as a typed error that says how many volumes would fit.

The estimate is a linear model: what a forward pass keeps per volume, times the volumes. It is made for a
message and is no limit: nothing is refused because of it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.machine.memory import available_bytes, held_bytes
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import Base
from tomoe_worker.spec import BatchVolume, ModelSpec


@dataclass(frozen=True, kw_only=True)
class MemoryFactors:
    """Numbers that one token keeps alive in a training step, by part of the network: memory.json, which
    `tomoe doctor` reads as well. Counted from what autograd holds on to; tests compare the sum with that.
    """

    bytesPerNumber: float
    lowBytesPerNumber: float  # under "fast", where most are bfloat16 and what norms and gates read is not
    textTokens: int  # of a prompt with its answer, assumed
    attention: int  # in vision widths: both norms' inputs, queries, keys, values, the mixture, its projection
    mlp: int  # in vision widths: input and output
    mlpInner: int  # in MLP widths: before and after the activation, and what its gradient needs
    gate: int  # per item and expert: logit, probability, weight
    mixture: int  # in vision widths, per item: the experts' sum on its way through the block
    decoder: int  # in language widths: norms, queries, keys, values, attention, residuals
    decoderInner: int  # in MLP widths: gate, value, their product and its gradient
    keysAndValues: int  # in language widths a layer, while text is generated


@functools.cache
def memory_factors() -> MemoryFactors:
    """The factors that lie beside this file, read once."""
    text = resources.files("tomoe_worker.model").joinpath("memory.json").read_text("utf-8")
    return MemoryFactors(**json.loads(text))


def bytes_per_volume(base: Base, spec: ModelSpec, depth: int, items: float, training: bool) -> int:
    """Activations that one volume with its items keeps alive, in bytes.

    Args:
        spec: of the model around the base: experts, precision, whether insides of blocks are kept.
        depth: slices of the volume.
        items: items that ask about it, each with its own expert mixture and sequence.
        training: with what the backward pass needs; without, the widest layer alone.
    """
    tower, language, moe, of = base.tower, base.decoder, spec.moe, memory_factors()
    # Of blocks that are computed again the inputs are kept, and the insides of one at a time.
    kept = training and spec.recompute == "none"
    tokens = depth * ((tower.image_size // tower.patch_size) ** 2 + tower.extra_tokens)
    mlp = of.mlp * tower.width + of.mlpInner * tower.mlp_width
    read = tower.taps[-1].block + 1
    blocks = read if kept else 1
    dense = blocks * tokens * (of.attention * tower.width + mlp)
    # An expert runs once a volume, and is mixed once an item; single slices come before there are experts.
    routed = (len(moe.sites) if kept else 1) if moe.sites and depth > 1 else 0
    experts = routed * tokens * moe.token_experts * (mlp + items * of.gate)
    rows = routed * tokens * items * of.mixture * tower.width
    sequence = base.projector.count(depth) + of.textTokens
    layer = of.decoder * language.width + of.decoderInner * language.mlp_width
    decoder = (language.layers if kept else 1) * items * sequence * layer
    cache = 0 if training else items * sequence * of.keysAndValues * language.layers * language.width
    inputs = read * tokens * tower.width + language.layers * items * sequence * language.width
    number = of.lowBytesPerNumber if spec.precision == "fast" else of.bytesPerNumber
    again = inputs if training and not kept else 0
    return int(number * (dense + experts + rows + decoder + cache + again))


@contextmanager
def memory_guard(
    model: TomoeModel, volumes: Sequence[BatchVolume], items: int, training: bool
) -> Iterator[None]:
    """Turn an allocation failure inside the block into ``OUT_OF_MEMORY`` that names what would fit.

    Raises:
        TomoeError: ``OUT_OF_MEMORY``.
    """
    before = held_bytes(model.device)
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as cause:
        raise _out_of_memory(model, volumes, items, training, before) from cause
    except RuntimeError as cause:
        # The CPU allocator has no class of its own for this.
        if "can't allocate memory" not in str(cause) and "not enough memory" not in str(cause):
            raise
        raise _out_of_memory(model, volumes, items, training, before) from cause


def _out_of_memory(
    model: TomoeModel, volumes: Sequence[BatchVolume], items: int, training: bool, before: int
) -> TomoeError:
    count = max(len(volumes), 1)
    depth = int(volumes[0].voxels_DHW.shape[0]) if volumes else 1
    each = max(bytes_per_volume(model.base, model.spec, depth, items / count, training), 1)
    # What the failed call took and still holds is free again for the next one.
    free = available_bytes(model.device) + max(held_bytes(model.device) - before, 0)
    fits = min(free // each, count - 1)
    what = (
        f"{count} volumes of {depth} slices with {items} items need about {_megabytes(each * count)}, "
        f"{_megabytes(free)} is free on {model.device}"
    )
    advice = (
        f"about {fits} volumes would fit in one batch"
        if fits >= 1
        else "not one volume of this size is likely to fit"
    )
    return TomoeError(
        "OUT_OF_MEMORY",
        f"{what}; {advice}",
        hint="Send smaller batches, pool or resize the volumes harder, or use a larger device.",
        details={
            "volumes": count,
            "items": items,
            "bytesPerVolume": each,
            "availableBytes": free,
            "fits": fits,
        },
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
