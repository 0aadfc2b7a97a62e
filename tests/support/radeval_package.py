"""The package radeval as far as tests need it: its registry, and metrics that load models as its own do.

``python tests/support/radeval_package.py DIR`` writes it to DIR, with tiny weights in DIR/weights.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from bert_folders import roberta_folder
from safetensors.numpy import load_file, save_file

REGISTRY: Final = '''
"""radeval.metrics._registry of 2.2.1, with the metrics that tests ask for."""

class F1RadbertCTMetric:
    """As radeval's: label matrices of both sides by a classifier of IAMJB/RadBERT-CT, equal or not."""

    def __init__(self):
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self._torch = torch
        self._tokenizer = AutoTokenizer.from_pretrained("IAMJB/RadBERT-CT")
        self._model = AutoModelForSequenceClassification.from_pretrained("IAMJB/RadBERT-CT").eval()

    def _labels(self, reports):
        encoded = self._tokenizer(reports, padding=True, truncation=True, max_length=24, return_tensors="pt")
        with self._torch.no_grad():
            return self._torch.sigmoid(self._model(**encoded).logits) > 0.5

    def compute(self, refs, hyps, per_sample=False):
        print("a library that talks")
        return {"f1radbert_ct_sample_acc": (self._labels(refs) == self._labels(hyps)).all(1).float().tolist()}


class RadGraphMetric:
    """As radeval's: its core reads config, vocabulary and weights below a folder of caches."""

    def __init__(self):
        from radeval.metrics.radgraph._vendor import core

        self._scorer = core.read("radgraph-xl")

    def compute(self, refs, hyps, per_sample=False):
        return {"radgraph_partial": [self._scorer if one == other else 0 for one, other in zip(refs, hyps)]}


class Wrong:
    def compute(self, refs, hyps, per_sample=False):
        return {"ratescore": [1.0000001 if one == other else 2.0 for one, other in zip(refs, hyps)]}


class Remote:
    def __init__(self):
        from transformers import AutoModelForCausalLM

        name = "StanfordAIMI/GREEN-radllama2-7b"
        self._model = AutoModelForCausalLM.from_pretrained(name, trust_remote_code=True)

    def compute(self, refs, hyps, per_sample=False):
        return {"green": [float(type(self._model).__name__ == "LlamaForCausalLM") for _ in refs]}


def get_metric_class(name):
    return {
        "f1radbert_ct": F1RadbertCTMetric,
        "radgraph": RadGraphMetric,
        "ratescore": Wrong,
        "green": Remote,
    }[name]
'''

# As in 2.2.1, files of radgraph name their package in other letters than the package that is installed.
CORE: Final = """
import json
import os

import torch

from RadEval.metrics.radgraph._vendor.utils import word

CACHE_DIR = "/where/archives/are/unpacked"


def read(kind):
    place = os.path.join(CACHE_DIR, kind)
    json.load(open(os.path.join(place, "config.json")))
    open(os.path.join(place, "vocabulary", "non_padded_namespaces.txt")).read()
    return float(torch.load(os.path.join(place, "weights.th"))[word])
"""


def radeval_package(folder: Path, release: str = "2.2.1") -> Path:
    """Write the package and the record of its installation."""
    metrics = folder / "radeval/metrics"
    metrics.mkdir(parents=True, exist_ok=True)
    vendor = metrics / "radgraph/_vendor"
    vendor.mkdir(parents=True, exist_ok=True)
    for place, text in (
        (folder / "radeval/__init__.py", ""),
        (metrics / "__init__.py", ""),
        (metrics / "_registry.py", REGISTRY),
        (metrics / "radgraph/__init__.py", ""),
        (vendor / "__init__.py", ""),
        (vendor / "core.py", CORE),
        (vendor / "utils.py", 'word = "value"\n'),
    ):
        place.write_text(text, encoding="utf-8")
    about = folder / f"radeval-{release}.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: radeval\nVersion: {release}\n", encoding="utf-8"
    )
    return folder


def radbert_weights(folder: Path) -> Path:
    """Weights of a labeller as published ones lie: OWNER/NAME, a head of two layers over 18 labels."""
    place = roberta_folder(folder / "IAMJB/RadBERT-CT")
    config = json.loads((place / "config.json").read_text(encoding="utf-8"))
    config |= {
        "id2label": {str(at): f"L{at}" for at in range(18)},
        "problem_type": "multi_label_classification",
    }
    config["label2id"] = {name: int(at) for at, name in config["id2label"].items()}
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    tensors = {
        name: one for name, one in load_file(place / "model.safetensors").items() if "pooler" not in name
    }
    square = tensors["roberta.encoder.layer.0.attention.self.query.weight"]
    tensors |= {
        "classifier.dense.weight": square,
        "classifier.dense.bias": square[0],
        "classifier.out_proj.weight": tensors["roberta.embeddings.word_embeddings.weight"][:18],
        "classifier.out_proj.bias": tensors["roberta.embeddings.word_embeddings.weight"][:18, 0],
    }
    save_file(
        {name: one.copy() for name, one in tensors.items()}, place / "model.safetensors", {"format": "pt"}
    )
    return folder


def llama_weights(folder: Path, code: str) -> Path:
    """A language model of a folder that brings code along, as that of GREEN does."""
    from transformers import LlamaConfig, LlamaForCausalLM

    place = folder / "StanfordAIMI/GREEN-radllama2-7b"
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(vocab_size=40, max_position_embeddings=32, **shape)).save_pretrained(place)
    config = json.loads((place / "config.json").read_text(encoding="utf-8"))
    config["auto_map"] = {"AutoModelForCausalLM": "modeling_own.Own", "AutoConfig": "modeling_own.Config"}
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (place / "modeling_own.py").write_text(code, encoding="utf-8")
    return folder


def radgraph_weights(folder: Path, value: object) -> Path:
    """An unpacked archive of radgraph, whose weights are a pickle of tensors."""
    import torch

    place = folder / "radgraph-xl"
    (place / "vocabulary").mkdir(parents=True)
    (place / "config.json").write_text("{}", encoding="utf-8")
    (place / "vocabulary/non_padded_namespaces.txt").write_text("*labels\n", encoding="utf-8")
    torch.save({"value": value}, place / "weights.th")
    return folder


if __name__ == "__main__":
    made = Path(sys.argv[1])
    radeval_package(made)
    radbert_weights(made / "weights")
