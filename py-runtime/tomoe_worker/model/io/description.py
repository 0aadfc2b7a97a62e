"""What a folder of published files says of itself: ``config.json``, and ``tomoe.json`` where we made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import rfc8785

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.bases.families import PUBLISHED
from tomoe_worker.model.io.files import reading
from tomoe_worker.model.io.headers import without_twins

CONFIG, NEW = "config.json", "tomoe.json"
ADAPTER = "adapter_config.json"  # a PEFT adapter's, which is no model
_FORMAT: Final = "tomoe.base/1"
_AS_PUBLISHED: Final = "Fetch the file again, or use the folder as it was published."
_MADE_AGAIN: Final = "Make the folder again with tomoe weights get."


@dataclass(frozen=True, kw_only=True)
class Description:
    """Which family, its config, and what tomoe.json adds."""

    family: str
    config: str  # RFC 8785
    new: tuple[str, ...]  # names on disk of tensors that are not in the files and are drawn
    sources: tuple[Mapping[str, str], ...]  # package, version, sha256, licence


def read_description(folder: Path) -> Description:
    """The two files of a folder.

    Raises:
        TomoeError: ``CHECKPOINT_MISSING`` without a config, ``CHECKPOINT_INVALID`` for a file that is not
            what its name says, ``CONFIG_INVALID`` for a family this version does not read, naming those it
            does; ``PERMISSION`` or ``IO_FAILED``.
    """
    config = _published(folder, CONFIG)
    own = _published(folder, NEW) if (folder / NEW).is_file() else {"format": _FORMAT}
    if own.get("format") != _FORMAT:
        raise _no_description(NEW, f"it is not of format {_FORMAT}", _MADE_AGAIN)
    return Description(
        family=_family(config), config=_canonical(config), new=_new(own), sources=_sources(own)
    )


def _published(folder: Path, name: str) -> dict[str, Any]:
    """A published file of JSON, read as it stands: an object whose fields stand once."""
    path = folder / name
    with reading(path):
        text = path.read_bytes() if path.is_file() else None
    if text is None:
        adapter = " it is an adapter, give the folder of its base." if (folder / ADAPTER).is_file() else ""
        raise TomoeError(
            "CHECKPOINT_MISSING",
            f"{folder.name} holds no {name}",
            hint="Give a folder with the published config.json and safetensors." + adapter,
            details={"absent": [name]},
        )
    try:
        held = json.loads(text.decode(), object_pairs_hook=without_twins)
    except (ValueError, RecursionError) as cause:
        raise _no_description(name, f"it is damaged ({cause})") from cause
    if not isinstance(held, dict):
        raise _no_description(name, "it is no table of fields")
    return held


def _canonical(config: Mapping[str, Any]) -> str:
    try:
        return rfc8785.dumps(dict(config)).decode()
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as cause:
        raise _no_description(CONFIG, f"it holds what JSON cannot carry ({cause})") from cause


def _family(config: Mapping[str, Any]) -> str:
    family = config.get("model_type")
    if not isinstance(family, str):
        raise _no_description(CONFIG, f"model_type is {family!r}, it must name the family")
    if family not in PUBLISHED:
        near = get_close_matches(family, PUBLISHED, n=1)
        meant = f", did you mean {near[0]!r}?" if near else ""
        raise TomoeError(
            "CONFIG_INVALID",
            f"model_type is {family!r}, this version reads {', '.join(PUBLISHED)}{meant}",
            hint="Give a base of a known family, in the layout that transformers writes.",
            details={"family": family, "known": list(PUBLISHED)},
        )
    return family


def _new(own: Mapping[str, Any]) -> tuple[str, ...]:
    new = own.get("new", [])
    if not _is_texts(new):
        raise _no_description(NEW, f"it is not of format {_FORMAT}: new must be a list of names", _MADE_AGAIN)
    return tuple(new)


def _sources(own: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    sources = own.get("sources", [])
    names = {"package", "version", "sha256", "licence"}
    if not isinstance(sources, list) or not all(
        isinstance(one, dict) and set(one) == names and _is_texts([*one.values()]) for one in sources
    ):
        what = f"its sources must each have {', '.join(sorted(names))}"
        raise _no_description(NEW, what, _MADE_AGAIN)
    return tuple(sources)


def _is_texts(held: Any) -> bool:
    return isinstance(held, list) and all(isinstance(one, str) for one in held)


def _no_description(name: str, what: str, hint: str = _AS_PUBLISHED) -> TomoeError:
    return TomoeError("CHECKPOINT_INVALID", f"{name}: {what}", hint=hint, details={"file": name})
