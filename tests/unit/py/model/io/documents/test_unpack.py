"""model/io/documents/unpack.py: dataclasses out of JSON, strictly."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from tiny_model import stage, tiny_spec
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.documents.unpack import unpack
from tomoe_worker.spec import ModelSpec, StageSpec


def test_specs_come_back_from_their_json_as_they_were() -> None:
    assert unpack(ModelSpec, json.loads(json.dumps(asdict(tiny_spec()))), "spec.json") == tiny_spec()
    assert unpack(StageSpec, json.loads(json.dumps(asdict(stage()))), "stage.json") == stage()


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("base", "vision", "hidden"), 1.5, "spec.json.base.vision.hidden must be int, it is float"),
        (("base", "vision", "hidden"), True, "spec.json.base.vision.hidden must be int, it is bool"),
        (("base", "kind"), "qwen", r"spec.json.base: kind is 'qwen', it must be one of phi3v, published"),
        (("base", "kind"), "published", r"spec.json.base lacks \['config', "),
        (("base",), [], "spec.json.base must be an object, it is list"),
        (("lift", "depth_rope"), 1, "spec.json.lift.depth_rope must be bool, it is int"),
        (("pool", "kind"), None, "spec.json.pool.kind must be str, it is NoneType"),
        (("moe", "sites"), "2", "spec.json.moe.sites must be a list, it is str"),
        (("moe", "tasks"), ["a", 2], r"spec.json.moe.tasks\[1\] must be str, it is int"),
        (("lift",), [], "spec.json.lift must be an object, it is list"),
        (("base", "vision", "depth"), 3, r"spec.json.base.vision lacks \[\] and has unknown \['depth'\]"),
    ],
)
def test_a_value_of_another_type_is_refused_by_path(path: tuple[str, ...], value: Any, what: str) -> None:
    held = json.loads(json.dumps(asdict(tiny_spec())))
    inner = held
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    with pytest.raises(TomoeError, match=what) as caught:
        unpack(ModelSpec, held, "spec.json")
    assert caught.value.code == "CHECKPOINT_INVALID"


def test_a_missing_field_is_refused_by_name() -> None:
    held = json.loads(json.dumps(asdict(tiny_spec())))
    del held["lift"]["rope_base"]
    with pytest.raises(TomoeError, match=r"spec.json.lift lacks \['rope_base'\]"):
        unpack(ModelSpec, held, "spec.json")
