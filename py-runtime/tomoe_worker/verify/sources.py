"""What a result is made of: its documents, and the files of rows that each names, as they were or not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import regex

from tomoe_worker.errors import TomoeError
from tomoe_worker.verify.rows import sha256_of

# In the order in which a folder is looked through.
DOCUMENTS: Final = ("results.json", "scorecard.json")
_BESIDE: Final = ("predictions.jsonl", "items.jsonl")
_NAMED: Final = regex.compile(
    r"[\w./@~+-]*(?:scorecard|results)\.json|(?:[\w.@~+-]*/)*(?:runs|evals)/[\w.-]*\w"
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file of rows that a document names: what it is of, where it lies, and the digest it had."""

    role: str
    path: Path | None
    told: str
    sha256: str | None = None
    system: str | None = None

    @property
    def problem(self) -> str | None:
        """Why figures cannot be derived from it; None where it is there and as it was."""
        if self.told == "-":
            return "its rows came on stdin and are not kept: score a file"
        if self.path is None:
            return f"its rows are not there: {self.told}"
        if self.sha256 is not None and sha256_of(self.path) != self.sha256:
            return (
                f"its rows are altered: {self.told} has not the SHA-256 {self.sha256[:16]}... of the document"
            )
        return None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document with figures, and the files of rows that they come from."""

    path: Path
    content: Mapping[str, Any]
    sources: Sequence[Source] = field(default_factory=tuple)

    def of(self, role: str, system: str | None = None) -> list[Source]:
        """Its files of one role, of one system where that is said."""
        return [one for one in self.sources if one.role == role and system in (None, one.system)]

    def rows_of(self, beside: str | None, mode: str | None = None) -> Source | None:
        """The rows that a number is of: in an answer mode, or asked beside the held-out volumes."""
        if beside is None:
            of_mode = [] if mode is None else self.of("rows", mode)
            return next(iter(of_mode or [one for one in self.of("rows") if one.system is None]), None)
        told = f"predictions.{beside}.jsonl"
        found = self.path.parent / told
        return Source(role="rows", path=found if found.is_file() else None, told=told)


def _place(told: str, near: Path) -> Path | None:
    """A file named in a document: from its folder, from the current one, or of its name beside it."""
    for path in (near / told, Path(told), near / Path(told).name):
        if path.is_file():
            return path
    return None


def _sources(content: Mapping[str, Any], near: Path) -> list[Source]:
    named = content.get("inputs")
    if isinstance(named, list):
        return [
            Source(
                role=str(one.get("role", "rows")),
                told=str(one["path"]),
                path=_place(str(one["path"]), near),
                sha256=one.get("sha256"),
                system=one.get("system"),
            )
            for one in named
            if isinstance(one, dict) and "path" in one
        ]
    found = next((name for name in _BESIDE if (near / name).is_file()), None)
    path = None if found is None else near / found
    return [Source(role="rows", path=path, told=found or _BESIDE[0])]


def read_document(path: Path) -> Document:
    """Read a document of figures.

    Raises:
        TomoeError: ``RECORD_INVALID`` where it is no JSON object, or has neither scorecard nor comparison.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise _invalid(path, f"it is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise _invalid(path, "it is no JSON object")
    if content.get("ok") is False:
        # A gate that does not hold keeps the numbers in its details.
        content = content.get("error", {}).get("details", {})
    if not isinstance(content.get("scorecard"), list) and not isinstance(content.get("comparison"), list):
        raise _invalid(path, "it has neither a scorecard nor a comparison")
    return Document(path=path, content=content, sources=_sources(content, path.parent))


def _invalid(path: Path, why: str) -> TomoeError:
    return TomoeError(
        "RECORD_INVALID",
        f"{path}: {why}",
        hint="Give a scorecard.json or results.json, a run or an eval folder, or a log that names them.",
        details={"path": str(path), "differing": [], "missing": [{"figure": str(path), "why": why}]},
    )


def _within(folder: Path) -> Path | None:
    return next((folder / name for name in DOCUMENTS if (folder / name).is_file()), None)


def named_in(text: str) -> list[str]:
    """The documents, runs and evals that a log names, each once, in their order."""
    return list(
        dict.fromkeys(found.strip("./") if found.endswith("/") else found for found in _NAMED.findall(text))
    )


def documents_of(result: Path) -> tuple[list[Document], list[dict[str, str]]]:
    """The documents of a result, and those that it names and that are not there.

    Raises:
        TomoeError: ``RECORD_INVALID`` for a folder without one, a log that names none; as ``read_document``.
    """
    if result.is_dir():
        path = _within(result)
        if path is None:
            raise _invalid(result, f"the folder holds none of {', '.join(DOCUMENTS)}")
        return [read_document(path)], []
    if result.suffix.lower() not in (".md", ".markdown"):
        return [read_document(result)], []
    found: list[Document] = []
    missing: list[dict[str, str]] = []
    for told in named_in(result.read_text(encoding="utf-8-sig")):
        places = [place for place in (result.parent / told, Path(told)) if place.exists()]
        path = next((_within(one) if one.is_dir() else one for one in places), None)
        if path is None:
            missing.append({"figure": told, "why": f"{result.name} names it, and it is not there"})
        elif all(path.resolve() != one.path.resolve() for one in found):
            found.append(read_document(path))
    if not found and not missing:
        raise _invalid(result, "it names no scorecard.json, results.json, run or eval")
    return found, missing
