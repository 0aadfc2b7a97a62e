"""What other programs keep of their items, as rows: tables, lm-eval, Every Eval Ever, Inspect."""

from __future__ import annotations

import csv
import json
import os
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tomoe_worker.errors import TomoeError

Fields = Mapping[str, Any]

_TASKS: Final = ("report", "closed-vqa", "open-vqa")
_LOG: Final = re.compile(rb'\s*\{\s*"version"\s*:\s*\d+\s*,\s*"status"\s*:\s*"')
_ZSTANDARD: Final = 93
_NAME_LENGTH_AT: Final = 26
_ATTACHED: Final = "attachment://"
_LISTS: Final = ("choiceLogProbs", "choiceTokens")


def _cell(column: str, cell: str) -> object:
    is_list = cell.lstrip().startswith("[")
    if column in ("labels", "route", "meta") or (is_list and column in ("type", "choices")):
        return json.loads(cell)
    if column == "choices":
        return [one.strip() for one in cell.split("|")]
    if column in _LISTS:
        return json.loads(cell if is_list else f"[{cell.replace('|', ',')}]")
    return cell.lower() == "true" if column == "truncated" else cell


def table_rows(path: Path) -> Iterator[Fields]:
    """Rows of a table of separated values, its columns named as the keys are."""
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ","):
            kept = {name.strip(): cell for name, cell in row.items() if cell is not None}
            yield {
                name: _cell(name, cell)
                for name, cell in kept.items()
                if cell != "" or name in ("prediction", "target")
            }


def log_samples(path: Path) -> list[Fields] | None:
    """Samples of an Inspect log that is one JSON document; None for any other file."""
    with path.open("rb") as file:
        if _LOG.match(file.read(512)) is None:
            return None
    samples = json.loads(path.read_text(encoding="utf-8"))["samples"]
    assert isinstance(samples, list)
    return samples


def _unpacked(archive: zipfile.ZipFile, path: Path, name: str) -> bytes:
    """An entry's bytes; zstandard, which Python's own reader has from 3.14 on only, by pyarrow's codec."""
    entry = archive.getinfo(name)
    if entry.compress_type != _ZSTANDARD:
        return archive.read(name)
    with path.open("rb") as file:
        file.seek(entry.header_offset + _NAME_LENGTH_AT)
        name_length, extra_length = struct.unpack("<HH", file.read(4))
        file.seek(name_length + extra_length, os.SEEK_CUR)
        packed = file.read(entry.compress_size)
    # Where a log is packed so: pyarrow takes a moment to load.
    from pyarrow import Codec

    found: bytes = Codec("zstd").decompress(packed, decompressed_size=entry.file_size, asbytes=True)
    if zlib.crc32(found) != entry.CRC:
        raise TomoeError(
            "DATA_TRUNCATED",
            f"{name} of {path.name} is not what its checksum says",
            hint="Copy the log again, or write it anew.",
            details={"path": str(path), "entry": name},
        )
    return found


def archive_samples(path: Path) -> Iterator[Fields]:
    """Samples of an Inspect log that is an archive; of several of one name the last."""
    with zipfile.ZipFile(path) as archive:
        for name in dict.fromkeys(archive.namelist()):
            if name.startswith("samples/") and name.endswith(".json"):
                yield json.loads(_unpacked(archive, path, name))


def _first(source: Fields, *names: str) -> Any:
    return next((source[name] for name in names if source.get(name) not in (None, "")), None)


def _beside(source: Fields, identity: Any, *, has_choices: bool) -> dict[str, Any]:
    task = source.get("task")
    found = {
        "case": _first(source, "case", "case_id"),
        "subject": _first(source, "patient", "patient_id", "subject_id"),
        "type": _first(source, "type", "types", "category", "question_type"),
        "task": task if task in _TASKS else "closed-vqa" if has_choices else "open-vqa",
    }
    found["case"] = identity if found["case"] is None else found["case"]
    return {name: value for name, value in found.items() if value is not None}


def _json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _answered(source: Fields) -> dict[str, Any]:
    """What an export of ours keeps of an answer beside it."""
    lists = {name: _json(source.get(name)) for name in _LISTS}
    labels, mode = _json(source.get("labels")), source.get("answerMode")
    return {
        **({"answerMode": mode} if isinstance(mode, str) else {}),
        **{name: value for name, value in lists.items() if isinstance(value, list)},
        **({"labels": labels} if isinstance(labels, dict) and {"target", "prediction"} <= {*labels} else {}),
    }


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _log_prob(value: Any) -> float | None:
    first = value[0] if isinstance(value, list) and value else None
    if isinstance(first, list):
        return _log_prob(first)
    try:
        return float(first) if isinstance(first, (int, float, str)) and first != "" else None
    except ValueError:
        return None


def _harness(value: Fields) -> Fields:
    doc = value["doc"] if isinstance(value.get("doc"), dict) else {}
    resps = value.get("resps", value.get("filtered_resps"))
    assert isinstance(resps, list)
    compared = len(resps) > 1 and _log_prob(resps[0]) is not None
    told = doc.get("choices", doc.get("options"))
    choices = told.get("text") if isinstance(told, dict) else told
    if not isinstance(choices, list):
        calls = (value.get("arguments") or {}).values()
        choices = [str(call["arg_1"]).strip() for call in calls if "arg_1" in call]
    has_choices = compared or isinstance(doc.get("choices"), list)
    target = _only(value.get("target"))
    if has_choices and isinstance(target, (int, str)) and str(target).isdigit():
        target = chr(65 + int(target))
    said: dict[str, Any]
    if compared:
        probabilities = [_log_prob(one) or 0.0 for one in resps]
        best = max(range(len(probabilities)), key=lambda at: probabilities[at])
        said = {"prediction": chr(65 + best), "choiceLogProbs": probabilities}
    else:
        said = {"prediction": resps[0][0] if isinstance(resps[0], list) else resps[0]}
    head = {"id": value["doc_id"], **_beside(doc, value["doc_id"], has_choices=has_choices), "target": target}
    return {**head, **said, **({"choices": choices} if has_choices else {})}


def _every_eval(value: Fields) -> Fields:
    given, output = value.get("input") or {}, value.get("output") or {}
    choices, raw = given.get("choices"), output.get("raw")
    metadata = dict(value.get("metadata") or {})
    if str(metadata.get("types", "")).startswith("["):
        metadata["types"] = _json(metadata["types"]) or metadata["types"]
    return {
        "id": value["sample_id"],
        **_beside(metadata, value["sample_id"], has_choices=bool(choices)),
        **_answered(metadata),
        "target": _only(given.get("reference")),
        "prediction": _only(raw) if raw else "",
        **({"choices": choices} if choices else {}),
    }


def _text(content: Any) -> str | None:
    if isinstance(content, list):
        return "\n".join(one["text"] for one in content if one.get("type") == "text")
    return content if isinstance(content, str) else None


def _inspect(value: Fields) -> Fields:
    output, choices = value.get("output") or {}, value.get("choices")
    first: Any = next(iter(output.get("choices") or []), {})
    told = _text((first.get("message") or {}).get("content"))
    said = output.get("completion", "") if told is None else told
    if said.startswith(_ATTACHED):
        said = value["attachments"][said.removeprefix(_ATTACHED)]
    epoch = value.get("epoch")
    return {
        "id": value["id"] if epoch in (None, 1) else f"{value['id']}#{epoch}",
        **_beside(value.get("metadata") or {}, value["id"], has_choices=bool(choices)),
        **_answered(value.get("metadata") or {}),
        "target": _only(value["target"]),
        "prediction": "" if value.get("error") else said,
        **({"choices": choices} if choices else {}),
    }


_FORMATS: Final[Sequence[tuple[Callable[[Fields], bool], Callable[[Fields], Fields]]]] = (
    (lambda one: "doc_id" in one and ("resps" in one or "filtered_resps" in one), _harness),
    (lambda one: "sample_id" in one and ("evaluation_id" in one or "interaction_type" in one), _every_eval),
    (lambda one: "epoch" in one and "input" in one and "target" in one, _inspect),
)


def as_rows(values: Sequence[Fields]) -> list[Fields]:
    """Objects of a file as rows: those of another program in its way, told by the first; ours as they are."""
    if not values:
        return []
    convert = next((to_row for fits, to_row in _FORMATS if fits(values[0])), None)
    if convert is None:
        return list(values)
    kept = [one for one in values if one.get("filter") == values[0].get("filter")]
    # An item stands under every result that it counts in; it is one row.
    first: dict[Any, Any] = {}
    rows = []
    for one in kept:
        row = convert(one)
        if convert is _every_eval:
            result = one.get("evaluation_result_id", one.get("evaluation_name"))
            if first.setdefault((row["task"], row["id"]), result) != result:
                continue
        rows.append(row)
    return rows
