"""The image processor that a base was published with: what it normalises by is used, all else of it must be
what ``model/preprocess.py`` computes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.bases.config import unknown_fields, wrong_values
from tomoe_worker.model.bases.facts import FamilyFacts
from tomoe_worker.model.io.files import read_json
from tomoe_worker.spec import PreprocessSpec

PREPROCESSOR: Final = "preprocessor_config.json"
_BICUBIC: Final = 3
_KNOWN: Final[Mapping[str, tuple[Any, ...]]] = {
    "do_resize": (True,),
    "do_rescale": (True,),
    "do_normalize": (True,),
    "do_pad": (False,),
    "resample": (_BICUBIC,),
}
_USED: Final = (*_KNOWN, "image_mean", "image_std", "rescale_factor", "size", "crop_size", "do_center_crop")
_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "how a large photograph is cut: a slice is a square and its own only crop": (
        "num_crops", "num_img_tokens", "crop_to_patches", "min_patches", "max_patches", "default_to_square",
    ),
    "says who wrote the file and with what": (
        "image_processor_type", "feature_extractor_type", "processor_class", "image_seq_length",
    ),
    "how pictures are handed over: a slice has three channels already": (
        "do_convert_rgb", "data_format", "input_data_format", "device", "disable_grouping", "return_tensors",
    ),
}  # fmt: skip
_UNUSED: Final = {name: reason for reason in _REASONS for name in _REASONS[reason]}


@dataclass(frozen=True, kw_only=True)
class PixelRule:
    """What a published image processor does beyond what every one does; None where its file is silent."""

    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None
    size: int | None  # rows and columns that it resizes to


def read_pixels(folder: Path) -> PixelRule | None:
    """The rule of a folder's image processor; None where it brings none.

    Raises:
        TomoeError: ``CHECKPOINT_INVALID`` for a file that is no JSON, ``CHECKPOINT_INCOMPATIBLE`` naming
            every field that this version does not compute.
    """
    if not (folder / PREPROCESSOR).is_file():
        return None
    # A field that is null has the value of its class, which is ours.
    config = {name: value for name, value in read_json(folder / PREPROCESSOR).items() if value is not None}
    sides = [_square(config[name]) for name in ("size", "crop_size") if name in config]
    problems = [
        *unknown_fields(config, "", _USED, _UNUSED),
        *wrong_values(config, "", _KNOWN),
        *_size_problems(config, sides),
        *_number_problems(config),
    ]
    if problems:
        raise TomoeError(
            "CHECKPOINT_INCOMPATIBLE",
            f"the base's image processor is not one that can be computed: {'; '.join(problems)}",
            hint=f"Use the folder as it was published; without {PREPROCESSOR} the family's own rule holds.",
            details={"problems": list(problems)},
        )
    return PixelRule(
        mean=_three(config.get("image_mean")),
        std=_three(config.get("image_std")),
        size=sides[0] if sides else None,
    )


def with_pixels(facts: FamilyFacts, rule: PixelRule | None) -> FamilyFacts:
    """A family's facts with what the folder itself normalises by."""
    if rule is None:
        return facts
    return replace(facts, mean=rule.mean or facts.mean, std=rule.std or facts.std)


def check_pixels(rule: PixelRule | None, preprocess: PreprocessSpec) -> None:
    """Refuse to normalise by other numbers than the base was trained on.

    Raises:
        TomoeError: ``CHECKPOINT_INCOMPATIBLE`` naming both.
    """
    if rule is None:
        return
    for name, own, asked in (("mean", rule.mean, preprocess.mean), ("std", rule.std, preprocess.std)):
        if own is not None and own != asked:
            raise TomoeError(
                "CHECKPOINT_INCOMPATIBLE",
                f"the base was published with {name} {list(own)}, the model has {list(asked)}",
                hint=f"Leave {name} to the base.",
                details={"published": list(own), "asked": list(asked)},
            )


def _square(size: Any) -> int | None:
    """Rows and columns of a size in any of its published forms; None for what is no square."""
    if isinstance(size, dict):
        sides = {size.get("height"), size.get("width")} if "height" in size else {size.get("shortest_edge")}
        size = sides.pop() if len(sides) == 1 and "longest_edge" not in size else None
    return size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else None


def _size_problems(config: Mapping[str, Any], sides: list[int | None]) -> list[str]:
    problems = [
        f"{name} is {config[name]}, a slice is resized to a square"
        for name in ("size", "crop_size")
        if name in config and _square(config[name]) is None
    ]
    # Cutting the middle out of a square of the same size leaves it as it is.
    if not problems and config.get("do_center_crop") and len(set(sides)) > 1:
        problems.append(
            f"crop_size is {config['crop_size']} beside size {config['size']}: a slice is not cut"
        )
    return problems


def _number_problems(config: Mapping[str, Any]) -> list[str]:
    problems = []
    factor = config.get("rescale_factor", 1 / 255)
    if not isinstance(factor, float) or not math.isclose(factor, 1 / 255, rel_tol=1e-6):
        problems.append(f"rescale_factor is {factor}, this version computes 1/255")
    for name, low in (("image_mean", -math.inf), ("image_std", 0.0)):
        if name in config and not _numbers(config[name], low):
            problems.append(
                f"{name} is {config[name]}, it must hold 3 numbers" + (" above 0" if low == 0 else "")
            )
    return problems


def _numbers(values: Any, above: float) -> bool:
    return (
        isinstance(values, list)
        and len(values) == 3
        and all(type(one) in (int, float) and math.isfinite(one) and one > above for one in values)
    )


def _three(values: Any) -> tuple[float, ...] | None:
    return None if values is None else tuple(map(float, values))
