"""model/io/base_pixels.py against transformers' image processors; what they compute otherwise is refused."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from published import published_model, write_base
from tiny_model import tiny_spec
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.base_facts import Wish, open_base
from tomoe_worker.model.io.base_pixels import PREPROCESSOR, PixelRule, check_pixels, read_pixels
from tomoe_worker.model.preprocess import hu_to_pixels
from tomoe_worker.spec import PreprocessSpec, WindowHu

GOLDEN = Path(__file__).parents[4] / "fixtures" / "pixels" / "golden.json"
CASES: list[dict[str, Any]] = json.loads(GOLDEN.read_text())
CLIP = next(case["config"] for case in CASES if case["processor"] == "clip")
GOT = next(case["config"] for case in CASES if case["processor"] == "internvl")
# As Phi-3.5-vision's file has it.
PHI3V = {
    "auto_map": {"AutoImageProcessor": "processing_phi3_v.Phi3VImageProcessor"},
    "image_processor_type": "Phi3VImageProcessor",
    "processor_class": "Phi3VProcessor",
    "num_crops": 4,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "do_convert_rgb": True,
    "num_img_tokens": 144,
}


def written(folder: Path, config: dict[str, Any]) -> PixelRule | None:
    (folder / PREPROCESSOR).write_text(json.dumps(config))
    return read_pixels(folder)


def preprocess_of(rule: PixelRule) -> PreprocessSpec:
    """An 8-bit picture as it is, by the rule's own mean and deviation."""
    assert rule.mean is not None and rule.std is not None
    window = WindowHu(low=0.0, high=255.0)
    return PreprocessSpec(digest="", windows=(window,), mean=rule.mean, std=rule.std)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['processor']}-{case['side']}" for case in CASES])
def test_an_8_bit_picture_has_the_pixels_of_the_published_processor(
    tmp_path: Path, case: dict[str, Any]
) -> None:
    rule = written(tmp_path, case["config"])
    assert rule is not None and rule.size is not None
    side, spec = case["side"], preprocess_of(rule)
    grey = np.frombuffer(base64.b64decode(case["grey"]), dtype=np.uint8).reshape(1, side, side)
    theirs = np.frombuffer(base64.b64decode(case["pixels"]), dtype="<f4")
    ours = hu_to_pixels(torch.tensor(grey.astype(np.int16)), spec, rule.size)[0]
    difference = (ours - torch.tensor(theirs).view(ours.shape)).abs()
    levels = 255 * difference * torch.tensor(spec.std).view(3, 1, 1)
    if side == rule.size:
        assert float(difference.max()) <= 1e-6
    else:
        # The processor rounds to 8 bits behind each of the two axes.
        assert float(levels.max()) <= 1.25 and float(levels.mean()) <= 0.35


def test_the_rule_of_each_family_is_read_from_its_own_file(tmp_path: Path) -> None:
    clip, got, phi = written(tmp_path, CLIP), written(tmp_path, GOT), written(tmp_path, PHI3V)
    assert clip is not None and clip.size == 14 and clip.mean == tuple(PHI3V["image_mean"])
    assert got is not None and got.size == 14 and got.std == (0.229, 0.224, 0.225)
    assert phi == PixelRule(mean=clip.mean, std=clip.std, size=None)


def test_a_folder_without_the_file_has_no_rule_and_a_silent_file_leaves_it_to_the_family(
    tmp_path: Path,
) -> None:
    assert read_pixels(tmp_path) is None
    nothing = PixelRule(mean=None, std=None, size=None)
    assert written(tmp_path, {"image_mean": None, "do_pad": None, "crop_size": None}) == nothing
    for rule in (None, nothing):
        check_pixels(rule, tiny_spec().preprocess)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"resample": 2}, "resample is 2, this version computes 3"),
        ({"do_resize": False}, "do_resize is false"),
        ({"do_rescale": False}, "do_rescale is false"),
        ({"do_normalize": False}, "do_normalize is false"),
        ({"do_pad": True}, "do_pad is true"),
        ({"rescale_factor": 1 / 127.5}, "this version computes 1/255"),
        ({"rescale_offset": True}, "rescale_offset is true: this version does not know it"),
        ({"image_mean": [0.5, 0.5]}, "image_mean is [0.5, 0.5], it must hold 3 numbers"),
        ({"image_std": [0.5, 0.0, 0.5]}, "it must hold 3 numbers above 0"),
        ({"size": {"height": 14, "width": 28}}, "a slice is resized to a square"),
        ({"size": {"shortest_edge": 14, "longest_edge": 28}}, "a slice is resized to a square"),
        ({"crop_size": {"height": 12, "width": 12}}, "a slice is not cut"),
    ],
)
def test_a_processor_that_computes_otherwise_is_refused_by_the_field(
    tmp_path: Path, fields: dict[str, Any], what: str
) -> None:
    with pytest.raises(TomoeError) as caught:
        written(tmp_path, {**CLIP, **fields})
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE" and what in str(caught.value)
    assert PREPROCESSOR in caught.value.hint


@pytest.mark.parametrize("size", [14, {"height": 14, "width": 14}, {"shortest_edge": 14}])
def test_a_size_is_read_in_each_of_its_published_forms(tmp_path: Path, size: object) -> None:
    rule = written(tmp_path, {"size": size})
    assert rule is not None and rule.size == 14


@pytest.mark.parametrize("name", ["internvl-llama", "phi3_v"])
def test_a_model_is_filled_by_the_base_s_own_mean_and_deviation_alone(tmp_path: Path, name: str) -> None:
    of = write_base(tmp_path, name)
    written(tmp_path, GOT)
    for field, numbers in (("mean", (0.5, 0.5, 0.5)), ("std", (0.5, 0.5, 0.5))):
        right = {"mean": tuple(GOT["image_mean"]), "std": tuple(GOT["image_std"])}
        with pytest.raises(TomoeError, match=f"the base was published with {field}") as caught:
            published_model(of, preprocess={**right, field: numbers})
        assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
        model = published_model(of, preprocess=right)
        assert dataclasses.asdict(model.spec.preprocess)["mean"] == right["mean"]


def test_an_opened_base_tells_what_its_own_file_normalises_by_or_what_its_family_does(tmp_path: Path) -> None:
    write_base(tmp_path, "internvl-llama")
    wish = Wish(image_size=None, max_positions=None, layout=None)
    family = open_base(tmp_path, wish, values=False).facts
    assert family.mean == (0.485, 0.456, 0.406)
    written(tmp_path, {**GOT, "image_mean": [0.5, 0.4, 0.3], "image_std": None})
    own = open_base(tmp_path, wish, values=False).facts
    assert own == dataclasses.replace(family, mean=(0.5, 0.4, 0.3))
    written_as = tmp_path / PREPROCESSOR
    written_as.write_text(json.dumps({**GOT, "resample": 2}))
    with pytest.raises(TomoeError, match="resample is 2") as caught:
        open_base(tmp_path, wish, values=False)
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
