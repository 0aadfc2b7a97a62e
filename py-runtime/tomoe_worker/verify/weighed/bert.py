"""BERTScore a second time: one text at a time, from the whole model's hidden states, matched by numpy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import regex

from tomoe_worker.verify.rows import sha256_of

BERTSCORE: Final = "tomoe.bertscore/"
# Single precision, and texts that go through the model in other company: no figure is equal to more digits.
TOLERANCE: Final = 1e-6

_IDENTITY: Final = regex.compile(
    r"tomoe\.bertscore/\d+\(F,rules:[^,]*,model:[^,]*@(?P<model>[0-9a-f]{16}),layer:(?P<layer>\d+),"
    r"idf:(?P<idf>no|targets),baseline:(?P<baseline>[^,]*),max-tokens:(?P<limit>\d+)\)"
)

Vectors = np.ndarray[Any, Any]


class _Texts:
    """Tokens and directions of texts, each looked up once."""

    def __init__(self, folder: Path, layer: int, limit: int) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        self._torch = torch
        self._layer, self._limit = layer, limit
        self._model = AutoModel.from_pretrained(
            str(folder), local_files_only=True, dtype=torch.float32
        ).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, add_prefix_space=True
        )
        self._known: dict[str, tuple[list[int], Vectors]] = {}

    def tokens(self, text: str) -> list[int]:
        return list(self.tokenizer(text, truncation=True, max_length=self._limit)["input_ids"])

    def of(self, text: str) -> tuple[list[int], Vectors]:
        if text not in self._known:
            tokens = self.tokens(text)
            with self._torch.inference_mode():
                out = self._model(self._torch.tensor([tokens]), output_hidden_states=True)
            found = out.hidden_states[self._layer][0].numpy().astype(np.float64)
            self._known[text] = (tokens, found / np.linalg.norm(found, axis=1, keepdims=True))
        return self._known[text]


def _baseline(path: Path, layer: int) -> float:
    lines = path.read_text(encoding="utf-8").split()
    column = lines[0].split(",").index("F")
    return float(next(one.split(",")[column] for one in lines[1:] if one.split(",")[0] == str(layer)))


def bert_scores(
    identity: str, pairs: Sequence[tuple[str, str]], weights: Mapping[str, Path]
) -> list[float] | str:
    """F of each (prediction, target) by what a signature says; or in words why not."""
    found = _IDENTITY.match(identity)
    if found is None:
        return "its signature is of no BERTScore that is known here"
    model, layer = weights.get("bertscore"), int(found["layer"])
    if model is None or sha256_of(model)[:16] != found["model"]:
        return f"the weights {found['model']}... are not there"
    texts = _Texts(model.parent, layer, int(found["limit"]))
    stripped = [(said.strip(), wanted.strip()) for said, wanted in pairs]
    rarity: dict[int, float] | None = None
    if found["idf"] == "targets":
        documents = [set(texts.tokens(wanted)) for _, wanted in stripped]
        held = Counter(token for one in documents for token in one)
        rarity = {token: float(np.log((len(documents) + 1) / (count + 1))) for token, count in held.items()}
    marks = {texts.tokenizer.cls_token_id, texts.tokenizer.sep_token_id}
    unseen = float(np.log(len(stripped) + 1))

    def heavy(tokens: Sequence[int]) -> Vectors:
        if rarity is None:
            return np.array([0.0 if token in marks else 1.0 for token in tokens])
        return np.array([rarity.get(token, unseen) for token in tokens])

    lift = 0.0
    if found["baseline"] != "no":
        if "bertscore.baseline" not in weights:
            return "its table of baselines is not there"
        lift = _baseline(weights["bertscore.baseline"], layer)
    return [
        _f(texts.of(said), texts.of(wanted), heavy, lift) if said and wanted else 0.0
        for said, wanted in stripped
    ]


def _f(said: tuple[list[int], Vectors], wanted: tuple[list[int], Vectors], heavy: Any, lift: float) -> float:
    near = said[1] @ wanted[1].T

    def mean(nearest: Vectors, tokens: Sequence[int]) -> float:
        weights = heavy(tokens)
        return float(np.average(nearest, weights=weights)) if weights.sum() > 0 else 0.0

    precision, recall = mean(near.max(axis=1), said[0]), mean(near.max(axis=0), wanted[0])
    value = 2 * precision * recall / (precision + recall) if precision + recall != 0 else 0.0
    return (value - lift) / (1 - lift)
