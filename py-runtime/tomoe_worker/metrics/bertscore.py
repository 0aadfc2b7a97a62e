"""BERTScore by a model whose folder the user gives, as the package bert-score 0.3.13 computes it."""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import torch

from tomoe_worker.errors import TomoeError

# The package whose rules these are, and by whose values tests hold them.
RULES: Final = "bert-score@0.3.13"

_MODEL: Final = "model.safetensors"
_PICKLES: Final = ("pytorch_model.bin", "model.pt", "model.pth", "pytorch_model.pt")
_NEEDED: Final = "a folder with config.json, model.safetensors and the files of its tokenizer"
# Texts that go through the model together; padding changes no score beyond rounding.
_BATCH: Final = 64
# Pairs whose vectors are held at once.
_PAIRS: Final = 512


@dataclass(frozen=True, kw_only=True)
class BertOptions:
    """Which numbers are meant: the folder, its layer, weights by rarity, a table of baselines by layer."""

    folder: Path
    layer: int
    idf: bool = False
    baseline: Path | None = None


def _missing(what: str, **details: str) -> TomoeError:
    return TomoeError(
        "ENVIRONMENT",
        f'metric "bertscore" needs the weights of a model: {what}',
        hint=f'Give --weights "bertscore=FOLDER,layer=N": {_NEEDED}, as published for BERT or RoBERTa.',
        details={"metric": "bertscore", **details},
    )


def _plain(name: str) -> str:
    """A name as it stands in a signature: its marks are none of the signature's."""
    return re.sub(r"[^\w.-]", "_", name)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_file(folder: Path) -> Path:
    """The weights of a folder.

    Raises:
        TomoeError: ``ENVIRONMENT`` naming the file that is missing, or weights that are a pickle.
    """
    if not folder.is_dir():
        raise _missing(f"there is no folder {folder}", folder=str(folder))
    if not (folder / "config.json").is_file():
        raise _missing(f"{folder} has no config.json", folder=str(folder))
    path = folder / _MODEL
    if path.is_file():
        return path
    pickled = next((name for name in _PICKLES if (folder / name).is_file()), None)
    if pickled is not None:
        raise _missing(
            f"{folder / pickled} is a pickle, which runs code; convert it to {_MODEL}", folder=str(folder)
        )
    raise _missing(f"{folder} has no {_MODEL}", folder=str(folder))


def _layers(model: Any) -> Any:
    """The module that holds the layers as ``.layer``; None where an architecture has none of that name."""
    for name in ("encoder", "transformer"):
        part = getattr(model, name, None)
        if isinstance(getattr(part, "layer", None), torch.nn.ModuleList):
            return part
    return None


def _loaded(options: BertOptions) -> tuple[Any, Any]:
    """Tokenizer, and model cut behind the layer; nothing is downloaded, and no code of the folder runs."""
    from transformers import AutoModel, AutoTokenizer

    folder = str(options.folder)
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        model, info = AutoModel.from_pretrained(
            folder, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **local
        )
        # Words of byte pairs begin with their space; other tokenizers know no such word.
        tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True, **local)
    except (OSError, ValueError, KeyError, ImportError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _missing(f"{folder} cannot be read: {told}", folder=folder) from error
    # Nothing here reads the pooler; any other tensor that is not there would be drawn at random.
    lacking = sorted(name for name in info["missing_keys"] if not name.startswith("pooler."))
    if lacking:
        raise _missing(f"{folder} has no {lacking[0]} ({len(lacking)} tensors are missing)", folder=folder)
    part = _layers(model)
    if part is None:
        raise _missing(
            f"{folder} is a {model.config.model_type}, whose layers are of another kind", folder=folder
        )
    count = len(part.layer)
    if not 1 <= options.layer <= count:
        raise TomoeError(
            "CONFIG_INVALID",
            f'metric "bertscore": layer {options.layer} is none of the {count} layers of {folder}',
            hint=f"Name a layer from 1 to {count}; bert-score takes 9 of BERT base, 17 of RoBERTa large.",
            details={"metric": "bertscore", "layer": options.layer, "layers": count},
        )
    part.layer = part.layer[: options.layer]
    return tokenizer, model.eval()


def token_limit(tokenizer: Any, config: Any) -> int:
    """Tokens of a text at most: as the tokenizer says, and where it says nothing as positions allow."""
    positions = int(config.max_position_embeddings)
    if config.model_type in ("roberta", "xlm-roberta", "camembert"):
        # Their positions begin behind that of padding.
        positions -= int(config.pad_token_id) + 1
    return min(positions, int(min(tokenizer.model_max_length, 10**9)))


def token_weights(tokenizer: Any, ids: Iterable[Sequence[int]] | None) -> Mapping[int, float]:
    """What tokens weigh: by how many targets hold them; without targets 1, and 0 for marks at the ends."""
    if ids is None:
        return {int(tokenizer.cls_token_id): 0.0, int(tokenizer.sep_token_id): 0.0}
    documents = list(ids)
    seen = Counter(token for one in documents for token in set(one))
    return {token: math.log((len(documents) + 1) / (count + 1)) for token, count in seen.items()}


def baseline_of(path: Path, layer: int) -> float:
    """F of texts that have nothing to do with each other, at a layer.

    Raises:
        TomoeError: ``ENVIRONMENT`` for a table that is not there or has no such layer.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            found = {int(row["LAYER"]): float(row["F"]) for row in csv.DictReader(file)}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise _missing(
            f"{path} is no table of baselines (LAYER,P,R,F): {error}", baseline=str(path)
        ) from error
    value = found.get(layer)
    if value is None or not value < 1:
        raise _missing(f"{path} has no baseline below 1 for layer {layer}", baseline=str(path))
    return value


class BertScorer:
    """Scores pairs; the vectors of a few hundred are held at once."""

    def __init__(self, options: BertOptions) -> None:
        """Load the model."""
        self._path = model_file(options.folder)
        self._options = options
        self._tokenizer, self._model = _loaded(options)
        self._limit = token_limit(self._tokenizer, self._model.config)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model.to(self._device)
        self._baseline = None if options.baseline is None else baseline_of(options.baseline, options.layer)

    @property
    def signature(self) -> str:
        """Rules, model by its digest, layer, weights, baseline and where texts are cut; then the bounds."""
        options = self._options
        baseline = "no"
        if options.baseline is not None:
            baseline = f"{_plain(options.baseline.name)}@{sha256_of(options.baseline)[:16]}"
        least = -1.0 if self._baseline is None else (-1 - self._baseline) / (1 - self._baseline)
        told = (
            f"model:{_plain(options.folder.resolve().name)}@{sha256_of(self._path)[:16]}",
            f"layer:{options.layer}",
            f"idf:{'targets' if options.idf else 'no'}",
            f"baseline:{baseline}",
            f"max-tokens:{self._limit}",
        )
        return f"tomoe.bertscore/1(F,rules:{RULES},{','.join(told)})|bounds:{least!r}..1"

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        found = self._tokenizer(list(texts), add_special_tokens=True, truncation=True, max_length=self._limit)
        return cast("list[list[int]]", found["input_ids"])

    @torch.inference_mode()
    def _vectors(self, texts: Sequence[str]) -> dict[str, tuple[list[int], torch.Tensor]]:
        """Tokens of each text, and their directions at the layer."""
        tokens = sorted(zip(texts, self._tokens(texts), strict=True), key=lambda one: len(one[1]))
        found: dict[str, tuple[list[int], torch.Tensor]] = {}
        for start in range(0, len(tokens), _BATCH):
            part = tokens[start : start + _BATCH]
            longest = max(len(ids) for _, ids in part)
            ids = torch.full((len(part), longest), int(self._tokenizer.pad_token_id or 0))
            mask = torch.zeros_like(ids)
            for at, (_, own) in enumerate(part):
                ids[at, : len(own)] = torch.tensor(own)
                mask[at, : len(own)] = 1
            out = self._model(input_ids=ids.to(self._device), attention_mask=mask.to(self._device))[0].cpu()
            for at, (text, own) in enumerate(part):
                found[text] = (own, torch.nn.functional.normalize(out[at, : len(own)], dim=-1))
        return found

    def scores(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """F of each (prediction, target), both stripped; 0 where one is blank."""
        targets = self._tokens([target for _, target in pairs]) if self._options.idf and pairs else None
        weights = token_weights(self._tokenizer, targets)
        unseen = 1.0 if targets is None else math.log(len(targets) + 1)
        found: list[float] = []
        for start in range(0, len(pairs), _PAIRS):
            part = pairs[start : start + _PAIRS]
            vectors = self._vectors(sorted({text for pair in part for text in pair if all(pair)}))
            for prediction, target in part:
                if not prediction or not target:
                    found.append(0.0)
                    continue
                value = _matched(vectors[prediction], vectors[target], weights, unseen)
                found.append(
                    value if self._baseline is None else (value - self._baseline) / (1 - self._baseline)
                )
        return found


def _matched(
    said: tuple[list[int], torch.Tensor],
    wanted: tuple[list[int], torch.Tensor],
    weights: Mapping[int, float],
    unseen: float,
) -> float:
    """F of two texts: each token's nearest one of the other, weighed."""
    near = (said[1] @ wanted[1].T).double()

    def mean(nearest: torch.Tensor, tokens: Sequence[int]) -> float:
        heavy = torch.tensor([weights.get(token, unseen) for token in tokens], dtype=torch.float64)
        return float((nearest * heavy).sum() / heavy.sum()) if heavy.sum() > 0 else 0.0

    precision, recall = mean(near.max(dim=1).values, said[0]), mean(near.max(dim=0).values, wanted[0])
    value = 2 * precision * recall / (precision + recall) if precision + recall != 0 else 0.0
    # Rounding leaves a text beside itself an ulp above 1.
    return min(1.0, max(-1.0, value))


def bert_options(given: Mapping[str, Any] | None) -> BertOptions:
    """What the user gave: ``folder``, ``layer``, ``idf``, ``baseline``.

    Raises:
        TomoeError: ``ENVIRONMENT`` where nothing was given.
    """
    if given is None:
        raise _missing("none were given")
    baseline = given.get("baseline")
    return BertOptions(
        folder=Path(given["folder"]),
        layer=int(given["layer"]),
        idf=bool(given.get("idf", False)),
        baseline=None if baseline is None else Path(baseline),
    )


def bert_measured(pairs: Sequence[tuple[str, str]], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Signature and scores of pairs, and the files of the user that they follow from, each with its SHA-256.

    Raises:
        TomoeError: ``ENVIRONMENT`` naming what of the weights is missing, ``CONFIG_INVALID`` for a layer that
            the model has not.
    """
    options = bert_options(given)
    scorer = BertScorer(options)
    scores = scorer.scores([(said.strip(), wanted.strip()) for said, wanted in pairs])
    files = {"bertscore": model_file(options.folder), "bertscore.baseline": options.baseline}
    return {
        "signature": scorer.signature,
        "scores": scores,
        "files": [
            {"system": name, "path": str(path), "sha256": sha256_of(path)}
            for name, path in files.items()
            if path is not None
        ],
    }
