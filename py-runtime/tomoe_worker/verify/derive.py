"""The figures of one scorecard entry, derived from rows by what its metric and its signature say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import regex

from tomoe_worker.verify.choices import likeliest, options_of, read_answer, target_of
from tomoe_worker.verify.corpus import CorpusNumber, corpus_number
from tomoe_worker.verify.intervals import (
    Floats,
    Totals,
    corpus_estimate,
    macro_estimate,
    mean_estimate,
    totals_of,
)
from tomoe_worker.verify.rows import TaskRows
from tomoe_worker.verify.texts import scorer_of, scores_of
from tomoe_worker.verify.weighed.bert import BERTSCORE, bert_scores

_PARSERS: Final = {
    "first-letter-or-exact-text": "strict",
    "one-letter-or-one-text": "lenient",
    "letter-dot-substring": "m3d-compat",
}
_JUDGES: Final = regex.compile(r"judges:(?:mean\(|share\(>=(?P<least>[-+.\deE]+),)(?P<names>[^)]*)\)")
_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {"cider": (0.0, 10.0)}

Figures = dict[str, float | int | str | None]


class Underivable(Exception):
    """A number that nothing here derives; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Mean:
    """A mean over items: values of its members, and what stands beside it."""

    values: Floats
    members: np.ndarray[Any, Any]
    kind: str
    chance: float | None = None
    majority: float | None = None


@dataclass(frozen=True, kw_only=True)
class Macro:
    """A mean over types."""

    parts: Sequence[Mean]


Number = Mean | Macro | CorpusNumber


def part_of(signature: str, start: str) -> str | None:
    """The rest of the part of a signature that begins so."""
    return next((one[len(start) :] for one in signature.split("|") if one.startswith(start)), None)


class TaskNumbers:
    """The numbers of one task's rows, each derived once."""

    def __init__(
        self,
        table: TaskRows,
        judged: Mapping[str, Mapping[str, float]] | None = None,
        weights: Mapping[str, Path] | None = None,
    ) -> None:
        """Keep the rows, scores by people or models by "judge" and id, and the files of weights by name."""
        self.table = table
        self.judged = judged or {}
        self.weights = weights or {}
        self._texts: dict[str, Floats] = {}
        self._closed: dict[str, dict[str, Floats]] = {}

    @cached_property
    def _answers(self) -> tuple[list[str], Floats]:
        texts, chances = [], []
        for row in self.table.rows:
            options, wanted = options_of(row), target_of(row)
            if wanted is None:
                raise Underivable(f"the target of {row['id']} names no option")
            texts.append(options.texts[wanted] or f"letter {wanted}")
            chances.append(options.chance)
        return texts, np.array(chances)

    def closed(self, by: str) -> dict[str, Floats]:
        """Verdicts by log-probabilities of a mode, or ("text") of the text under every parser."""
        if by in self._closed:
            return self._closed[by]
        names = ("strict", "lenient", "m3d-compat", "unparsed", "hedged", "contradicted")
        table = {name: np.zeros(len(self.table.rows)) for name in names}
        unparsed = {name: np.zeros(len(self.table.rows)) for name in names[:3]}
        for at, row in enumerate(self.table.rows):
            options, wanted = options_of(row), target_of(row)
            if by != "text":
                chosen = likeliest(row, by)
                for name in names[:3]:
                    table[name][at] = options.same(chosen, wanted)
                    unparsed[name][at] = chosen is None
                continue
            read = read_answer(str(row["prediction"]), options)
            for name, chosen in read.named.items():
                table[name][at], unparsed[name][at] = options.same(chosen, wanted), chosen is None
            table["m3d-compat"][at] = wanted in read.dotted
            unparsed["m3d-compat"][at] = not read.dotted
            table["hedged"][at], table["contradicted"][at] = read.hedged, read.contradicted
        self._closed[by] = {**table, **{f"unparsed.{name}": one for name, one in unparsed.items()}}
        return self._closed[by]

    def _commonest(self, members: np.ndarray[Any, Any]) -> int:
        texts, _ = self._answers
        return max(Counter(texts[at] for at in members).values())

    def _of_choices(self, metric: str, signature: str) -> Number:
        parser_id = part_of(signature, "parser:") or ""
        by, parser = "text", _PARSERS.get(parser_id.split("/")[0])
        if parser_id.startswith("none("):
            by, parser = parser_id[5:].rstrip(")"), "strict"
        if parser is None:
            raise Underivable(f'no parser "{parser_id}" is known')
        verdicts, everyone = self.closed(by), np.arange(len(self.table.rows))
        if metric in ("unparsed", "hedged", "contradicted"):
            values = verdicts[f"unparsed.{parser}" if metric == "unparsed" else metric]
            return Mean(values=values, members=everyone, kind="binary")
        values, (_, chances) = verdicts[parser], self._answers

        def of(members: np.ndarray[Any, Any], majority: float) -> Mean:
            chance = float(chances[members].mean())
            return Mean(
                values=values[members], members=members, kind="binary", chance=chance, majority=majority
            )

        groups = [np.array(one) for one in self.table.types.values()] or [everyone]
        if metric == "accuracy.micro":
            sizes = sum(len(one) for one in groups)
            return of(everyone, sum(self._commonest(one) for one in groups) / sizes)
        if metric == "accuracy.macro":
            return Macro(parts=[of(one, self._commonest(one) / len(one)) for one in groups])
        members = self.table.types.get(metric.removeprefix("type."))
        if members is None or not metric.startswith("type."):
            raise Underivable(f'no row has what "{metric}" is of')
        return of(np.array(members), self._commonest(np.array(members)) / len(members))

    def _text_scores(self, identity: str) -> Floats:
        if identity not in self._texts:
            pairs = [(str(row["prediction"]), str(row["target"])) for row in self.table.rows]
            self._texts[identity] = np.array(self._scores_of(identity, pairs))
        return self._texts[identity]

    def _scores_of(self, identity: str, pairs: list[tuple[str, str]]) -> list[float]:
        if identity.startswith(BERTSCORE):
            found = bert_scores(identity, pairs, self.weights)
            if isinstance(found, str):
                raise Underivable(found)
            return found
        scorer = scorer_of(identity)
        if scorer is None:
            raise Underivable(f"no library here computes {identity.split('(')[0]}")
        return scores_of(scorer, pairs)

    def _judged_scores(self, judge: str) -> Floats:
        scores = self.judged.get(judge)
        if scores is None:
            raise Underivable(f'the scores of judge "{judge}" are not there')
        return np.array([scores[str(row["id"])] for row in self.table.rows])

    def number(self, metric: str, signature: str) -> Number:
        """The number of a metric.

        Raises:
            Underivable: for a metric, parser or library that is not known here, with the reason.
        """
        parts = signature.split("|")
        identity = parts[2] if len(parts) > 2 else ""
        if identity.startswith(
            tuple(f"tomoe.{one}/" for one in ("accuracy", "unparsed", "hedged", "contradicted"))
        ):
            return self._of_choices(metric, signature)
        corpus = corpus_number(identity, self.table.rows)
        if corpus is not None:
            return corpus
        _, _, name = metric.partition(".type.")
        members = np.array(self.table.types[name]) if name else np.arange(len(self.table.rows))
        if found := _JUDGES.fullmatch(identity):
            judges = found["names"].split(",")
            values, kind = np.mean([self._judged_scores(judge) for judge in judges], axis=0), "within"
            if found["least"] is not None:
                values, kind = (values >= float(found["least"])).astype(float), "binary"
        elif identity.startswith("judge:"):
            values, kind = self._judged_scores(identity.removeprefix("judge:").split("(")[0]), "within"
        else:
            values = self._text_scores(identity)
            kind = "binary" if identity.startswith("tomoe.exact/") else "within"
            kind = "unbounded" if identity.startswith(BERTSCORE) else kind
        return Mean(values=values[members], members=members, kind=kind)


def left_out(number: CorpusNumber, table: TaskRows) -> tuple[float, Floats]:
    """A number over a corpus, and the same without each cluster or each block of clusters."""
    size = len(table.names)
    sums = np.zeros((size, number.statistics.shape[1]))
    np.add.at(sums, table.clusters, number.statistics)
    total = sums.sum(axis=0)
    if number.left_out is None:
        return number.value(total), np.array([number.value(total - one) for one in sums])
    count = min(size, number.blocks or size)
    # Clusters in their order, dealt to blocks by turns.
    block = table.clusters % count
    without = [number.left_out((block != one).astype(float)) for one in range(count)]
    return number.value(total), np.array(without)


def totals(mean: Mean, table: TaskRows) -> Totals:
    """Sums of a mean by cluster, over all clusters of the task."""
    return totals_of(mean.values, table.clusters[mean.members], len(table.names))


def bounds_of(metric: str, signature: str) -> tuple[float, float]:
    """What one item can score."""
    told = part_of(signature, "bounds:")
    if told is not None:
        low, _, high = told.partition("..")
        return float(low), float(high)
    return _BOUNDS.get(metric.partition(".")[0], (0.0, 1.0))


def figures_of(number: Number, table: TaskRows, bounds: tuple[float, float]) -> Figures:
    """Every figure that an entry prints of a number."""
    floor, ceiling = bounds
    head: Figures = {"chance": None, "majority": None, "designEffect": None, "unit": table.unit}
    if isinstance(number, Macro):
        parts = [(totals(part, table), part) for part in number.parts]
        value, low, high = macro_estimate(
            [(sums, mean_estimate(sums, part.kind, floor, ceiling)) for sums, part in parts]
        )
        chances = [part.chance for part in number.parts if part.chance is not None]
        majorities = [part.majority for part in number.parts if part.majority is not None]
        return {
            **head,
            "value": value,
            "ciLow": low,
            "ciHigh": high,
            "n": sum(len(part.members) for part in number.parts),
            "clusters": len(table.names),
            "chance": math.fsum(chances) / len(chances),
            "majority": math.fsum(majorities) / len(majorities),
        }
    if isinstance(number, CorpusNumber):
        value, without = left_out(number, table)
        found = corpus_estimate(value, without, floor, ceiling)
        count = len(table.names)
        return {
            **head,
            "value": value,
            "ciLow": found.low,
            "ciHigh": found.high,
            "n": len(table.rows),
            "clusters": count,
        }
    one = mean_estimate(totals(number, table), number.kind, floor, ceiling)
    return {
        **head,
        "value": one.value,
        "ciLow": one.low,
        "ciHigh": one.high,
        "n": len(number.members),
        "clusters": one.clusters,
        "designEffect": one.effect,
        "chance": number.chance,
        "majority": number.majority,
    }
