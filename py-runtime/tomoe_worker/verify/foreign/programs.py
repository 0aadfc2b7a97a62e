"""What other programs keep of their items, as rows: tables, lm-eval, Every Eval Ever, Inspect."""

from __future__ import annotations

import csv
import json
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

Fields = Mapping[str, Any]

_TASKS: Final = ("report", "closed-vqa", "open-vqa")
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


def archive_samples(path: Path) -> Iterator[Fields]:
    """Samples of an Inspect log."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("samples/") and name.endswith(".json"):
                yield json.loads(archive.read(name))


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
    return {
        "id": value["sample_id"],
        **_beside(value.get("metadata") or {}, value["sample_id"], has_choices=bool(choices)),
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
    epoch = value.get("epoch")
    return {
        "id": value["id"] if epoch in (None, 1) else f"{value['id']}#{epoch}",
        **_beside(value.get("metadata") or {}, value["id"], has_choices=bool(choices)),
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
    return [convert(one) for one in kept]
