"""What stands beside the entries of a document: confusion and calibration of closed answers, and gates."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import regex

from tomoe_worker.verify.choices import likeliest, options_of, read_answer, target_of
from tomoe_worker.verify.rows import Row

_BINS: Final = 10
_GATE: Final = regex.compile(r"\s*(?P<name>[^<>=\s]+)\s*(?P<sign><=|>=|<|>)\s*(?P<limit>[-+.\deE]+)\s*")
_SIGNS: Final = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}


def _chosen(row: Row, by: str) -> int | None:
    if by in ("loglik-sum", "loglik-token"):
        return likeliest(row, by)
    return read_answer(str(row["prediction"]), options_of(row)).named[by]


def _confusion(rows: Sequence[Row], by: str) -> list[list[int]]:
    """Right option x chosen option; the last column names none."""
    most = max(len(row["choices"]) if row.get("choices") is not None else 4 for row in rows)
    counts = np.zeros((most, most + 1), dtype=np.int64)
    for row in rows:
        wanted = target_of(row)
        chosen = _chosen(row, by)
        if wanted is not None:
            counts[wanted, most if chosen is None else chosen] += 1
    found: list[list[int]] = counts.tolist()
    return found


def _judged(row: Row) -> tuple[float, float, float] | None:
    """Probability of the likeliest option, whether it is right, and the Brier score over all options."""
    given = row.get("choiceLogProbs") or []
    if all(value is None for value in given):
        return None
    options, wanted = options_of(row), target_of(row)
    logs = np.array([-math.inf if value is None else float(value) for value in given])
    weights = np.exp(logs - logs.max())
    shares = weights / weights.sum()
    chosen = int(shares.argmax())
    aims = np.arange(len(shares)) == wanted
    return float(shares[chosen]), float(options.same(chosen, wanted)), float(((shares - aims) ** 2).sum())


def _calibration(rows: Sequence[Row]) -> dict[str, Any] | None:
    judged = [one for one in map(_judged, rows) if one is not None]
    if not judged:
        return None
    confidence, right, brier = np.array(judged).T
    place = np.minimum(_BINS - 1, np.floor(confidence * _BINS)).astype(int)
    bins: list[dict[str, Any]] = []
    for at in range(_BINS):
        mine = place == at
        n = int(mine.sum())
        means = (float(confidence[mine].mean()), float(right[mine].mean())) if n else (None, None)
        bins.append({"n": n, "confidence": means[0], "accuracy": means[1]})
    ece = sum(
        one["n"] / len(judged) * abs(one["confidence"] - one["accuracy"]) for one in bins if one["n"] > 0
    )
    return {"n": len(judged), "ece": ece, "brier": float(brier.mean()), "bins": bins}


def picture_figures(rows: Sequence[Row], by: str = "strict") -> dict[str, Any]:
    """Figures of closed rows by name, as a document's ``closed`` prints them (see ``printed_figures``).

    ``by`` is what names an answer's option: ``strict``, ``lenient``, ``loglik-sum`` or ``loglik-token``.

    Raises:
        KeyError: for another ``by``.
    """
    return printed_figures({"confusion": {"counts": _confusion(rows, by)}, "calibration": _calibration(rows)})


def printed_figures(closed: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a picture, each under the path by which it stands in the document."""
    figures: dict[str, Any] = {}
    for right, counts in enumerate(closed["confusion"]["counts"]):
        for chosen, count in enumerate(counts):
            figures[f"closed.confusion.{right}.{chosen}.n"] = count
    calibration = closed.get("calibration")
    if calibration is None:
        return figures
    for name in ("n", "ece", "brier"):
        figures[f"closed.calibration.{name}"] = calibration[name]
    for at, one in enumerate(calibration["bins"]):
        for name in ("n", "confidence", "accuracy"):
            figures[f"closed.calibration.bins.{at}.{name}"] = one[name]
    return figures


def _named(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every entry that a gate may name, with the figure that is meant where none is said."""
    for entry in content.get("scorecard") or []:
        yield f"{entry['task']}/{entry['metric']}", "value", entry
    for entry in content.get("adversaries") or []:
        yield f"{entry['task']}/{entry['metric']}.over.{entry['adversary']}", "difference", entry
    # Beside a scorecard a comparison is of its answer modes, and no gate's.
    for entry in ([] if "scorecard" in content else content.get("comparison")) or []:
        yield f"{entry['task']}/{entry['metric']}", "difference", entry


def gate_figures(content: Mapping[str, Any], gate: str) -> tuple[float, bool] | None:
    """The number of a gate, the first that misses it among several, and whether it holds.

    None where it names no number of the document.
    """
    found = _GATE.fullmatch(gate)
    if found is None:
        return None
    judged: list[tuple[float, bool]] = []
    for key, usual, entry in _named(content):
        if found["name"] != key and not found["name"].startswith(f"{key}."):
            continue
        told = usual if found["name"] == key else found["name"][len(key) + 1 :]
        # A gap's value is its difference.
        value = entry.get("difference" if told == "value" and "difference" in entry else told)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            judged.append((float(value), bool(_SIGNS[found["sign"]](value, float(found["limit"])))))
    return next((one for one in judged if not one[1]), judged[0] if judged else None)
