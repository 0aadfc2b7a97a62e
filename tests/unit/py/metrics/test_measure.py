"""measure: names, versions, ranges and refusals of the reference metrics."""

from __future__ import annotations

import importlib.metadata
import math
import subprocess
import sys

import pytest
from tomoe_worker.errors import TomoeError
from tomoe_worker.metrics.measure import measure

PAIRS = [
    ("There is a cyst in the liver.", "There is a cyst in the liver."),
    ("A cyst in the liver.", "There is no pleural effusion."),
    ("cyst", "There is a cyst in the liver."),
    ("", "There is a cyst in the liver."),
    (" \n\t", "There is a cyst in the liver."),
    ("There is a cyst in the liver.", ""),
]


@pytest.mark.parametrize("metric", ["meteor", "rouge1", "bleu1"])
def test_gives_one_score_of_0_to_1_a_pair_in_order(metric: str) -> None:
    _, scores = measure(metric, PAIRS)
    assert len(scores) == len(PAIRS)
    assert all(0 <= score <= 1 for score in scores)
    assert scores[0] > scores[2] > 0
    assert measure(metric, PAIRS[::-1])[1] == scores[::-1]


@pytest.mark.parametrize("metric", ["meteor", "rouge1", "bleu1"])
def test_scores_0_when_either_text_is_blank(metric: str) -> None:
    assert measure(metric, PAIRS)[1][3:] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("metric", ["meteor", "rouge1", "bleu1"])
def test_leaves_whitespace_at_the_ends_out(metric: str) -> None:
    assert measure(metric, [("  a cyst \n", "\ta cyst")])[1] == measure(metric, [("a cyst", "a cyst")])[1]


@pytest.mark.parametrize("metric", ["meteor", "rouge1", "bleu1"])
def test_of_no_pairs_is_no_scores(metric: str) -> None:
    assert measure(metric, [])[1] == []


def test_rouge1_of_known_overlaps_is_the_f_measure() -> None:
    # 2 of 3 words said, 2 of 4 wanted: 2 * 2 / (3 + 4).
    _, scores = measure("rouge1", [("big liver cyst", "a cyst of liver")])
    assert scores == pytest.approx([4 / 7], abs=1e-12)


def test_bleu1_of_a_short_answer_has_its_brevity_penalty() -> None:
    # Both words right, but 2 of 4 said: exp(1 - 4/2). A repeated word counts as often as it is wanted.
    _, scores = measure(
        "bleu1", [("liver cyst", "a liver cyst there"), ("cyst cyst cyst cyst", "a cyst is there")]
    )
    assert scores == pytest.approx([math.exp(-1), 0.25], abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "package", "parts"),
    [
        ("meteor", "nltk", ["alpha:0.9", "beta:3", "gamma:0.5", "exact+stem", "tokens:"]),
        ("rouge1", "rouge-score", ["rouge1", "F", "stemmer:no"]),
        ("bleu1", "sacrebleu", ["max-order:1", "tokens:13a", "smoothing:none", "brevity:per-sample"]),
    ],
)
def test_signature_names_library_version_and_parameters(metric: str, package: str, parts: list[str]) -> None:
    signature, _ = measure(metric, [])
    assert f"@{importlib.metadata.version(package)}(" in signature
    assert signature.endswith("|empty:0")
    for part in parts:
        assert part in signature


def test_refuses_an_unknown_metric_and_lists_the_known() -> None:
    with pytest.raises(TomoeError) as caught:
        measure("bertscore", [])
    assert caught.value.code == "CONFIG_INVALID"
    assert str(caught.value) == '[CONFIG_INVALID] there is no reference metric "bertscore"'
    assert caught.value.hint == "The reference metrics are bleu1, meteor, rouge1."


@pytest.mark.parametrize(
    ("metric", "module", "package"),
    [
        ("rouge1", "rouge_score.rouge_scorer", "rouge-score"),
        ("bleu1", "sacrebleu.metrics.bleu", "sacrebleu"),
        ("meteor", "nltk", "nltk"),
    ],
)
def test_names_the_package_that_is_missing(
    metric: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TomoeError) as caught:
        measure(metric, [("a", "b")])
    assert caught.value.code == "ENVIRONMENT"
    assert f'metric "{metric}" needs the Python package {package}, which is not installed' in str(
        caught.value
    )
    assert caught.value.hint == f"Install it into the worker's environment: pip install {package}"
    assert caught.value.details == {"metric": metric, "package": package}


def test_loads_neither_torch_nor_a_library_before_it_is_asked() -> None:
    code = (
        "import sys; import tomoe_worker.metrics.measure; "
        "print([name for name in ('torch', 'nltk', 'sacrebleu', 'rouge_score') if name in sys.modules])"
    )
    path = [entry for entry in sys.path if entry]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    assert done.stdout.strip() == "[]"


def test_a_variant_is_that_one_or_refused() -> None:
    with pytest.raises(TomoeError, match='of variant "java15"') as caught:
        measure("meteor", [], "java15")
    assert caught.value.code == "CONFIG_INVALID"
    with pytest.raises(TomoeError, match='of variant "ws"'):
        measure("rouge1", [], "ws")
