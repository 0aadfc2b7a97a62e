"""GGUF: values held to the format's own arithmetic, damaged files to typed refusals."""

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from published_files import tiny_llama, write_gguf
from tomoe_worker.errors import TomoeError
from tomoe_worker.weights.gguf_file import GgufFile


def q4_1(raw: np.ndarray) -> np.ndarray:
    """Blocks of 20 bytes for 32 weights, written out here: fp16 d and m, low nibbles first; w = d q + m."""
    blocks = raw.reshape(-1, 20)
    d, m = (blocks[:, at : at + 2].copy().view(np.float16).astype(np.float32) for at in (0, 2))
    nibbles = np.concatenate([blocks[:, 4:] & 15, blocks[:, 4:] >> 4], axis=1).astype(np.float32)
    return d * nibbles + m


def test_quantised_values_are_those_of_the_format_bit_for_bit(tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal((6, 64)).astype(np.float32)
    writer = gguf.GGUFWriter(str(tmp_path / "q.gguf"), "llama")
    four = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q4_1)
    eight = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("four", four, raw_dtype=gguf.GGMLQuantizationType.Q4_1)
    writer.add_tensor("eight", eight, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    file = GgufFile(tmp_path / "q.gguf")
    assert [(one.name, one.shape, one.stored) for one in file.headers()] == [
        ("four", (6, 64), "Q4_1"),
        ("eight", (6, 64), "Q8_0"),
    ]
    assert torch.equal(file.read("four"), torch.from_numpy(q4_1(four).reshape(6, 64)))
    blocks = eight.reshape(-1, 34)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    expected = (scale * blocks[:, 2:].view(np.int8).astype(np.float32)).reshape(6, 64)
    assert torch.equal(file.read("eight"), torch.from_numpy(expected))


def test_a_file_that_is_cut_empty_or_another_format_is_refused_by_name(tmp_path: Path) -> None:
    write_gguf(tiny_llama(), tmp_path / "llm.gguf")
    whole = (tmp_path / "llm.gguf").read_bytes()
    for name, content in (("empty", b""), ("cut", whole[: len(whole) // 2]), ("text", b"not a GGUF at all")):
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(content)
        with pytest.raises(TomoeError) as caught:
            GgufFile(path)
        assert caught.value.code == "CHECKPOINT_INVALID" and f"{name}.gguf" in caught.value.what


def test_a_key_that_the_metadata_lacks_is_named(tmp_path: Path) -> None:
    write_gguf(tiny_llama(), tmp_path / "llm.gguf")
    with pytest.raises(TomoeError) as caught:
        GgufFile(tmp_path / "llm.gguf").value("llama.expert_count")
    assert "llama.expert_count" in caught.value.what


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"\x80\x04N.")
    with pytest.raises(TomoeError) as caught:
        GgufFile(path)
    assert caught.value.code == "CHECKPOINT_PICKLE" and "safetensors" in caught.value.hint
