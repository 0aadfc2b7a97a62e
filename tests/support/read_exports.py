"""What other programs read of our exports: a log's path on stdin's JSON, one JSON answer on stdout.

The archive is read by Python's own zipfile, and by Inspect where it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import zipfile
from typing import Any


def by_zipfile(path: str) -> dict[str, Any]:
    """Names of the entries, how many bytes are wrong, and the header."""
    with zipfile.ZipFile(path) as archive:
        return {
            "damaged": archive.testzip(),
            "names": archive.namelist(),
            "header": json.loads(archive.read("header.json")),
        }


def by_inspect(path: str) -> dict[str, Any] | None:
    """Status, numbers and samples as Inspect reads them; None where it is not installed."""
    if importlib.util.find_spec("inspect_ai") is None:
        return None
    reading = importlib.import_module("inspect_ai.log")
    log, summaries = reading.read_eval_log(path), reading.read_eval_log_sample_summaries(path)
    return {
        "status": log.status,
        "numbers": {one.name: one.metrics["value"].value for one in log.results.scores},
        "said": {str(one.id): one.output.completion for one in log.samples},
        "cut": sorted(str(one.id) for one in log.samples if one.output.stop_reason == "max_tokens"),
        "scores": {
            str(one.id): {key: score.value for key, score in one.scores.items()} for one in log.samples
        },
        "summaries": len(summaries),
    }


if __name__ == "__main__":
    log_path = json.load(sys.stdin)["path"]
    json.dump({"zipfile": by_zipfile(log_path), "inspect": by_inspect(log_path)}, sys.stdout)
