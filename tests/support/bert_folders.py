"""Tiny folders of BERT and RoBERTa with the files and key names of published ones, the same everywhere."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import save_file

HIDDEN: Final = 16
INNER: Final = 32
LAYERS: Final = 3
# Texts of more tokens are cut.
POSITIONS: Final = 24

_WORDS: Final = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "a",
    "of",
    "in",
    "is",
    "no",
    "liver",
    "spleen",
    "lung",
    "left",
    "right",
    "small",
    "large",
    "cyst",
    "nodule",
    "effusion",
    "normal",
    "##s",
    "##al",
    ".",
    ",",
    ":",
    "-",
    "(",
    ")",
    "seg",
    "##ment",
    "5",
    "mm",
]

Tensors = dict[str, np.ndarray[Any, Any]]

# A command that makes tests/fixtures/bertscore.json writes it from these.
PAIRS: Final = (
    ("A small cyst in the left lung.", "There is a small cyst in the left lung."),
    ("no nodule", "No effusion, no nodule."),
    ("The liver is normal.", "The liver is normal."),
    ("  spleen  ", "liver"),
    ("", "the lung is normal"),
    ("large segmental nodule (5 mm) of the right lung: " * 4, "small nodules of the right lung"),
    ("肝臓 cyst", "cyst"),
)


def _filled(name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Values that look drawn and are computed, so that no generator's version is in them."""
    seed = sum((at + 1) * ord(letter) for at, letter in enumerate(name)) % 997
    count = math.prod(shape)
    waves = np.sin(np.arange(1, count + 1, dtype=np.float64) * 12.9898 + seed) * 43758.5453
    values = (waves - np.floor(waves) - 0.5).reshape(shape)
    if name.endswith("LayerNorm.weight"):
        values = 1 + 0.2 * values
    elif name.endswith("LayerNorm.bias"):
        # A direction that all tokens share, as those of real models do: no pair of them is opposed.
        values = 0.8 + 0.4 * values
    return values.astype(np.float32)


def _tensors(prefix: str, vocabulary: int, positions: int, types: int) -> Tensors:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (vocabulary, HIDDEN),
        "embeddings.position_embeddings.weight": (positions, HIDDEN),
        "embeddings.token_type_embeddings.weight": (types, HIDDEN),
        "embeddings.LayerNorm.weight": (HIDDEN,),
        "embeddings.LayerNorm.bias": (HIDDEN,),
        "pooler.dense.weight": (HIDDEN, HIDDEN),
        "pooler.dense.bias": (HIDDEN,),
    }
    for layer in range(LAYERS):
        place = f"encoder.layer.{layer}"
        for name, (rows, columns) in {
            "attention.self.query": (HIDDEN, HIDDEN),
            "attention.self.key": (HIDDEN, HIDDEN),
            "attention.self.value": (HIDDEN, HIDDEN),
            "attention.output.dense": (HIDDEN, HIDDEN),
            "intermediate.dense": (INNER, HIDDEN),
            "output.dense": (HIDDEN, INNER),
        }.items():
            shapes[f"{place}.{name}.weight"] = (rows, columns)
            shapes[f"{place}.{name}.bias"] = (rows,)
        for name in ("attention.output", "output"):
            shapes[f"{place}.{name}.LayerNorm.weight"] = (HIDDEN,)
            shapes[f"{place}.{name}.LayerNorm.bias"] = (HIDDEN,)
    return {f"{prefix}.{name}": _filled(name, shape) for name, shape in shapes.items()}


def _write(folder: Path, files: dict[str, object], tensors: Tensors) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _config(family: str, vocabulary: int, positions: int, types: int, **more: object) -> dict[str, object]:
    return {
        "model_type": family,
        "architectures": [f"{family}ForMaskedLM"],
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "hidden_act": "gelu",
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "vocab_size": vocabulary,
        "layer_norm_eps": 1e-12,
        **more,
    }


def bert_folder(folder: Path, *, has_limit: bool = True) -> Path:
    """A BERT as published ones lie: ``bert.`` before each key, a head that is left out, WordPiece."""
    config = _config("bert", len(_WORDS), POSITIONS, 2, pad_token_id=0)
    limit = {"model_max_length": POSITIONS} if has_limit else {}
    tokens = {"do_lower_case": True, "tokenizer_class": "BertTokenizer", **limit}
    head = {"cls.predictions.bias": np.zeros(len(_WORDS), dtype=np.float32)}
    tensors = {**_tensors("bert", len(_WORDS), POSITIONS, 2), **head}
    files = {"config.json": config, "tokenizer_config.json": tokens, "vocab.txt": "\n".join(_WORDS) + "\n"}
    return _write(folder, files, tensors)


def _byte_letters() -> list[str]:
    """The letter of each byte in GPT-2's alphabet."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {byte: chr(byte) for byte in shown} | {byte: chr(256 + at) for at, byte in enumerate(hidden)}
    return [letters[byte] for byte in range(256)]


def roberta_folder(folder: Path) -> Path:
    """A RoBERTa as published ones lie: positions from 2 on, byte pairs, words that begin with their space."""
    merges = ["Ġ c", "y s", "ys t", "Ġc yst", "l u", "n g", "lu ng", "Ġ lung", "Ġ t", "h e", "Ġt he"]
    pieces = [*_byte_letters(), *(merge.replace(" ", "") for merge in merges)]
    words = ["<s>", "<pad>", "</s>", "<unk>", *pieces, "<mask>"]
    config = _config("roberta", len(words), POSITIONS + 2, 1, pad_token_id=1, bos_token_id=0, eos_token_id=2)
    tokens = {"tokenizer_class": "RobertaTokenizer", "model_max_length": POSITIONS}
    files = {
        "config.json": config,
        "tokenizer_config.json": tokens,
        "vocab.json": {word: at for at, word in enumerate(words)},
        "merges.txt": "#version: 0.2\n" + "\n".join(merges) + "\n",
    }
    return _write(folder, files, _tensors("roberta", len(words), POSITIONS + 2, 1))


def baseline_file(path: Path) -> Path:
    """A table of baselines by layer, in the layout of bert-score's."""
    lines = [
        "LAYER,P,R,F",
        *(
            f"{layer},{0.3 + layer / 10},{0.31 + layer / 10},{0.305 + layer / 10}"
            for layer in range(LAYERS + 1)
        ),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    made = Path(sys.argv[1])
    bert_folder(made / "bert")
    baseline_file(made / "baseline.tsv")
