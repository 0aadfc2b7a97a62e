"""The second BERTScore against the first, and what it cannot derive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bert_folders import PAIRS, baseline_file, bert_folder, roberta_folder
from tomoe_worker.metrics.bertscore import bert_measured
from tomoe_worker.verify.check import Check, Tally
from tomoe_worker.verify.sources import documents_of
from tomoe_worker.verify.weighed.bert import BERTSCORE, TOLERANCE, bert_scores


@pytest.mark.parametrize("family", ["bert", "roberta"])
@pytest.mark.parametrize(("idf", "rescaled"), [(False, False), (True, False), (True, True)])
def test_derives_what_was_measured(tmp_path: Path, family: str, idf: bool, rescaled: bool) -> None:
    folder = (bert_folder if family == "bert" else roberta_folder)(tmp_path / family)
    baseline = baseline_file(tmp_path / "b.tsv") if rescaled else None
    given = {"folder": str(folder), "layer": 2, "idf": idf, "baseline": baseline}
    measured = bert_measured(PAIRS, given)
    identity = measured["signature"].split("|")[0]
    assert identity.startswith(BERTSCORE)
    weights = {one["system"]: Path(one["path"]) for one in measured["files"]}
    assert bert_scores(identity, PAIRS, weights) == pytest.approx(measured["scores"], abs=TOLERANCE)


def test_says_what_it_cannot_derive_from(tmp_path: Path) -> None:
    folder = bert_folder(tmp_path / "bert")
    given = {"folder": str(folder), "layer": 1, "baseline": str(baseline_file(tmp_path / "b.tsv"))}
    measured = bert_measured(PAIRS[:1], given)
    identity = measured["signature"].split("|")[0]
    model = {"bertscore": folder / "model.safetensors"}
    assert "weights" in str(bert_scores(identity, PAIRS, {}))
    assert bert_scores(identity, PAIRS, model) == "its table of baselines is not there"
    assert "no BERTScore that is known" in str(bert_scores("tomoe.bertscore/9(x)", PAIRS, model))
    other = roberta_folder(tmp_path / "roberta") / "model.safetensors"
    assert "are not there" in str(bert_scores(identity, PAIRS, {"bertscore": other}))


def test_figures_of_given_weights_are_held_to_a_tolerance_of_their_own(tmp_path: Path) -> None:
    folder = bert_folder(tmp_path / "bert")
    measured = bert_measured(PAIRS[:4], {"folder": str(folder), "layer": 2})
    rows = [
        {"id": f"q{at}", "case": f"c{at}", "task": "report", "target": wanted, "prediction": said}
        for at, (said, wanted) in enumerate(PAIRS[:4])
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "rows.jsonl").write_text(text, encoding="utf-8")
    weights = [{"role": "weights", **one} for one in measured["files"]]
    value = sum(measured["scores"]) / 4
    entry = {
        "task": "report",
        "metric": "bertscore",
        "n": 4,
        "clusters": 4,
        "signature": f"tomoe-eval/2|profile:strict|{measured['signature']}|empty:0|avg:micro|cluster:case",
    }

    def tally(**more: object) -> Tally:
        content = {
            "scorecard": [{**entry, **more}],
            "inputs": [{"role": "rows", "path": "rows.jsonl"}, *weights],
        }
        (tmp_path / "results.json").write_text(json.dumps(content), encoding="utf-8")
        found = Tally()
        Check(documents_of(tmp_path)[0][0], found).scorecard()
        return found

    near = tally(value=value + 2e-7)
    assert (near.figures, near.differing, near.missing) == (3, [], [])
    assert near.tolerances == {"value": 1e-12, "interval": 1e-9, "weights": TOLERANCE}
    assert [one["figure"] for one in tally(value=value + 1e-5).differing] == ["report/bertscore.value"]
    (folder / "model.safetensors").write_bytes(b"other")
    assert "are not there" in tally(value=value).missing[0]["why"]
    assert Tally().tolerances == {"value": 1e-12, "interval": 1e-9}
