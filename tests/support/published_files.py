"""Files in the formats of published weights, tiny: an ONNX graph of a DINOv2, a GGUF of a Llama decoder."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from transformers import Dinov2Config, Dinov2Model, LlamaConfig, LlamaForCausalLM

# What the graph calls the leaves of a layer, by transformers' names in memory.
LEAVES = {
    "attention.q_proj": "attention/attention/query",
    "attention.k_proj": "attention/attention/key",
    "attention.v_proj": "attention/attention/value",
    "attention.o_proj": "attention/output/dense",
    "mlp.fc1": "mlp/fc1",
    "mlp.fc2": "mlp/fc2",
}
TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<empty_output>"]
MERGES = ["a b", "ab c", "\u0120 a"]


def tiny_dinov2(seed: int = 0, layers: int = 2) -> Dinov2Model:
    """A random DINOv2 with one head of 64 whose norms and layer scales are away from 1."""
    torch.manual_seed(seed)
    config = Dinov2Config(
        hidden_size=64,
        num_hidden_layers=layers,
        num_attention_heads=1,
        mlp_ratio=2,
        image_size=28,
        patch_size=14,
        layer_norm_eps=1e-6,
        qkv_bias=True,
    )
    model = Dinov2Model(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.2 + 0.1)
    return model.eval()


def write_onnx(model: Dinov2Model, path: Path, leave_out: str = "", extra: str = "") -> None:
    """The graph as torch's exporter leaves it: linear weights transposed and named by number alone."""
    initializers: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []

    def keep(name: str, value: torch.Tensor) -> str:
        initializers.append(numpy_helper.from_array(value.detach().numpy(), name))
        return name

    def node(operation: str, name: str, *inputs: str) -> None:
        nodes.append(helper.make_node(operation, list(inputs), [f"{name}_output_0"], name=name))

    for name, value in _published(model).items():
        stem, _, kind = name.rpartition(".")
        leaf = next((path for own, path in LEAVES.items() if stem.endswith(own)), None)
        if name == leave_out:
            continue
        if leaf is not None and kind == "weight":
            layer = stem.split(".")[2]
            number = keep(f"onnx::MatMul_{len(initializers)}", value.T.contiguous())
            node("MatMul", f"/backbone/encoder/layer.{layer}/{leaf}/MatMul", "x", number)
        elif name == "embeddings.position_embeddings":
            node("Concat", "/backbone/embeddings/Concat_6", keep("onnx::Concat_1", value[:, :1]), "y")
            node("Reshape", "/backbone/embeddings/Reshape_1", keep("onnx::Reshape_2", value[:, 1:]), "z")
        else:
            keep("backbone." + _exported(name), value)
    keep("decoder.final_conv.bias", torch.ones(1))
    if extra:
        keep(extra, torch.ones(2))
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)],
        initializers,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)]), str(path))


def _published(model: Dinov2Model) -> dict[str, torch.Tensor]:
    return {name: value for name, value in model.state_dict().items() if "mask_token" not in name}


def _exported(name: str) -> str:
    for own, path in LEAVES.items():
        name = name.replace(f".{own}.", f".{path.replace('/', '.')}.")
    return name


def tiny_llama(seed: int = 1) -> LlamaForCausalLM:
    """A random Llama with grouped keys and a tied head."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(vocabulary()),
        hidden_size=96,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=3,
        num_key_value_heads=1,
        head_dim=32,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.2 + 0.1)
    return model.eval()


def vocabulary() -> list[str]:
    """Control tokens, the 256 byte letters of byte-level BPE, and what the merges make."""
    letters = [*range(33, 127), *range(161, 173), *range(174, 256)]
    missing = [code for code in range(256) if code not in letters]
    return [*TOKENS, *(chr(code) for code in letters), *(chr(256 + n) for n in range(len(missing)))] + [
        merge.replace(" ", "") for merge in MERGES
    ]


def write_gguf(model: LlamaForCausalLM, path: Path, pre: str = "smollm", extra: str = "") -> None:
    """The decoder as llama.cpp's converter writes it: queries and keys in the interleaved order of pairs."""
    config = model.config
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    words = vocabulary()
    writer.add_token_list(words)
    writer.add_token_types([3 if word in TOKENS else 1 for word in words])
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_chat_template("{{ messages }}")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, value in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
        array = value.numpy()
        for leaf, count in heads.items():
            if f".{leaf}." in name:
                array = _interleaved(array, count)
        key = names.get_name(name, try_suffixes=(".weight",))
        assert key is not None, name
        writer.add_tensor(key, np.ascontiguousarray(array))
    if extra:
        writer.add_tensor(extra, np.ones(4, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _interleaved(rows: np.ndarray, heads: int) -> np.ndarray:
    out, width = rows.shape
    return rows.reshape(heads, 2, out // heads // 2, width).swapaxes(1, 2).reshape(out, width)
