"""A Phi-3-V of explicit sizes, trained from scratch: what must hold of the sizes, and how it is built."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import AdapterTargets, Around, Base, TextCodec
from tomoe_worker.model.bases.phi3v.base import Phi3v, Use
from tomoe_worker.model.bases.phi3v.language import LINEAR_LAYERS
from tomoe_worker.model.bases.phi3v.projector import PLAIN, VOLUME
from tomoe_worker.model.bases.phi3v.tokenizer import Tokenizer
from tomoe_worker.model.bases.phi3v.vision import LINEAR_MAPS
from tomoe_worker.model.bases.rotation import plain_rotation
from tomoe_worker.spec import LanguageSpec, Phi3vBase, ProjectorSpec, VisionSpec

ACTIVATIONS: Final = ("quick_gelu",)


def problems_of(base: Phi3vBase) -> list[str]:
    """What keeps a base of these sizes from being built, each as one sentence."""
    return [*_vision(base.vision), *_projector(base.projector, base.vision), *_language(base.language)]


def blocks_read(base: Phi3vBase) -> int:
    """Vision blocks in front of the last tap."""
    return base.vision.blocks_read


def adapter_targets(_base: Phi3vBase) -> AdapterTargets:
    """Linear maps of the decoder's layers and of the tower's blocks."""
    return AdapterTargets(language=LINEAR_LAYERS, vision=LINEAR_MAPS)


def build(spec: Around, sizes: Phi3vBase, codec: TextCodec) -> Base:
    """An untrained base on the device in force.

    Raises:
        TomoeError: ``CONFIG_INVALID`` if the codec has more ids than the language model.
    """
    if codec.size > sizes.language.vocab:
        raise TomoeError(
            "CONFIG_INVALID",
            f"the tokenizer has {codec.size} entries, the language model {sizes.language.vocab}",
            hint=f"Set language.vocab to {codec.size} or more.",
        )
    language = sizes.language
    use = Use(
        image_size=sizes.vision.image_size,
        rotation=plain_rotation(language.rope_theta, language.hidden // language.heads),
        layout=VOLUME if sizes.projector.separators else PLAIN,
        making=lambda _part: nullcontext(),
    )
    return Phi3v(sizes, use, spec, codec)


def read_codec(_base: Phi3vBase, text: str) -> TextCodec:
    """The codec that ``to_json`` wrote."""
    return Tokenizer.from_json(text)


def _above_zero(name: str, value: float) -> list[str]:
    return [] if math.isfinite(value) and value > 0 else [f"{name} is {value}, it must be above 0"]


def _vision(vision: VisionSpec) -> list[str]:
    problems = _above_zero("vision.normEpsilon", vision.norm_epsilon)
    if not 1 <= vision.blocks_read < vision.layers:
        problems.append(
            f"vision.blocksRead is {vision.blocks_read}, it must be at least 1 and below the "
            f"{vision.layers} layers: features are read before the last"
        )
    if vision.activation not in ACTIVATIONS:
        problems.append(
            f"vision.activation is {vision.activation!r}, it must be one of {', '.join(ACTIVATIONS)}"
        )
    if vision.image_size % vision.patch_size:
        problems.append(
            f"vision.imageSize {vision.image_size} is not a multiple of patchSize {vision.patch_size}"
        )
    if vision.hidden % vision.heads or (vision.hidden // vision.heads) % 2:
        problems.append(f"vision.hidden {vision.hidden} over {vision.heads} heads is not an even number")
    return problems


def _projector(projector: ProjectorSpec, vision: VisionSpec) -> list[str]:
    grid = vision.image_size // vision.patch_size
    if grid % projector.merge_size:
        return [f"projector.mergeSize {projector.merge_size} does not divide the grid of {grid} patches"]
    return []


def _language(language: LanguageSpec) -> list[str]:
    problems = _above_zero("language.normEpsilon", language.norm_epsilon)
    if language.vocab < 1:
        problems.append(f"language.vocab is {language.vocab}, it must be at least 1")
    if language.hidden % language.heads or (language.hidden // language.heads) % 2:
        problems.append(
            f"language.hidden {language.hidden} over {language.heads} heads is not an even number"
        )
    if language.heads % language.key_value_heads:
        problems.append(f"language.heads {language.heads} is not a multiple of keyValueHeads")
    return problems
