"""How a family's file names its tensors, and how its modules do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


def own_name(key: str) -> str:
    """The name that a tensor has in the 2D model itself: peft puts the maps that it adapts one level down."""
    return key.replace(".base_layer.", ".")


@dataclass(frozen=True, kw_only=True)
class KeyRules:
    """Names on disk and in memory, both ways.

    ``prefixes`` are pairs (on disk, in memory), the longest first; a name that has the prefix of none keeps
    its name. ``aliases`` say of which tensor another name on disk may be a copy; ``ignored`` are patterns of
    names on disk that nothing reads, with the reason.
    """

    prefixes: tuple[tuple[str, str], ...]
    aliases: Mapping[str, str]
    ignored: Mapping[str, str]

    def in_memory(self, key: str) -> str:
        """The name in memory of a name on disk."""
        return next((to + key.removeprefix(at) for at, to in self.prefixes if key.startswith(at)), key)

    def on_disk(self, key: str) -> str:
        """The name on disk of a name in memory."""
        return next((at + key.removeprefix(to) for at, to in self.prefixes if key.startswith(to)), key)

    def why_ignored(self, key: str) -> str | None:
        """Why nothing reads a name on disk; None where it is read."""
        return next((why for pattern, why in self.ignored.items() if re.search(pattern, key)), None)
