"""Weights come from one folder: what a hub is asked for lies at FOLDER/OWNER/NAME, or is refused by name."""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tomoe_radeval.refused import RefusedError

_SAFE: Final = ".safetensors"
# What may hold weights and runs code when it is read.
_PICKLES: Final = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


class Weights:
    """The user's folder, and the files of it that were asked for."""

    def __init__(self, folder: Path, metric: str, valid: str) -> None:
        """Read nothing yet."""
        self._folder = folder
        self._metric = metric
        self._valid = valid
        self._used: set[Path] = set()

    def missing(self, what: str) -> RefusedError:
        """A refusal that says what is missing, where it is to lie, and what the metric is valid for."""
        return RefusedError(
            "ENVIRONMENT",
            f'metric "{self._metric}" needs the weights of its models: {what}',
            f"Nothing is downloaded: put each model into {self._folder}/OWNER/NAME (hf download OWNER/NAME "
            f"--local-dir ...), as safetensors. The metric is valid for {self._valid}.",
            {"metric": self._metric, "folder": str(self._folder), "validFor": self._valid},
        )

    def model(self, name: str) -> Path:
        """The folder of a model that a library names as on a hub; one that lies there already is itself.

        Raises:
            RefusedError: ``ENVIRONMENT`` naming the file that is missing, or a folder outside.
        """
        place = Path(name) if Path(name).is_absolute() else self._folder / name
        if not place.resolve().is_relative_to(self._folder.resolve()):
            raise self.missing(f"{name} lies outside {self._folder}")
        if not (place / "config.json").is_file():
            raise self.missing(f"there is no {place}/config.json")
        return place

    def tensors(self, place: Path) -> None:
        """Note the weights of a model.

        Raises:
            RefusedError: ``ENVIRONMENT`` where there are none, or as a pickle alone.
        """
        found = sorted(place.glob(f"*{_SAFE}"))
        if not found:
            pickled = next((one.name for one in sorted(place.iterdir()) if one.suffix in _PICKLES), None)
            raise self.missing(
                f"there is no {place}/model{_SAFE}"
                if pickled is None
                else f"{place / pickled} is a pickle, which runs code; convert it to {_SAFE}"
            )
        self._used.update(found)

    def file(self, *parts: str) -> Path:
        """One file, which is used.

        Raises:
            RefusedError: ``ENVIRONMENT`` where it is not there.
        """
        place = self._folder.joinpath(*parts)
        if not place.is_file():
            raise self.missing(f"there is no {place}")
        self._used.add(place)
        return place

    def files(self) -> list[dict[str, str]]:
        """The files that were used, each with its SHA-256, in the order of their paths."""
        return [{"path": str(one), "sha256": _sha256(one)} for one in sorted(self._used)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _local(weights: Weights, original: Callable[..., Any], *, has_tensors: bool) -> Callable[..., Any]:
    """``from_pretrained`` that reads the user's folder alone, runs no code of it, and unpickles nothing."""

    @functools.wraps(original)
    def from_pretrained(cls: type, name: Any, *args: Any, **more: Any) -> Any:
        place = weights.model(str(name))
        more.update(local_files_only=True, trust_remote_code=False)
        if has_tensors:
            weights.tensors(place)
            more.update(use_safetensors=True)
        return original.__func__(cls, str(place), *args, **more)  # type: ignore[attr-defined]

    return from_pretrained


def _whole(weights: Weights, original: Callable[..., Any]) -> Callable[..., Any]:
    """``from_pretrained`` of a model, refused where a tensor is missing: libraries draw it at random."""

    @functools.wraps(original)
    def from_pretrained(cls: type, name: Any, *args: Any, **more: Any) -> Any:
        is_asked = bool(more.pop("output_loading_info", False))
        model, info = original(cls, name, *args, output_loading_info=True, **more)
        lacking = sorted(one for one in info["missing_keys"] if ".pooler." not in f".{one}")
        if lacking:
            raise weights.missing(f"{name} has no {lacking[0]} ({len(lacking)} tensors are missing)")
        return (model, info) if is_asked else model

    return from_pretrained


def hold_libraries(weights: Weights) -> None:
    """Have transformers read models and tokenizers from the user's folder, whatever a metric names."""
    import torch
    import transformers
    from transformers.models.auto import auto_factory, modeling_auto
    from transformers.tokenization_utils_base import PreTrainedTokenizerBase

    # Each class that finds out for itself which model it is has a from_pretrained of its own.
    autos = [
        one
        for one in vars(modeling_auto).values()
        if isinstance(one, type) and issubclass(one, auto_factory._BaseAutoModelClass)
    ]
    models = [*autos, transformers.PreTrainedModel]
    others = [transformers.AutoTokenizer, PreTrainedTokenizerBase, transformers.AutoConfig]
    for owner in [*models, *others]:
        held = _local(weights, owner.from_pretrained, has_tensors=owner in models)
        owner.from_pretrained = classmethod(
            _whole(weights, held) if owner is transformers.PreTrainedModel else held
        )
    try:
        import nltk
    except ImportError:
        pass
    else:
        # radeval asks for data when it is loaded.
        nltk.download = lambda *_words, **_more: True
    # Weights of radgraph are no safetensors: of a pickle its tensors alone are read.
    torch.load = functools.partial(torch.load, weights_only=True)


def hold_radgraph(weights: Weights, folder: Path) -> None:
    """Have radgraph read FOLDER/radgraph-xl, unpacked, in place of an archive that it downloads."""
    import radeval

    # Its own files name the package by the letters of another release.
    sys.modules.setdefault("RadEval", radeval)
    for parts in (("config.json",), ("weights.th",), ("vocabulary", "non_padded_namespaces.txt")):
        weights.file("radgraph-xl", parts[0], *parts[1:])
    from radeval.metrics.radgraph._vendor import core

    core.CACHE_DIR = str(folder)
