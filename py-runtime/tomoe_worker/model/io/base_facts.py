"""A folder of published files, opened: which family reads it, how it can be used, and what is in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import Base, TextCodec
from tomoe_worker.model.bases.codec import NoCodec
from tomoe_worker.model.bases.facts import FamilyFacts, use_problems
from tomoe_worker.model.bases.families import Family, family_of
from tomoe_worker.model.components import BASE, COMPONENTS, component_of
from tomoe_worker.model.io.base_folder import (
    TOKENIZER,
    BaseFolder,
    Matched,
    check_copies,
    check_values,
    match,
    open_folder,
)
from tomoe_worker.model.io.base_pixels import read_pixels, with_pixels
from tomoe_worker.spec import LoraSpec, PoolSpec, PublishedBase


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """As ``Around``."""

    pool: PoolSpec
    lora: LoraSpec
    recompute: str
    compile: str


# Parts of the 2D model that nothing reads.
INACTIVE = "inactive"
# What a tensor is made in that the files do not hold.
DRAWN = "F32"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a use asks for; None where it takes what the base offers."""

    image_size: int | None
    max_positions: int | None
    layout: str | None


@dataclass(frozen=True, kw_only=True)
class OpenedBase:
    """A folder held against the model that its config describes; the model is on the meta device."""

    folder: BaseFolder
    use: PublishedBase  # without the digest of its weights
    family: Family
    facts: FamilyFacts
    model: Base
    matched: Matched

    @property
    def inactive(self) -> tuple[str, ...]:
        """Names on disk of tensors that the 2D model itself does not read."""
        return tuple(name for key, name in self.matched.read.items() if self.model.part_of(key) is None)

    @property
    def parameters(self) -> int:
        """Of the 2D model, a shared tensor once."""
        return sum(one.numel() for one in self.model.parameters())

    @property
    def blocks_read(self) -> int:
        """Vision blocks up to the last tap."""
        return self.family.blocks_read(self.use)

    def components(self) -> dict[str, tuple[int, tuple[str, ...]]]:
        """Parameters by component of the 2D model, and the types they are stored in."""
        blocks = len(self.model.tower.blocks)
        sizes: dict[str, int] = {}
        types: dict[str, set[str]] = {}
        for key, parameter in self.model.named_parameters():
            name = component_of(BASE + key, self.model, blocks, per_task=False) or INACTIVE
            stored = self.matched.read.get(key)
            sizes[name] = sizes.get(name, 0) + parameter.numel()
            types.setdefault(name, set()).add(DRAWN if stored is None else self.folder.stored[stored].dtype)
        order = [name for name in (*COMPONENTS, INACTIVE) if name in sizes]
        return {name: (sizes[name], tuple(sorted(types[name]))) for name in order}


def open_base(folder: Path, wish: Wish, *, values: bool) -> OpenedBase:
    """Open a folder of published files and hold everything in it against its own config.

    Args:
        values: read every number, too, and refuse those that are not finite; copies are compared either way.

    Raises:
        TomoeError: as ``open_folder``, ``match`` and ``check_values``; ``CHECKPOINT_INCOMPATIBLE`` for a
            config or image processor that this version does not compute, ``CONFIG_INVALID`` for a wish that
            the base does not admit, each naming what it is.
    """
    of = open_folder(folder)
    asked = PublishedBase(
        kind="published",
        family=of.family,
        config=of.config,
        weights_digest="",
        image_size=0,
        max_positions=0,
        layout="",
        redraw=(),
    )
    family = family_of(asked)
    problems = family.config_problems(of.config)
    if problems:
        raise TomoeError(
            "CHECKPOINT_INCOMPATIBLE",
            f"config.json of {folder.name} is not what family {of.family} is here: " + "; ".join(problems),
            hint="Use the config.json that was published with the weights; other maths needs another one.",
            details={"problems": list(problems)},
        )
    facts = with_pixels(family.facts(of.config), read_pixels(folder))
    use = _use(asked, facts, wish)
    codec: Any = NoCodec()
    with torch.device("meta"):
        model = family.build(_bare(), use, codec)
    matched = match(model, family.rules(use), of)
    (check_values if values else check_copies)(of, matched)
    return OpenedBase(folder=of, use=use, family=family, facts=facts, model=model, matched=matched)


def _bare() -> _Parts:
    """Nothing around the 2D model."""
    lora = LoraSpec(rank=0, alpha=0.0, targets=(), initial="kaiming-uniform", dropout=0.0, vision_targets=())
    return _Parts(pool=PoolSpec(depth=1, kind="mean"), lora=lora, recompute="none", compile="none")


def codec_of(opened: OpenedBase) -> TextCodec | None:
    """The tokenizer of the folder; None where it holds none.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` if it is not the family's.
    """
    has_one = (opened.folder.folder / TOKENIZER).is_file()
    return opened.folder.codec(opened.use) if has_one else None


def _use(asked: PublishedBase, facts: FamilyFacts, wish: Wish) -> PublishedBase:
    step = facts.size_multiple
    use = replace(
        asked,
        # The largest allowed one up to the published.
        image_size=max(step, facts.image_size // step * step) if wish.image_size is None else wish.image_size,
        max_positions=facts.max_positions if wish.max_positions is None else wish.max_positions,
        layout=facts.layouts[0] if wish.layout is None else wish.layout,
    )
    problems = use_problems(use, facts)
    if problems:
        raise TomoeError(
            "CONFIG_INVALID",
            "the base cannot be used so: " + "; ".join(problems),
            hint="Ask for what the base admits.",
            details={"problems": list(problems)},
        )
    return use


def text_facts(codec: TextCodec) -> dict[str, Any]:
    """Texts of a tokenizer's special tokens and of those that stop an answer, and how many were added."""
    added = json.loads(codec.to_json()).get("added_tokens", [])
    texts = {token["id"]: token["content"] for token in added}
    return {
        "special": [token["content"] for token in added if token["special"]],
        "stops": [texts.get(stop) or codec.decode((stop,)) for stop in sorted(codec.frame.stops)],
        "added": len(added),
    }
