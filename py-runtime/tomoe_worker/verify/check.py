"""Every figure of a document beside the one that its rows give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.verify.beside import gate_figures, picture_figures, printed_figures
from tomoe_worker.verify.derive import (
    Figures,
    Number,
    TaskNumbers,
    Underivable,
    bounds_of,
    figures_of,
    part_of,
)
from tomoe_worker.verify.pairs import compared, holm, verdict_of
from tomoe_worker.verify.rows import Row, TaskRows, key_of, read_rows, under_profile, with_missing
from tomoe_worker.verify.sources import Document, Source
from tomoe_worker.verify.weighed.bert import BERTSCORE
from tomoe_worker.verify.weighed.bert import TOLERANCE as OF_WEIGHTS

_TOLERANCES: Final = {"value": 1e-12, "interval": 1e-9, "weights": OF_WEIGHTS}

_EXACT: Final = ("n", "clusters", "unit", "verdict", "primary", "tests")
_INTERVAL: Final = ("ciLow", "ciHigh", "p", "pHolm", "mde", "designEffect")
_CLOSED: Final = "closed-vqa"
_BESIDE: Final = ("blank", "shuffled-slices", "slices-before", "slices-after")
_MODES: Final = ("generate", "loglik-sum", "loglik-token")
_SCORED: Final = ("value", "ciLow", "ciHigh", "n", "clusters", "chance", "majority", "designEffect", "unit")
_COMPARED: Final = ("first", "second", "difference", "ciLow", "ciHigh", "p", "mde", "n", "clusters")
_TESTED: Final = (*_COMPARED, "pHolm", "verdict")

Entry = Mapping[str, Any]


@dataclass(kw_only=True)
class Tally:
    """Figures looked at, and what is wrong with some of them."""

    figures: int = 0
    differing: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, str]] = field(default_factory=list)
    _underived: int = 0
    _kinds: set[str] = field(default_factory=lambda: {"value", "interval"})

    @property
    def tolerances(self) -> dict[str, float]:
        """How far figures may lie apart, by kind: those of given weights where some was looked at."""
        return {kind: value for kind, value in _TOLERANCES.items() if kind in self._kinds}

    @property
    def equal(self) -> int:
        """Figures that are as printed."""
        return self.figures - len(self.differing) - self._underived

    def lost(self, figure: str, why: str, figures: int = 1) -> None:
        """Tell figures that cannot be derived."""
        self.figures += figures
        self._underived += figures
        self.missing.append({"figure": figure, "why": why})

    def compare(self, figure: str, printed: object, derived: object, kind: str | None = None) -> None:
        """Hold a printed figure against the derived one; ``kind`` names its tolerance, or its name does."""
        self.figures += 1
        self._kinds |= {kind} if kind is not None else set()
        if not _agree(figure.rpartition(".")[2], printed, derived, kind):
            self.differing.append({"figure": figure, "printed": printed, "derived": derived})


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _agree(name: str, printed: object, derived: object, kind: str | None) -> bool:
    if name in _EXACT or not (_is_number(printed) and _is_number(derived)):
        return printed == derived
    one, other = float(printed), float(derived)  # type: ignore[arg-type]
    tolerance = _TOLERANCES[kind or ("interval" if name in _INTERVAL else "value")]
    return abs(one - other) <= tolerance * max(1.0, abs(other))


def _name(entry: Entry) -> str:
    name = f"{entry.get('task')}/{entry.get('metric')}"
    return f"{name} ({entry['a']} and {entry['b']})" if "a" in entry else name


class Check:
    """Derives the figures of one document."""

    def __init__(self, document: Document, tally: Tally) -> None:
        """Read nothing yet."""
        self.document = document
        self.tally = tally
        self._rows: dict[str, list[Row]] = {}
        self._numbers: dict[tuple[str, ...], TaskNumbers] = {}

    def _read(self, source: Source) -> list[Row]:
        if source.problem is not None or source.path is None:
            raise Underivable(source.problem or "its rows are not there")
        key = str(source.path)
        if key not in self._rows:
            try:
                self._rows[key] = read_rows(source.path)
            except (TomoeError, UnicodeDecodeError, OSError) as error:
                raise Underivable(f"its rows cannot be read: {source.told}: {error}") from error
        return self._rows[key]

    def _judged(self, task: str) -> dict[str, dict[str, float]]:
        scores: dict[str, dict[str, float]] = {}
        for source in self.document.of("judged"):
            for row in self._read(source):
                # Ids are unique within a task alone; the first line may hold bounds and no item.
                if "id" in row and row["task"] == task:
                    scores.setdefault(str(row["judge"]), {})[str(row["id"])] = float(row["value"])
        return scores

    def _weights(self) -> dict[str, Path]:
        """Files of weights by name, those that are as they were."""
        return {
            str(one.system): one.path
            for one in self.document.of("weights")
            if one.path is not None and one.problem is None
        }

    def _table(
        self,
        source: Source,
        entry: Entry,
        order: Sequence[Row] | None = None,
        mapping: Mapping[str, str] | None = None,
    ) -> TaskNumbers:
        signature = str(entry["signature"])
        profile = part_of(signature, "profile:") or "strict"
        expected = self.document.of("expected") if part_of(signature, "expected:") is not None else []
        # Rows in another's order or under other names are another table; an order lives as long as its table.
        told_apart = (
            str(len(expected)),
            str(id(order)) if order is not None else "",
            str(mapping is not None),
        )
        key = (source.told, str(entry["task"]), profile, *told_apart)
        if key in self._numbers:
            return self._numbers[key]
        rows: Sequence[Row] = self._read(source)
        if mapping is not None:
            rows = [{**row, "id": mapping[str(row["id"])]} for row in rows if str(row["id"]) in mapping]
        for one in expected:
            rows = with_missing(rows, self._read(one))
        mine = [row for row in under_profile(rows, profile) if row["task"] == entry["task"]]
        if order is not None:
            place = {key_of(row): at for at, row in enumerate(order)}
            mine = sorted((row for row in mine if key_of(row) in place), key=lambda row: place[key_of(row)])
        if not mine:
            raise Underivable(f"{source.told} has no row of {entry['task']}")
        self._numbers[key] = TaskNumbers(
            TaskRows(rows=mine), self._judged(str(entry["task"])), self._weights()
        )
        return self._numbers[key]

    def scorecard(self) -> None:
        """Derive every entry of the scorecard."""
        for entry in self.document.content.get("scorecard") or []:
            try:
                derived = self._entry(entry)
            except (Underivable, KeyError, TypeError, ValueError, IndexError) as error:
                self.tally.lost(
                    _name(entry), str(error) or type(error).__name__, self._printed(entry, _SCORED)
                )
                continue
            kind = "weights" if f"|{BERTSCORE}" in str(entry["signature"]) else None
            for name in _SCORED:
                if name in entry:
                    self.tally.compare(f"{_name(entry)}.{name}", entry[name], derived[name], kind)

    @staticmethod
    def _printed(entry: Entry, names: Sequence[str]) -> int:
        return sum(name in entry for name in names)

    def _entry(self, entry: Entry) -> Figures:
        signature, metric = str(entry["signature"]), str(entry["metric"])
        beside = part_of(signature, "beside:")
        if beside in _BESIDE:
            metric = metric.removesuffix(f".{beside}")
        mode = _mode_of(metric, signature)
        source = self.document.rows_of(beside if beside in _BESIDE else None, mode)
        if source is None:
            raise Underivable("the document names no rows")
        numbers = self._table(source, entry)
        number = _number(numbers, metric, signature)
        return figures_of(number, numbers.table, bounds_of(metric, signature))

    def comparison(self) -> None:
        """Derive every entry of the comparison and of the gaps to adversaries, each with its family."""
        self._pairs("comparison")
        self._pairs("adversaries")

    def _pairs(self, key: str) -> None:
        family: list[tuple[Entry, Figures | None]] = []
        for entry in self.document.content.get(key) or []:
            try:
                derived = self._pair(entry)
            except (Underivable, KeyError, TypeError, ValueError, IndexError) as error:
                self.tally.lost(
                    _name(entry), str(error) or type(error).__name__, self._printed(entry, _TESTED)
                )
                family.append((entry, None))
                continue
            family.append((entry, derived))
            for name in _COMPARED:
                if name in entry:
                    self.tally.compare(f"{_name(entry)}.{name}", entry[name], derived[name])
            for at, one in enumerate(entry.get("perSeed") or []):
                self.tally.compare(f"{_name(entry)}.perSeed.{at}", one, derived.get(f"perSeed.{at}"))
        self._family(family, key)

    def _family(self, entries: Sequence[tuple[Entry, Figures | None]], key: str) -> None:
        primaries = [pair for pair in entries if pair[0].get("primary") is True]
        # Where one is lost, the others are held against its printed p: it is told once, as itself.
        corrected = iter(holm([float((derived or entry)["p"] or 0.0) for entry, derived in primaries]))
        told = (self.document.content.get("family") or {}).get("tests")
        if told is not None and key == "comparison":
            self.tally.compare("family.tests", told, len(primaries))
        for entry, derived in entries:
            p = next(corrected) if entry.get("primary") is True else None
            if derived is None:
                continue
            per_seed = [float(one or 0.0) for name, one in derived.items() if name.startswith("perSeed.")]
            self.tally.compare(f"{_name(entry)}.pHolm", entry.get("pHolm"), p)
            verdict = verdict_of(p, float(derived["difference"] or 0.0), per_seed)
            self.tally.compare(f"{_name(entry)}.verdict", entry.get("verdict"), verdict)

    def picture(self) -> None:
        """Derive confusion and calibration of closed answers."""
        closed = self.document.content.get("closed")
        if not isinstance(closed, dict):
            return
        printed = printed_figures(closed)
        try:
            source = self.document.rows_of(None)
            if source is None:
                raise Underivable("the document names no rows")
            rows: Sequence[Row] = self._read(source)
            for one in self.document.of("expected"):
                rows = with_missing(rows, self._read(one))
            # A document of before names no parser: it was the strict one.
            by = str(closed["confusion"].get("by", "strict"))
            derived = picture_figures([row for row in rows if row["task"] == _CLOSED], by)
        except (Underivable, KeyError, TypeError, ValueError) as error:
            self.tally.lost("closed", str(error) or type(error).__name__, len(printed))
            return
        for name in sorted({*printed, *derived}):
            self.tally.compare(name, printed.get(name), derived.get(name))

    def gates(self) -> None:
        """Judge every gate again, by the figures of the entries that it names."""
        for gate in self.document.content.get("gates") or []:
            told = str(gate["gate"])
            found = gate_figures(self.document.content, told)
            if found is None:
                self.tally.lost(f"gates.{told}", "it names no number of the document", 2)
                continue
            self.tally.compare(f"gates.{told}.value", gate.get("value"), found[0])
            self.tally.compare(f"gates.{told}.held", gate.get("held"), found[1])

    def _mapping(self) -> dict[str, str] | None:
        """Ids of the others' items -> ids of the baseline's; None where none was declared."""
        for source in self.document.of("mapping"):
            return {str(row["b"]): str(row["a"]) for row in self._read(source)}
        return None

    def _pair(self, entry: Entry) -> Figures:
        signature, metric = str(entry["signature"]), str(entry["metric"])
        sides: list[list[Number]] = []
        first: TaskNumbers | None = None
        order: Sequence[Row] | None = None
        mapping = self._mapping()
        for at, name in enumerate((entry["a"], entry["b"])):
            sources = self.document.of("system", str(name))
            if not sources:
                raise Underivable(f'the document names no rows of "{name}"')
            side = []
            for source in sources:
                numbers = self._table(source, entry, order, mapping if at == 1 else None)
                first = first or numbers
                order = order or first.table.rows
                side.append(_number(numbers, metric, signature))
            sides.append(side)
        assert first is not None
        return compared(sides[0], sides[1], first.table, bounds_of(metric, signature))


def _mode_of(metric: str, signature: str) -> str | None:
    """The answer mode behind a metric's name, where the number is of answers in that mode."""
    mode = part_of(signature, "answer:")
    return mode if mode is not None and metric.endswith(f".{mode}") else None


def _number(numbers: TaskNumbers, metric: str, signature: str) -> Number:
    mode = next((one for one in _MODES if metric.endswith(f".{one}")), None)
    if mode is not None and metric.removeprefix("type.") not in numbers.table.types:
        metric = metric.removesuffix(f".{mode}")
    return numbers.number(metric, signature)
