"""Scores of pairs of reports by one metric of radeval."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tomoe_radeval.refused import RefusedError
from tomoe_radeval.table import METRICS, PREFIX
from tomoe_radeval.weights import Weights, hold_libraries, hold_radgraph

#: The release whose scores these are.
RELEASE: Final = "2.2.1"

# Its spaCy was built for numpy 1: with 2 RaTEScore cannot be imported. pip looks for them for a quarter of an
# hour, uv for seconds.
_PACKAGES: Final = f'radeval=={RELEASE} "numpy<2"'
# Cosines and means in float32 leave 0..1 by that much.
_ROUNDING: Final = 1e-5


def _check_release() -> None:
    try:
        found = importlib.metadata.version("radeval")
    except importlib.metadata.PackageNotFoundError:
        found = None
    if found != RELEASE:
        raise RefusedError(
            "ENVIRONMENT",
            "radeval is not installed here"
            if found is None
            else f"this is radeval {found}, and {RELEASE} is needed",
            "Make it an environment: python3 -m venv DIR && DIR/bin/pip install uv && DIR/bin/uv pip install "
            f"--python DIR/bin/python {_PACKAGES}; and name it by TOMOE_RADEVAL_PYTHON=DIR/bin/python.",
        )


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _scored(metric: str, pairs: Sequence[tuple[str, str]], weights: Weights, folder: Path) -> list[float]:
    row = METRICS[metric.removeprefix(PREFIX)]
    try:
        hold_libraries(weights)
        if row.registry == "radgraph":
            hold_radgraph(weights, folder)
        from radeval.metrics._registry import get_metric_class

        scorer = get_metric_class(row.registry)()
        found = scorer.compute([wanted for _, wanted in pairs], [said for said, _ in pairs], per_sample=True)
    except ImportError as error:
        raise RefusedError(
            "ENVIRONMENT",
            f'metric "{metric}" needs a package of radeval that is not installed: {error}',
            f"Install radeval with what it needs: uv pip install {_PACKAGES}",
        ) from error
    except OSError as error:
        raise weights.missing(f"they cannot be read: {_first_line(error)}") from error
    except RefusedError:
        raise
    except Exception as error:
        # Libraries raise what they like: for weights that their config does not describe, for packages.
        raise RefusedError(
            "ENVIRONMENT",
            f'metric "{metric}" cannot be computed by radeval {RELEASE} here: {_first_line(error)}',
            "Look whether the weights are those of the model, and the packages those that radeval wants: "
            f"uv pip install {_PACKAGES}",
        ) from error
    scores = [float(one) for one in found[row.scores]]
    if len(scores) != len(pairs):
        raise _no_answer(metric, f"{len(scores)} scores of {len(pairs)} pairs")
    return scores


def _no_answer(metric: str, told: str) -> RefusedError:
    return RefusedError("INTERNAL", f'metric "{metric}" answered {told}', "Report this with the texts.")


def measured(request: dict[str, Any]) -> dict[str, Any]:
    """The document of a request: ``metric``, ``pairs`` of [prediction, target], ``weights`` with ``folder``.

    A pair with a blank text scores 0 and is not shown to the metric. A score that float32 rounded out of
    0..1, by 1e-5 at most, is the end of that range.

    Raises:
        RefusedError: ``CONFIG_INVALID`` for an unknown metric; ``ENVIRONMENT`` for a radeval that is not
            there or of another release, and for weights that are missing, saying which; ``INTERNAL`` for an
            answer that is none.
    """
    metric = str(request["metric"])
    row = METRICS.get(metric.removeprefix(PREFIX))
    if row is None:
        raise RefusedError(
            "CONFIG_INVALID",
            f'there is no metric "{metric}"',
            f"There are {', '.join(PREFIX + one for one in METRICS)}.",
        )
    given = request.get("weights")
    folder = Path("OWNER/NAME") if given is None else Path(given["folder"])
    weights = Weights(folder, metric, row.valid)
    if given is None:
        raise weights.missing("none were given")
    if not folder.is_dir():
        raise weights.missing(f"there is no folder {folder}")
    _check_release()
    # Several processors would start processes that know nothing of the folder.
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
    pairs = [(str(said).strip(), str(wanted).strip()) for said, wanted in request["pairs"]]
    there = [at for at, pair in enumerate(pairs) if all(pair)]
    scores = [0.0] * len(pairs)
    if there:
        for at, score in zip(
            there, _scored(metric, [pairs[at] for at in there], weights, folder), strict=True
        ):
            if not -_ROUNDING <= score <= 1 + _ROUNDING:
                raise _no_answer(metric, f"{score} for pair {at}")
            scores[at] = min(1.0, max(0.0, score))
    files = weights.files()
    told = hashlib.sha256("".join(one["sha256"] for one in files).encode()).hexdigest()[:16]
    return {
        "signature": f"radeval@{RELEASE}({row.registry},{row.kind},weights:{len(files)}@{told})",
        "scores": scores,
        "files": [{"system": metric, **one} for one in files],
    }
