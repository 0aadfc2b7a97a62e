"""The table of families: the one place where bases are listed. A family is one folder and one row."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Final, Protocol

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import AdapterTargets, Around, Base, TextCodec
from tomoe_worker.model.bases.facts import FamilyFacts
from tomoe_worker.model.bases.keys import KeyRules
from tomoe_worker.model.bases.stock import Stock
from tomoe_worker.spec import BaseSpec, ModelSpec

_BASES: Final = "tomoe_worker.model.bases"
# By kind: bases of explicit sizes that are trained from scratch.
SCRATCH: Final[Mapping[str, str]] = {"phi3v": "phi3v.scratch"}
# By published model_type: bases that are read from their files.
PUBLISHED: Final[Mapping[str, str]] = {"phi3_v": "phi3v.published", "internvl": "internvl.base"}


class Family(Protocol):
    """What a family's module offers; ``base`` is its own member of the union. Those that are read from their
    files have the first three and a stock class besides.
    """

    def config_problems(self, config: str) -> list[str]:
        """What keeps a published config from being computed at any size, each as one sentence."""

    def facts(self, config: str) -> FamilyFacts:
        """What a config without problems says."""

    def rules(self, base: Any) -> KeyRules:
        """How the published files name their tensors."""

    def problems_of(self, base: Any) -> list[str]:
        """What keeps the base from being built, each as one sentence."""

    def blocks_read(self, base: Any) -> int:
        """Vision blocks in front of the last tap."""

    def adapter_targets(self, base: Any) -> AdapterTargets:
        """Names of the linear maps that adapters can stand beside."""

    def build(self, spec: Around, base: Any, codec: TextCodec) -> Base:
        """The base on the device in force, its weights drawn at random or, on meta, none."""

    def stock(self, base: Any) -> Stock:
        """How transformers reads the published files."""

    def read_codec(self, base: Any, text: str) -> TextCodec:
        """The codec that a checkpoint was saved with."""


def family_of(base: BaseSpec) -> Family:
    """The module of a base.

    Raises:
        TomoeError: ``CONFIG_INVALID`` for a family that this version does not read, naming those it does.
    """
    table, name = (PUBLISHED, base.family) if base.kind == "published" else (SCRATCH, base.kind)
    if name not in table:
        raise TomoeError(
            "CONFIG_INVALID",
            f"{name!r} is no family this version reads: {', '.join(table) or 'none'}",
            hint="Use a base of a known family.",
        )
    module: Any = importlib.import_module(f"{_BASES}.{table[name]}")
    family: Family = module
    return family


def build_base(spec: ModelSpec, codec: TextCodec) -> Base:
    """The base of a checked spec on the device in force."""
    return family_of(spec.base).build(spec, spec.base, codec)
