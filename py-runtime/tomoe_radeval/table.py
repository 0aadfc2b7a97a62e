"""The metrics of radeval that are offered: names there, which of their numbers, what they are valid for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Clinical:
    """One metric."""

    # Its key in radeval's registry, and that of its scores by sample.
    registry: str
    scores: str
    # Which of several numbers, for the signature; empty where there is one.
    kind: str
    # What it was made for.
    valid: str


#: Before the names of all of them, where they stand beside other metrics.
PREFIX: Final = "radeval."

METRICS: Final[Mapping[str, Clinical]] = {
    "radgraph": Clinical(
        registry="radgraph",
        scores="radgraph_partial",
        kind="radgraph-xl,level:partial",
        valid="reports in English of radiographs, CT and MR",
    ),
    "ratescore": Clinical(
        registry="ratescore", scores="ratescore", kind="matrix:long", valid="radiology reports in English"
    ),
    "green": Clinical(
        registry="green", scores="green", kind="radllama2-7b", valid="reports in English of chest radiographs"
    ),
    "radbert": Clinical(
        registry="f1radbert_ct",
        scores="f1radbert_ct_sample_acc",
        kind="all-18-labels,threshold:.5",
        valid="reports in English of chest CT, by CT-RATE's 18 labels",
    ),
}
