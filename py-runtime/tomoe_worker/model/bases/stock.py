"""What transformers itself makes of a base's files: the other side of a comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Stock:
    """How a stock class reads a folder of published files.

    ``load`` gives a module in float32 on the CPU; ``image_token`` is the id that stands for one image token
    in its input, None where the class reads text alone.
    """

    load: Callable[[Path], Any]
    image_token: int | None

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts of the base that it computes."""
        return ("language",) if self.image_token is None else ("vision", "projector", "language")
