"""InternVL as a base, read from its published files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn
from transformers import AutoModel, InternVLConfig, InternVLForConditionalGeneration
from transformers.models.internvl.modeling_internvl import InternVLMultiModalProjector

from tomoe_worker.model.base import AdapterTargets, Around, Base, TextCodec
from tomoe_worker.model.bases.codec import FrameText, PublishedCodec
from tomoe_worker.model.bases.internvl.config import InternVlSizes, sizes_of
from tomoe_worker.model.bases.internvl.config import config_problems as config_problems
from tomoe_worker.model.bases.internvl.config import facts as facts
from tomoe_worker.model.bases.internvl.config import problems_of as problems_of
from tomoe_worker.model.bases.internvl.language import LINEAR_LAYERS, text_decoder
from tomoe_worker.model.bases.internvl.projector import InternVlProjector
from tomoe_worker.model.bases.internvl.vision import LINEAR_MAPS, InternVlTower
from tomoe_worker.model.bases.keys import KeyRules
from tomoe_worker.model.bases.lora import add_lora
from tomoe_worker.model.bases.stock import Stock
from tomoe_worker.model.blocks import BlockRunner
from tomoe_worker.model.io.hollow import making
from tomoe_worker.spec import PublishedBase

_VISION: Final = "model.vision_tower."
_LAYERS: Final = _VISION + "encoder.layer."
_RULES: Final = KeyRules(
    prefixes=(
        ("vision_tower.", _VISION),
        ("multi_modal_projector.", "model.multi_modal_projector."),
        ("language_model.model.", "model.language_model."),
        ("language_model.lm_head.", "lm_head."),
    ),
    aliases={"language_model.lm_head.weight": "language_model.model.embed_tokens.weight"},
    ignored={
        r"\.embeddings\.mask_token$": "no patch is masked",
        r"\.rotary_emb\.inv_freq$": "made anew from the config",
    },
)


class Modules(nn.Module):
    """Everything under the prefix ``model`` in memory."""

    def __init__(self, config: InternVLConfig, redraw: Collection[str]) -> None:
        super().__init__()
        with making("vision", redraw):
            self.vision_tower = AutoModel.from_config(config.vision_config, attn_implementation="sdpa")
        with making("projector", redraw):
            self.multi_modal_projector = InternVLMultiModalProjector(config)
        with making("language", redraw):
            self.language_model = AutoModel.from_config(config.text_config, attn_implementation="sdpa")


class InternVl(Base):
    """Tower, projector and decoder under the keys of transformers' InternVLForConditionalGeneration."""

    def __init__(self, sizes: InternVlSizes, redraw: Collection[str], spec: Around, codec: TextCodec) -> None:
        super().__init__()
        text = sizes.config.text_config
        self.model = Modules(sizes.config, redraw)
        with making("language", redraw):
            self.lm_head = None if sizes.tied else nn.Linear(text.hidden_size, text.vocab_size, bias=False)
        add_lora(self.model.language_model.layers, spec.lora, spec.lora.targets)
        add_lora(self.model.vision_tower.encoder.layer, spec.lora, spec.lora.vision_targets)
        self.tower = InternVlTower(self.model.vision_tower, sizes)
        self.projector = InternVlProjector(self.model.multi_modal_projector, sizes, spec.pool)
        self.decoder = text_decoder(self.model.language_model, self.lm_head, sizes, BlockRunner(spec))
        self.codec = codec

    def part_of(self, key: str) -> str | None:
        """As ``Base.part_of``: every tensor is read."""
        if key.startswith(_LAYERS):
            return "vision.blocks." + key.removeprefix(_LAYERS).split(".", 1)[0]
        if key.startswith(_VISION):
            return "vision.norm" if key.startswith(_VISION + "layernorm.") else "vision.embedding"
        return "projector" if key.startswith("model.multi_modal_projector.") else "language"


def blocks_read(base: PublishedBase) -> int:
    """All of them."""
    return int(sizes_of(base).config.vision_config.num_hidden_layers)


def adapter_targets(_base: PublishedBase) -> AdapterTargets:
    """Linear maps of the decoder's layers and of the tower's blocks."""
    return AdapterTargets(language=LINEAR_LAYERS, vision=LINEAR_MAPS)


def rules(base: PublishedBase) -> KeyRules:
    """How the published file names its tensors; a head of its own is no alias."""
    if sizes_of(base).tied:
        return _RULES
    return KeyRules(prefixes=_RULES.prefixes, aliases={}, ignored=_RULES.ignored)


def stock(base: PublishedBase) -> Stock:
    """The whole model."""

    def load(folder: Path) -> Any:
        return InternVLForConditionalGeneration.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
        )

    return Stock(load=load, image_token=int(sizes_of(base).config.image_token_id))


def build(spec: Around, base: PublishedBase, codec: TextCodec) -> Base:
    """The base without memory for what its files hold; adapters are drawn."""
    return InternVl(sizes_of(base), base.redraw, spec, codec)


def read_codec(_base: PublishedBase, text: str) -> TextCodec:
    """The tokenizer as published, and ChatML around one question."""
    marked = '"<img>"' in text and '"</img>"' in text
    return PublishedCodec(
        text,
        FrameText(
            before="<|im_start|>user\n" + ("<img>" if marked else ""),
            after_image="</img>" if marked else "",
            reopens=False,
            joint="\n",
            after_prompt="<|im_end|>\n<|im_start|>assistant\n",
            end="<|im_end|>",
            stops=("<|im_end|>", "<|endoftext|>"),
        ),
    )
