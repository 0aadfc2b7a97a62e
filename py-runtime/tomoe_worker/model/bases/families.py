"""The families of bases that can be built: the one place where they are listed."""

from __future__ import annotations

from tomoe_worker.model.base import Base, TextCodec
from tomoe_worker.model.bases.phi3v.base import Phi3vBase
from tomoe_worker.model.bases.phi3v.tokenizer import Tokenizer
from tomoe_worker.spec import ModelSpec


def build_base(spec: ModelSpec, codec: TextCodec) -> Base:
    """An untrained base of the family and sizes of a checked spec, on the device in force."""
    return Phi3vBase(spec, codec)


def read_codec(text: str) -> TextCodec:
    """The codec that a checkpoint was saved with.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` if the text is not one.
    """
    return Tokenizer.from_json(text)
