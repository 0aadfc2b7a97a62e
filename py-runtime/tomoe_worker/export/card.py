"""README.md of an export: where it comes from, what each folder is, what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tomoe_worker.export.base import WrittenBase
from tomoe_worker.model.bases.stock import Stock
from tomoe_worker.model.io.base_folder import BaseFolder

RESEARCH_ONLY = "Research only, not for clinical use."


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What was written: names of trained tensors, adapted maps, tensors by file of ``tomoe/``, sites."""

    base: WrittenBase
    maps: int
    own: Mapping[str, int]
    sites: tuple[str, ...]
    merged: bool


def card(run: Mapping[str, Any], of: BaseFolder, stock: Stock, contents: Contents) -> str:
    """The text of the card.

    Args:
        run: ``runId``, ``checkpoint``, ``configDigest`` and ``weightsDigest`` of the base.
    """
    return "\n".join([*_front(of), *_origin(run, of), *_folders(of, stock, contents), *_licences(of), ""])


def _front(of: BaseFolder) -> list[str]:
    return ["---", "library_name: transformers", "tags:", "- tomoe", f"- {of.family}", "---", ""]


def _origin(run: Mapping[str, Any], of: BaseFolder) -> list[str]:
    return [
        f"# {run['runId']}",
        "",
        f"A 2D multimodal model of family `{of.family}`, lifted to 3D CT by Tomoe. **{RESEARCH_ONLY}**",
        "",
        "| | |",
        "|---|---|",
        f"| run | `{run['runId']}` |",
        f"| checkpoint | `{run['checkpoint']}` |",
        f"| resolved experiment, SHA-256 | `{run['configDigest']}` |",
        f"| weights of the base, SHA-256 | `{run['weightsDigest']}` |",
        "",
    ]


def _folders(of: BaseFolder, stock: Stock, contents: Contents) -> list[str]:
    base, own = contents.base, ", ".join(f"`{name}` ({count})" for name, count in contents.own.items())
    lines = [
        "## base/",
        "",
        f"The published layout. {len(of.stored) - len(base.trained)} tensors have the bytes they came with, "
        f"{len(base.trained)} were trained and stand in float32, {len(base.new)} are new.",
    ]
    if contents.sites:
        places = ", ".join(f"`{site}`" for site in contents.sites)
        lines += [f"At {places} experts took the place of the MLP: here stands the published one."]
    if stock.image_token is None:
        lines += [
            "transformers has no class for all of this family but by code that comes with the weights: "
            "its class of the decoder reads that part, Tomoe all of it."
        ]
    else:
        lines += ["Read by `AutoModelForImageTextToText.from_pretrained`."]
    lines += ["", "## adapter/", ""]
    if contents.maps and contents.merged:
        lines += ["Merged into `base/`: there is no folder."]
    elif contents.maps:
        lines += [
            f"{contents.maps} linear maps: `PeftModel.from_pretrained(model, 'adapter')` on top of `base/`."
        ]
    else:
        lines += ["The run trained no adapters: there is no folder."]
    return [*lines, "", "## tomoe/", "", f"{own}, and `config.json`, which says how they attach.", ""]


def _licences(of: BaseFolder) -> list[str]:
    lines = ["## Licences", ""]
    if of.sources:
        lines += [f"- {one.get('package')} {one.get('version')}: {one.get('licence')}" for one in of.sources]
    else:
        found = sorted(
            path.name for path in of.folder.iterdir() if path.name.upper().startswith(("LICEN", "NOTICE"))
        )
        lines += [f"- `base/{name}`, as it was published" for name in found] or [
            "- The folder of the base held no licence: those of its publisher apply."
        ]
    return [*lines, "- What was trained on top may carry terms of the data it was trained on."]
