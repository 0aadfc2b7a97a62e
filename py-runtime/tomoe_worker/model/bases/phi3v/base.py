"""Phi-3-V as a base: the modules under its published keys, and which key belongs to which part."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tomoe_worker.model.base import Around, Base, TextCodec
from tomoe_worker.model.bases.lora import add_lora
from tomoe_worker.model.bases.phi3v.language import build_phi3, phi3_decoder
from tomoe_worker.model.bases.phi3v.projector import VisionEmbedTokens
from tomoe_worker.model.bases.phi3v.vision import ClipTower, ImageProcessor
from tomoe_worker.model.bases.rotation import Rotation
from tomoe_worker.model.blocks import BlockRunner
from tomoe_worker.spec import Phi3vBase

_VISION = "model.vision_embed_tokens."
_CLIP = _VISION + "img_processor.vision_model."
_LAYERS = _CLIP + "encoder.layers."


@dataclass(frozen=True, kw_only=True)
class Use:
    """How a Phi-3-V of given sizes is used: the size of a slice, the pinned frequencies, the layout of a
    volume, and whether the weights of a part are drawn or come from files.
    """

    image_size: int
    rotation: Rotation
    layout: str
    making: Callable[[str], AbstractContextManager[None]]


class Phi3v(Base):
    """CLIP, projector and Phi-3 under the keys of Phi-3-V."""

    def __init__(self, sizes: Phi3vBase, use: Use, spec: Around, codec: TextCodec) -> None:
        """Args:
        sizes: of the base, as given or as published.
        spec: the model around it: depth pooling and adapters.
        """
        super().__init__()
        with use.making("language"):
            phi3 = build_phi3(sizes.language)
        add_lora(phi3.model.layers, spec.lora, spec.lora.targets)
        with use.making("vision"):
            processor = ImageProcessor(sizes.vision)
        add_lora(
            processor.vision_model.encoder.layers[: sizes.vision.blocks_read],
            spec.lora,
            spec.lora.vision_targets,
        )
        with use.making("projector"):
            embedding = VisionEmbedTokens(processor, sizes, spec.pool, use.layout, use.image_size)
        self.model = phi3.model
        self.lm_head = phi3.lm_head
        self.model.vision_embed_tokens = embedding
        self.tower = ClipTower(embedding.img_processor.vision_model, sizes.vision, use.image_size)
        # Held by itself, not as a submodule: it is one already, under its published key.
        object.__setattr__(self, "projector", embedding)
        self.decoder = phi3_decoder(self, sizes.language, use.rotation, BlockRunner(spec))
        self.codec = codec

    def part_of(self, key: str) -> str | None:
        """As ``Base.part_of``: the blocks behind the tap and the final norm are read by nobody."""
        if key.startswith(_LAYERS):
            block = int(key.removeprefix(_LAYERS).split(".", 1)[0])
            return f"vision.blocks.{block}" if block <= self.tower.taps[-1].block else None
        if key.startswith(_CLIP):
            return None if "post_layernorm" in key else "vision.embedding"
        return "projector" if key.startswith(_VISION) else "language"
