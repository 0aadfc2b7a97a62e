"""export/reload.py: transformers and peft read an export back, in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from answers import answer
from exported import export, exported, moved
from peft import PeftModel
from published import FAMILIES, published_model, rewrite, write_base
from safetensors.torch import load_file
from sampled import sampled
from tomoe_worker.export.__main__ import export as write_export
from tomoe_worker.export.reload import reload
from transformers import AutoModelForImageTextToText

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Both sides compute in one thread: sums that several share out are added up in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def called(module: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A module of the export as the conductor calls it."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "py-runtime"), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert run.stdout, run.stderr[-2000:]
    return run.returncode, json.loads(run.stdout)


@pytest.mark.parametrize(
    ("name", "merge"),
    sampled(
        [*((name, False) for name in FAMILIES), ("phi3_v", True), ("internvl-qwen2", True)],
        [("internvl-qwen3", False), ("phi3_v", True)],
    ),
)
def test_stock_libraries_give_our_logits(tmp_path: Path, name: str, merge: bool) -> None:
    done = exported(tmp_path, name, merge=merge)
    request = {"out": str(done.out), "probe": str(done.probe)}
    # Once as the conductor does it.
    code, found = answer(reload, request) if merge else called("tomoe_worker.export.reload", request)
    assert code == 0 and found["ok"] is True
    assert found["library"] == ("transformers" if merge else "peft") and found["version"]
    # Beside the base the same kernels run in the same order; merged, one product takes the place of three.
    assert found["maxAbsDifference"] < 1e-5 if merge else found["maxAbsDifference"] == 0.0
    assert found["parts"] == (["language"] if name == "phi3_v" else ["vision", "projector", "language"])


def test_the_classes_that_the_card_names_read_it_without_a_line_of_ours(tmp_path: Path) -> None:
    done = exported(tmp_path, "internvl-qwen2")
    base = AutoModelForImageTextToText.from_pretrained(done.out / "base", dtype=torch.float32)
    model = PeftModel.from_pretrained(base, done.out / "adapter").eval()
    held = load_file(done.probe)
    with torch.no_grad():
        logits = model(input_ids=held["ids_ST"], pixel_values=held["pixels_S3II"]).logits
    assert float((logits - held["logits_STV"]).abs().max()) == 0.0
    with torch.no_grad(), model.disable_adapter():
        without = model(input_ids=held["ids_ST"], pixel_values=held["pixels_S3II"]).logits
    assert float((without - held["logits_STV"]).abs().max()) > 1e-2


def test_without_adapters_transformers_alone_reads_it(tmp_path: Path) -> None:
    written = write_base(tmp_path / "base", "internvl-llama")
    done = export(tmp_path / "export", written, moved(published_model(written), ("layernorm",)))
    code, found = answer(reload, {"out": str(done.out), "probe": str(done.probe)})
    assert code == 0 and found["library"] == "transformers" and found["maxAbsDifference"] == 0.0


def test_an_export_that_reads_back_as_another_model_is_no_success(tmp_path: Path) -> None:
    done = exported(tmp_path, "internvl-llama")
    rewrite(done.out / "base", lambda held: held["language_model.model.norm.weight"].mul_(1.5))
    code, found = answer(reload, {"out": str(done.out), "probe": str(done.probe)})
    assert code == 1 and found["error"]["code"] == "INTERNAL"
    assert "reads the export back with logits that differ" in found["error"]["what"]
    assert found["error"]["details"]["maxAbsDifference"] > 0.1


def test_a_request_is_answered_with_the_files_or_the_failure(tmp_path: Path) -> None:
    done = exported(tmp_path, "internvl-llama")
    request = {
        "checkpoint": str(tmp_path / "export" / "checkpoint"),
        "base": str(done.written.folder),
        "out": str(tmp_path / "again"),
        "probe": str(tmp_path / "again.safetensors"),
        "merge": False,
        "run": json.loads((done.out / "tomoe" / "config.json").read_text())["run"],
    }
    (tmp_path / "again").mkdir()
    code, found = answer(write_export, request)
    assert code == 0 and found == {"ok": True, "files": done.files}
    code, found = called("tomoe_worker.export", {**request, "base": str(tmp_path / "gone")})
    assert code == 1 and found["ok"] is False and found["error"]["code"] == "PATH_NOT_FOUND"
    assert set(found["error"]) == {"code", "what", "hint", "details"}
