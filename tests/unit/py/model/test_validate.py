"""model/validate.py: every problem of a model at once."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from tiny_model import LORA, sites, tiny_spec
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.validate import check_spec
from tomoe_worker.spec import FactSpec, WindowHu


def test_the_tiny_model_passes() -> None:
    check_spec(tiny_spec())


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"vision": {"layers": 3}}, "vision.blocksRead is 3, it must be at least 1 and below the 3 layers"),
        ({"vision": {"blocks_read": 0}}, "vision.blocksRead is 0"),
        ({"vision": {"activation": "relu"}}, "vision.activation is 'relu', it must be one of quick_gelu"),
        ({"vision": {"norm_epsilon": 0.0}}, "vision.normEpsilon is 0.0, it must be above 0"),
        ({"vision": {"patch_size": 5}}, "imageSize 16 is not a multiple of patchSize 5"),
        ({"vision": {"hidden": 18, "heads": 4}}, "vision.hidden 18 over 4 heads"),
        ({"vision": {"mlp": 0}}, "vision.mlp is 0, it must be a whole number of at least 1"),
        ({"projector": {"merge_size": 3}}, "mergeSize 3 does not divide the grid of 4 patches"),
        ({"pool": {"kind": "max"}}, "pool.kind is 'max', it must be one of mean, mean-max"),
        ({"pool": {"depth": 3}}, "lift.depth 4 is not a multiple of pool.depth 3"),
        (
            {"language": {"heads": 3, "hidden": 18, "key_value_heads": 2}},
            "language.heads 3 is not a multiple",
        ),
        ({"lora": {"rank": -1}}, "lora.rank is -1"),
        ({"language": {"rope_theta": 1.0}}, "ropeTheta is 1.0"),
        ({"lora": {"rank": 2}}, "lora.rank 2 goes with 0 targets"),
        ({"lora": {"targets": ("o_proj",)}}, "lora.rank 0 goes with 1 targets"),
        (
            {"lora": {**LORA, "targets": ("lm_head",)}},
            r"lora.targets holds 'lm_head', it must be one of",
        ),
        ({"lora": {**LORA, "targets": ("o_proj", "o_proj")}}, "are not distinct"),
        (
            {"lora": {**LORA, "vision_targets": ("fc3",)}},
            r"lora.visionTargets holds 'fc3', it must be one of q_proj, k_proj, v_proj, out_proj, fc1, fc2",
        ),
        ({"lora": {**LORA, "vision_targets": ("fc1", "fc1")}}, "lora.visionTargets .* are not distinct"),
        ({"lora": {"vision_targets": ("fc1",)}}, "stand beside a rank of 0"),
        (
            {"lora": {**LORA, "dropout": 1.0}},
            "lora.dropout is 1.0, it must be a number of at least 0",
        ),
        (
            {"lora": {"initial": "zeros"}},
            "lora.initial is 'zeros', it must be one of kaiming-uniform",
        ),
        ({"language": {"initial_std": 0.0}}, "language.initialStd is 0.0"),
        ({"language": {"norm_epsilon": float("nan")}}, "language.normEpsilon is nan"),
        ({"moe": {"router_std": -0.02}}, "moe.routerStd is -0.02"),
        ({"lift": {"upper_blocks": 4}}, "lift.upperBlocks is 4, the features read 3 blocks"),
        ({"lift": {"rope_base": 0.5}}, "lift.ropeBase is 0.5"),
        (
            {"moe": {"sites": sites(3)}},
            r"vision.blocks.3.mlp, the features read blocks 0\.\.2",
        ),
        ({"moe": {"sites": sites(2, 1)}}, r"moe.sites .* are not rising"),
        ({"moe": {"tasks": ("a", "a")}}, "must be distinct"),
        ({"moe": {"tasks": ("keys",)}}, "moe.tasks holds 'keys', which cannot name a group"),
        ({"moe": {"tasks": ("shared",)}}, "moe.tasks holds 'shared'"),
        ({"moe": {"text_width": 0}}, "moe.textWidth is 0"),
        ({"moe": {"token_experts": 0}}, r"moe.tokenExperts is 0 beside moe.sites \['vision.blocks.2.mlp'\]"),
        (
            {"moe": {"text_guidance": "answer"}},
            "must be one of off, task, question",
        ),
        (
            {"preprocess": {"windows": (WindowHu(low=1.0, high=1.0),)}},
            r"\[1.0, 1.0\] HU, low must be below high",
        ),
        ({"preprocess": {"windows": ()}}, "holds 0 windows"),
        ({"preprocess": {"std": (1.0, 0.0, 1.0)}}, "preprocess.std"),
        ({"preprocess": {"mean": (1.0, float("nan"), 1.0)}}, "preprocess.mean"),
    ],
)
def test_a_model_that_cannot_be_built_is_refused_by_field(
    parts: dict[str, dict[str, Any]], what: str
) -> None:
    with pytest.raises(TomoeError, match=what) as caught:
        check_spec(tiny_spec(**parts))
    assert caught.value.code == "CONFIG_INVALID"


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"facts": (FactSpec(name="a", classes=1),)}, "fact 'a' has 1 classes"),
        ({"facts": (FactSpec(name="a", classes=2),) * 2}, "are not distinct"),
        ({"facts": (FactSpec(name="a.b", classes=2),)}, "'a.b', which cannot name a head"),
        ({"patch_classes": 1}, "patchClasses is 1"),
        ({"words": ("cyst", "Lung")}, "must be in lower case"),
        ({"words": ("cyst", " ")}, "none of them blank"),
        ({"words": ("cyst", "cyst")}, r"words \['cyst', 'cyst'\] are not distinct"),
    ],
)
def test_heads_that_cannot_be_built_are_refused(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(TomoeError, match=what):
        check_spec(dataclasses.replace(tiny_spec(), **fields))


def test_all_problems_are_named_in_one_error() -> None:
    with pytest.raises(TomoeError) as caught:
        check_spec(
            tiny_spec(vision={"layers": 3}, moe={"token_experts": -1, "router_std": 0.0}, lora={"rank": -2})
        )
    problems = caught.value.details["problems"]
    assert isinstance(problems, list) and len(problems) == 3
    assert "lora.rank" in str(caught.value) and "tokenExperts" in str(caught.value)
