"""Writes tests/fixtures/bertscore.json: what the reference library gives for the tiny folders.

The library and what it needs go into a folder REF of their own (``pip install --target REF "transformers<5"
"tokenizers<0.23" "huggingface-hub<1" bert-score==0.3.13 pandas matplotlib``); then:
``PYTHONPATH=REF:tests/support .venv/bin/python tests/support/record_bertscore.py``.
"""

from __future__ import annotations

import importlib.metadata
import json
import tempfile
from pathlib import Path
from typing import Any

from bert_folders import LAYERS, PAIRS, baseline_file, bert_folder, roberta_folder


def recorded(place: Path) -> dict[str, Any]:
    """The document."""
    from bert_score import score

    folders = {"bert": bert_folder(place / "bert"), "roberta": roberta_folder(place / "roberta")}
    baseline = baseline_file(place / "baseline.tsv")
    said, wanted = [list(side) for side in zip(*PAIRS, strict=True)]
    cases = []
    for family in folders:
        for layer in range(1, LAYERS + 1):
            for idf, rescaled in ((False, False), (True, False), (False, True), (True, True)):
                _, _, found = score(
                    said,
                    wanted,
                    model_type=str(folders[family]),
                    num_layers=layer,
                    idf=idf,
                    rescale_with_baseline=rescaled,
                    baseline_path=str(baseline) if rescaled else None,
                    lang="en",
                    device="cpu",
                )
                scores = [float(one) for one in found]
                cases.append(
                    {"family": family, "layer": layer, "idf": idf, "rescaled": rescaled, "f": scores}
                )
    versions = {name: importlib.metadata.version(name) for name in ("bert-score", "transformers", "torch")}
    return {"by": versions, "pairs": [list(pair) for pair in PAIRS], "cases": cases}


if __name__ == "__main__":
    target = Path(__file__).parent.parent / "fixtures/bertscore.json"
    with tempfile.TemporaryDirectory() as place:
        target.write_text(json.dumps(recorded(Path(place)), indent=1) + "\n", encoding="utf-8")
