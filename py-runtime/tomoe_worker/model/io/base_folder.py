"""A base as a folder of published files: what it is, whether it is whole, and its weights in a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.base import Base, TextCodec
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.keys import KeyRules, own_name
from tomoe_worker.model.components import BASE
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.base_pixels import check_pixels, read_pixels
from tomoe_worker.model.io.description import CONFIG, NEW, read_description
from tomoe_worker.model.io.files import is_finite, read_text, reading
from tomoe_worker.model.io.headers import Stored, read_headers, weight_files
from tomoe_worker.model.io.hollow import fill
from tomoe_worker.model.io.lowering import lowerable
from tomoe_worker.model.precision import LOW, held_in
from tomoe_worker.spec import PublishedBase

TOKENIZER = "tokenizer.json"
# Types that weights are read in.
WEIGHTS: Final = ("F32", "BF16", "F16", "F64")


@dataclass(frozen=True, kw_only=True)
class BaseFolder:
    """Published files, seen through their config and headers: no weight was read."""

    folder: Path
    family: str
    config: str  # RFC 8785
    stored: Mapping[str, Stored]  # by name on disk
    new: tuple[str, ...]  # names on disk of tensors that are not in the files and are drawn
    beside: tuple[str, ...]  # safetensors that the index does not list
    sources: tuple[Mapping[str, str], ...]  # package, version, sha256, licence, as tomoe.json has them

    def codec(self, base: PublishedBase) -> TextCodec:
        """The tokenizer of the folder.

        Raises:
            TomoeError: ``CHECKPOINT_INVALID`` if there is none or it is not the family's.
        """
        return family_of(base).read_codec(base, read_text(self.folder / TOKENIZER))


@dataclass(frozen=True, kw_only=True)
class Matched:
    """Names of a folder's files against those of the model: each on one side only where that is no fault."""

    read: Mapping[str, str]  # name in memory -> name on disk
    aliases: Mapping[str, str]  # name on disk -> name on disk of what it must equal
    ignored: Mapping[str, str]  # name on disk -> why
    new: tuple[str, ...]  # names in memory


def open_folder(folder: Path) -> BaseFolder:
    """Look into a folder of published files.

    Raises:
        TomoeError: ``PATH_NOT_FOUND``, ``CHECKPOINT_MISSING`` without a config, ``CHECKPOINT_INVALID`` for a
            config or ``tomoe.json`` that is none, ``CONFIG_INVALID`` for a family this version does not read,
            and as ``read_headers``.
    """
    with reading(folder):
        is_folder = folder.is_dir()
    if not is_folder:
        raise TomoeError("PATH_NOT_FOUND", f"there is no folder {folder}", hint="Give the folder of a base.")
    stored = read_headers(folder)
    said = read_description(folder)
    return BaseFolder(
        folder=folder,
        family=said.family,
        config=said.config,
        stored=stored,
        beside=weight_files(folder).beside,
        new=said.new,
        sources=said.sources,
    )


def match(base: Base, rules: KeyRules, of: BaseFolder) -> Matched:
    """Hold the names, shapes and types of the files against the model.

    Raises:
        TomoeError: ``CHECKPOINT_INCOMPATIBLE`` naming every tensor that is missing, unexpected, there twice,
            or of another shape or kind; ``CHECKPOINT_INVALID`` where tomoe.json calls new what is not.
    """
    own = {own_name(key): tensor for key, tensor in base.state_dict().items() if ".lora_" not in key}
    new = {rules.in_memory(name): name for name in of.new}
    read: dict[str, str] = {}
    aliases: dict[str, str] = {}
    ignored: dict[str, str] = {}
    unexpected: list[str] = []
    twice: list[str] = []
    for name in of.stored:
        key, why, twin = rules.in_memory(name), rules.why_ignored(name), rules.aliases.get(name)
        if key in read:
            twice.append(f"{name} and {read[key]} are one tensor under two names")
        elif key in own:
            read[key] = name
        elif why is not None:
            ignored[name] = why
        elif twin is not None and twin in of.stored:
            aliases[name] = twin
            ignored[name] = f"equal to {twin}"
        else:
            unexpected.append(name)
    missing = [rules.on_disk(key) for key in own if key not in read and key not in new]
    shapes = [told for key, name in read.items() if (told := _misfit(name, of.stored[name], own[key]))]
    if missing or unexpected or shapes or twice:
        raise _misfits(of, missing, unexpected, shapes, twice)
    wrong = [name for key, name in new.items() if key in read or key not in own]
    if wrong:
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{NEW} calls {wrong[0]} new, which the files hold or the model lacks",
            hint="Make the folder again with tomoe weights get.",
            details={"file": NEW, "tensor": wrong[0]},
        )
    return Matched(read=read, aliases=aliases, ignored=ignored, new=tuple(new))


def _misfit(name: str, stored: Stored, own: Tensor) -> str | None:
    """Why a tensor of the files cannot be the model's; None where it can."""
    if stored.shape != tuple(own.shape):
        return f"{name} is {list(stored.shape)}, expected {list(own.shape)}"
    if stored.dtype not in WEIGHTS:
        return f"{name} is of type {stored.dtype}, weights are read in {', '.join(WEIGHTS)}"
    return None


def _misfits(
    of: BaseFolder, missing: list[str], unexpected: list[str], shapes: list[str], twice: list[str]
) -> TomoeError:
    files = {stored.file for stored in of.stored.values()}

    def place(name: str) -> str:
        return f"{name} of {of.stored[name].file.name}" if len(files) > 1 else name

    told = [
        *(f"{name} is missing" for name in missing),
        *(f"{place(name)} is unexpected" for name in unexpected),
        *shapes,
        *twice,
    ]
    left = f"\n  and {len(told) - 10} more" if len(told) > 10 else ""
    return TomoeError(
        "CHECKPOINT_INCOMPATIBLE",
        f"{len(told)} tensors do not fit family {of.family}:\n  " + "\n  ".join(told[:10]) + left,
        hint="Use the files as they were published, with their own config.json, and no other beside them.",
        details={
            "missing": list(missing),
            "unexpected": list(unexpected),
            "shapes": list(shapes),
            "twice": list(twice),
        },
    )


def check_values(of: BaseFolder, matched: Matched) -> None:
    """Read every tensor once: all numbers finite, every copy equal to what it is a copy of.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` naming the tensor, and as ``check_copies``.
    """
    for name in of.stored:
        tensor = stored_tensor(of, name)
        # In the type it is computed in: a number may be finite in float64 alone.
        if tensor.is_floating_point() and not is_finite(tensor.float()):
            raise TomoeError(
                "CHECKPOINT_INVALID",
                f"tensor {name} holds values that are not finite",
                hint="Fetch the file again, or use the folder as it was published.",
                details={"tensor": name},
            )
    check_copies(of, matched)


def check_copies(of: BaseFolder, matched: Matched) -> None:
    """Refuse a copy that differs: ``CHECKPOINT_INCOMPATIBLE`` naming both tensors."""
    for name, twin in matched.aliases.items():
        if not torch.equal(stored_tensor(of, name), stored_tensor(of, twin)):
            raise TomoeError(
                "CHECKPOINT_INCOMPATIBLE",
                f"{name} is another tensor than {twin}, of which the family makes it a copy",
                hint="Use the files as they were published; if both are meant, config.json may not tie them.",
                details={"tensor": name},
            )


def stored_tensor(of: BaseFolder, name: str) -> Tensor:
    """One tensor as the file holds it, mapped from there."""
    path = of.stored[name].file
    try:
        with safe_open(path, framework="pt") as file:
            tensor: Tensor = file.get_tensor(name)
    except (OSError, SafetensorError) as cause:
        raise TomoeError(
            "CHECKPOINT_INVALID",
            f"{path.name} is damaged at tensor {name} ({type(cause).__name__})",
            hint="Fetch the file again.",
            details={"file": path.name, "tensor": name},
        ) from cause
    return tensor


def load_weights(model: TomoeModel, of: BaseFolder, seed: int, device: str | torch.device) -> None:
    """Put the files' weights into a model that was built without memory for them, each cast by itself to the
    type that the model holds it in; what is new is drawn, and what the spec redraws keeps the values it was
    built with.

    Args:
        model: of the folder's own config.
        seed: of the new tensors.

    Raises:
        TomoeError: ``CHECKPOINT_INCOMPATIBLE`` as ``match``, and if config or weights are not those of the
            spec; as ``read_pixels`` and ``check_pixels``.
    """
    base, spec = model.base, model.spec.base
    assert spec.kind == "published"
    check_pixels(read_pixels(of.folder), model.spec.preprocess)
    matched = match(base, family_of(spec).rules(spec), of)
    check_values(of, matched)
    files = BaseFiles(of.folder, way_to(of))
    _check_same(of, files, spec)
    files.know(held_in(model.spec.precision))
    state, low = base.state_dict(), lowerable(model)
    redrawn = {key for key in state if coarse_part(base, key) in spec.redraw and ".lora_" not in key}
    drawn = _draw(base, tuple(key for key in matched.new if key not in redrawn), seed)
    tensors: dict[str, Tensor] = {}
    for key, own in state.items():
        read = None if key in redrawn else matched.read.get(own_name(key))
        held = drawn.get(key, own) if read is None else stored_tensor(of, read)
        is_low = read is not None and BASE + key in low and files.tells(read, LOW)
        tensors[key] = held.to(LOW if is_low else torch.float32)
    fill(base, tensors, device)
    model.base_files = files
    model.drawn_tensors = frozenset(BASE + key for key in (*matched.new, *redrawn))
    left = {
        matched.read[own_name(key)]: f"drawn at random: {coarse_part(base, key)}"
        for key in sorted(redrawn)
        if own_name(key) in matched.read
    }
    model.ignored_tensors = {**matched.ignored, **left}
    model.weights_version += 1


def _check_same(of: BaseFolder, files: BaseFiles, spec: PublishedBase) -> None:
    """Refuse files that are not those of the spec."""
    if files.digest != spec.weights_digest:
        what = f"the weights are {files.digest[:12]}, the model was made for {spec.weights_digest[:12]}"
    elif (of.family, of.config) != (spec.family, spec.config):
        what = f"{CONFIG} is another than the one the model was made for"
    else:
        return
    raise TomoeError(
        "CHECKPOINT_INCOMPATIBLE",
        f"the base in {of.folder.name} has changed: {what}",
        hint=f"{way_to(of)} Or start a new run with the base as it is now.",
        details={"found": files.digest, "expected": spec.weights_digest},
    )


def coarse_part(base: Base, key: str) -> str:
    """The part of a tensor at its coarsest; empty for one that nothing reads."""
    return (base.part_of(key) or "").split(".", 1)[0]


def way_to(of: BaseFolder) -> str:
    """One sentence on how to get the base."""
    if of.sources:
        return f"Get the base again: tomoe weights get {of.folder.name}."
    return f"Bring along the folder {of.folder.name} with the published files of the base."


def _draw(base: Base, new: tuple[str, ...], seed: int) -> dict[str, Tensor]:
    """First values of tensors that the files do not have, as their modules draw them."""
    owners = sorted({key.rpartition(".")[0] for key in new})
    drawn: dict[str, Tensor] = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for owner in owners:
            module = base.get_submodule(owner)
            held = [f"{owner}.{name}" for name, _ in module.named_parameters(recurse=False)]
            reset: Callable[[], None] | None = getattr(module, "reset_parameters", None)
            if reset is None or not set(held) <= set(new):
                raise TomoeError(
                    "CHECKPOINT_INVALID",
                    f"{owner} cannot be drawn: the files hold some of it, or it has no first values",
                    hint="Name whole norms and linear maps as new.",
                )
            module.to_empty(device="cpu")
            reset()
            drawn.update({f"{owner}.{name}": one.detach() for name, one in module.named_parameters()})
    return drawn
