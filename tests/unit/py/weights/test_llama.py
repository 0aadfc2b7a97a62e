"""The decoder and the tokenizer of a GGUF, held to transformers and to the byte-level rule."""

from pathlib import Path

import pytest
import torch
from published_files import MERGES, TOKENS, tiny_llama, vocabulary, write_gguf
from tomoe_worker.errors import TomoeError
from tomoe_worker.weights.gguf_file import GgufFile
from tomoe_worker.weights.llama import config, decoder, tokenizer
from transformers import LlamaConfig, LlamaForCausalLM


def test_the_decoder_gives_the_logits_it_had_before_it_was_written(tmp_path: Path) -> None:
    model = tiny_llama()
    write_gguf(model, tmp_path / "llm.gguf")
    file = GgufFile(tmp_path / "llm.gguf")
    tensors = decoder(file, "model.")
    assert set(tensors) == {name for name in model.state_dict() if name != "lm_head.weight"}
    again = LlamaForCausalLM(LlamaConfig(**config(file)))
    missing, unexpected = again.load_state_dict(tensors, strict=False)
    assert (missing, unexpected) == (["lm_head.weight"], [])
    again.tie_weights()
    ids = torch.tensor([[5, 9, 40, 41, 200, 7]])
    with torch.no_grad():
        assert torch.equal(again.eval()(ids).logits, model(ids).logits)


def test_rows_left_in_the_interleaved_order_give_other_logits(tmp_path: Path) -> None:
    model = tiny_llama()
    write_gguf(model, tmp_path / "llm.gguf")
    stored = GgufFile(tmp_path / "llm.gguf").read("blk.0.attn_q.weight")
    assert not torch.equal(stored, model.model.layers[0].self_attn.q_proj.weight)
    tensors = decoder(GgufFile(tmp_path / "llm.gguf"), "")
    assert torch.equal(
        tensors["layers.0.self_attn.q_proj.weight"], model.model.layers[0].self_attn.q_proj.weight
    )


def test_the_config_has_the_epsilon_that_was_meant_not_its_float32(tmp_path: Path) -> None:
    write_gguf(tiny_llama(), tmp_path / "llm.gguf")
    found = config(GgufFile(tmp_path / "llm.gguf"))
    assert found["rms_norm_eps"] == 1e-5
    assert (found["num_attention_heads"], found["num_key_value_heads"], found["head_dim"]) == (3, 1, 32)


def test_the_tokenizer_keeps_every_text_and_splits_digits_before_anything_else(tmp_path: Path) -> None:
    write_gguf(tiny_llama(), tmp_path / "llm.gguf")
    words = tokenizer(GgufFile(tmp_path / "llm.gguf"))
    for text in ("abc", " a 12  3\n\n 4. Nodule", "\u00e9\u4e2d\U0001f600", "\t\r\n  ", "ab<|im_end|>"):
        ids = words.encode(text, add_special_tokens=False).ids
        assert words.decode(ids, skip_special_tokens=False) == text
    names = vocabulary()
    pieces = [names[index] for index in words.encode("  12").ids]
    # Two blanks, then each digit alone: the blanks are not joined to a digit.
    assert pieces == ["\u0120", "\u0120", "1", "2"]
    assert [names[index] for index in words.encode("abc a").ids] == ["abc", "\u0120a"]
    assert MERGES[0] == "a b" and words.token_to_id(TOKENS[3]) == 3


def test_another_kind_of_tokenizer_or_a_strange_tensor_is_refused(tmp_path: Path) -> None:
    write_gguf(tiny_llama(), tmp_path / "a.gguf", pre="llama-bpe")
    with pytest.raises(TomoeError) as caught:
        tokenizer(GgufFile(tmp_path / "a.gguf"))
    assert caught.value.code == "CHECKPOINT_INVALID" and "gpt2 with llama-bpe" in caught.value.what
    write_gguf(tiny_llama(), tmp_path / "b.gguf", extra="output.weight")
    with pytest.raises(TomoeError) as caught:
        decoder(GgufFile(tmp_path / "b.gguf"), "")
    assert caught.value.code == "CHECKPOINT_INVALID" and "output.weight is no part" in caught.value.what
