"""Rows of a predictions file, read anew: what a profile scores of them, and their clusters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from tomoe_worker.errors import TomoeError
from tomoe_worker.verify.foreign.programs import archive_samples, as_rows, log_samples, table_rows

Row = Mapping[str, Any]

_EMPTY_DROPPED: Final = "ct-spatial-vqa"
_OPEN: Final = "open-vqa"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _no_row(path: Path, number: int, why: str) -> TomoeError:
    return TomoeError(
        "DATA_PREDICTIONS",
        f"line {number} of {path.name} {why}",
        hint="Rows are one JSON object a line, in UTF-8.",
    )


def read_rows(path: Path) -> list[Row]:
    """The rows of a JSONL file: one object a line, blank lines left out.

    Raises:
        TomoeError: ``DATA_PREDICTIONS`` for a line that is no JSON object, naming it.
    """
    if path.suffix.lower() in (".csv", ".tsv"):
        return list(table_rows(path))
    if path.suffix.lower() == ".eval":
        return as_rows(list(archive_samples(path)))
    samples = log_samples(path) if path.suffix.lower() == ".json" else None
    if samples is not None:
        return as_rows(samples)
    rows: list[Row] = []
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if not line.strip(" \t\r\n"):
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise _no_row(path, number, f"is not JSON: {error}") from error
            if not isinstance(row, dict):
                raise _no_row(path, number, "is no object")
            rows.append(row)
    return as_rows(rows)


def key_of(row: Row) -> tuple[str, str]:
    """What tells an item from every other."""
    return str(row["task"]), str(row["id"])


def under_profile(rows: Sequence[Row], profile: str) -> list[Row]:
    """The rows that a profile scores, both sides stripped where it does so."""
    if profile != _EMPTY_DROPPED:
        return list(rows)
    kept: list[Row] = []
    for row in rows:
        said, wanted = str(row["prediction"]).strip(), str(row["target"]).strip()
        if row["task"] != _OPEN:
            kept.append(row)
        elif said and wanted:
            kept.append({**row, "prediction": said, "target": wanted})
    return kept


def with_missing(rows: Sequence[Row], expected: Sequence[Row]) -> list[Row]:
    """The rows, and an empty answer for each expected item that has none."""
    given = {key_of(row) for row in rows}
    return [*rows, *({**row, "prediction": ""} for row in expected if key_of(row) not in given)]


def types_of(row: Row) -> list[str]:
    """The types of a row, none where it has no ``type``."""
    value = row.get("type")
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


@dataclass(kw_only=True)
class TaskRows:
    """Rows of one task with their clusters, and the members of each type."""

    rows: Sequence[Row]
    names: list[str] = field(init=False)
    clusters: np.ndarray[Any, Any] = field(init=False)
    types: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        """Group the rows."""
        given = [str(row.get("subject", row["case"])) for row in self.rows]
        self.names = sorted(set(given), key=lambda name: name.encode("utf-16-be"))
        place = {name: at for at, name in enumerate(self.names)}
        self.clusters = np.array([place[name] for name in given], dtype=np.int64)
        self.types = {}
        for at, row in enumerate(self.rows):
            for name in types_of(row):
                self.types.setdefault(name, []).append(at)

    @property
    def unit(self) -> str:
        """What the clusters are."""
        return "patient" if "subject" in self.rows[0] else "case"
