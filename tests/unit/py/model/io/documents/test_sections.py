"""model/io/documents/sections.py: a version a section, upgrades of old files, later ones refused by name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from tiny_model import batch, plan, stage, tiny_model, tiny_spec
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.checkpoint import SPEC, STAGE, load_state, save_state, weights_digest
from tomoe_worker.model.io.documents.sections import (
    UPGRADES,
    VERSIONS_KEY,
    of_document,
    to_document,
    version_of,
)
from tomoe_worker.spec import BaseSpec, ModelSpec, StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

# The fields of every section at the version that is written now: a change of either is a change of the other.
FIELDS = {
    ("base.phi3v", 1): {"kind", "language", "projector", "vision"},
    ("base.published", 1): {
        "config", "family", "image_size", "kind", "layout", "max_positions", "redraw", "weights_digest",
    },
    ("lift", 1): {"depth", "depth_rope", "rope_base", "upper_blocks"},
    ("lora", 2): {"alpha", "dropout", "initial", "rank", "targets", "vision_targets"},
    ("model", 2): {
        "base", "compile", "facts", "lift", "lora", "moe", "patch_classes", "pool", "precision", "preprocess",
        "recompute", "words",
    },
    ("moe", 1): {"router_std", "sites", "tasks", "text_guidance", "text_width", "token_experts"},
    ("optimizer", 1): {"betas", "decays", "epsilon", "kind", "schedule"},
    ("pool", 1): {"depth", "kind"},
    ("preprocess", 1): {"digest", "mean", "std", "windows"},
    ("stage", 4): {
        "clip_norm", "micro_batch", "name", "objectives", "optimizer", "routing", "seed",
        "share_prefix", "steps", "task_cosine_every", "too_long", "trains", "warmup_fraction", "weight_decay",
    },
}  # fmt: skip


def written(value: Any = None) -> dict[str, Any]:
    """A document as it is read from a file."""
    held: dict[str, Any] = json.loads(
        json.dumps(to_document("model", tiny_spec() if value is None else value))
    )
    return held


def read(document: dict[str, Any], **how: Any) -> ModelSpec:
    return of_document(ModelSpec, "model", document, "spec.json", **how)


def without(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def test_the_fields_of_a_section_change_with_its_version_alone() -> None:
    found: dict[tuple[str, int], set[str]] = {}
    for name, kind in (("model", ModelSpec), ("stage", StageSpec)):
        hints = get_type_hints(kind)
        found[name, version_of(name)] = set(hints)
        found |= {
            (field, version_of(field)): set(get_type_hints(hint))
            for field, hint in hints.items()
            if dataclasses.is_dataclass(hint)
        }
    for member in get_args(BaseSpec):
        section = f"base.{get_args(get_type_hints(member)['kind'])[0]}"
        found[section, version_of(section)] = set(get_type_hints(member))
    assert found == FIELDS
    assert set(UPGRADES) <= {section for section, _ in FIELDS}


def test_a_document_says_the_version_of_each_of_its_sections_and_comes_back() -> None:
    document = written()
    sections = {"model", "base.phi3v", "pool", "lora", "lift", "moe", "preprocess"}
    assert document[VERSIONS_KEY] == {section: version_of(section) for section in sections}
    assert read(document) == tiny_spec()
    stored = json.loads(json.dumps(to_document("stage", stage())))
    assert of_document(StageSpec, "stage", stored, STAGE) == stage()


def test_a_section_of_an_earlier_version_is_brought_up_and_the_others_are_left() -> None:
    old = written()
    old["lift"] = without(old["lift"], "rope_base", "depth_rope")
    old = without(old, "precision", VERSIONS_KEY)
    upgrades = {
        **UPGRADES,
        "lift": (
            lambda fields: {**fields, "turned": True},
            lambda fields: {**without(fields, "turned"), "depth_rope": fields["turned"], "rope_base": 100.0},
        ),
        "model": (lambda fields: {**fields, "precision": "strict"},),
    }
    assert read(old, upgrades=upgrades) == tiny_spec()
    # From the middle on: what is of version 2 takes the second step alone.
    half = {**old, "lift": {**old["lift"], "turned": False}, VERSIONS_KEY: {"lift": 2}}
    assert read(half, upgrades=upgrades).lift == dataclasses.replace(tiny_spec().lift, depth_rope=False)
    # What needs no step is taken as it is.
    now = {**written(), VERSIONS_KEY: {"lift": 3, "model": 2}}
    assert read(now, upgrades=upgrades) == tiny_spec()


def test_a_spec_of_before_recomputing_compiling_and_words_is_one_without_them() -> None:
    old = without(written(), VERSIONS_KEY, "recompute", "compile", "words")
    assert read(old) == dataclasses.replace(tiny_spec(), recompute="none", compile="none", words=())


def test_a_stage_of_before_there_were_micro_batches_passes_all_its_volumes_at_once() -> None:
    old = without(json.loads(json.dumps(to_document("stage", stage()))), VERSIONS_KEY, "micro_batch")
    old = without(old, "too_long", "task_cosine_every", "share_prefix")
    assert of_document(StageSpec, "stage", old, STAGE) == dataclasses.replace(stage(), micro_batch=0)


def test_a_stage_of_before_reports_could_be_cut_refuses_what_does_not_fit() -> None:
    old = without(json.loads(json.dumps(to_document("stage", stage(too_long="cut-report")))), "too_long")
    old = without(old, "task_cosine_every", "share_prefix")
    old[VERSIONS_KEY] = {**old[VERSIONS_KEY], "stage": 2}
    assert of_document(StageSpec, "stage", old, STAGE) == dataclasses.replace(stage(), too_long="refuse")


def test_a_stage_of_before_prefixes_were_shared_passes_every_item_by_itself() -> None:
    old = without(json.loads(json.dumps(to_document("stage", stage(share_prefix=True)))), "share_prefix")
    old[VERSIONS_KEY] = {**old[VERSIONS_KEY], "stage": 3}
    assert of_document(StageSpec, "stage", old, STAGE) == dataclasses.replace(stage(), share_prefix=False)


def test_adapters_written_before_they_could_drop_or_stand_in_the_tower_are_read() -> None:
    old = without(written(), VERSIONS_KEY)
    old["lora"] = without(old["lora"], "dropout", "vision_targets")
    assert read(old).lora == dataclasses.replace(tiny_spec().lora, dropout=0.0, vision_targets=())
    assert read(without(written(), VERSIONS_KEY)) == tiny_spec()


def test_a_field_that_an_upgrade_does_not_give_is_named() -> None:
    old = written()
    old["lift"] = without(old["lift"], "rope_base")
    with pytest.raises(TomoeError, match=r"spec\.json\.lift lacks \['rope_base'\]") as caught:
        read(old, upgrades={**UPGRADES, "lift": (lambda fields: fields,)})
    assert caught.value.code == "CHECKPOINT_INVALID"


@pytest.mark.parametrize(
    ("versions", "what"),
    [
        ({"moe": 99}, r"section moe of spec.json is of version 99, this version reads \d"),
        ({"model": 7}, r"section model of spec.json is of version 7, this version reads \d"),
        ({"base.phi3v": 9}, r"section base.phi3v of spec.json is of version 9"),
        ({"attention": 1}, "section attention of spec.json is not known here"),
    ],
)
def test_a_section_of_a_later_version_is_refused_by_name(versions: dict[str, int], what: str) -> None:
    with pytest.raises(TomoeError, match=what) as caught:
        read({**written(), VERSIONS_KEY: versions})
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
    assert caught.value.details == {"section": next(iter(versions))}


@pytest.mark.parametrize("versions", [[], 3, {"moe": "1"}, {"moe": 0}, {"moe": True}, {"moe": 1.0}])
def test_versions_that_are_none_are_refused(versions: Any) -> None:
    with pytest.raises(TomoeError, match=r"spec\.json\.versions") as caught:
        read({**written(), VERSIONS_KEY: versions})
    assert caught.value.code == "CHECKPOINT_INVALID"


def test_a_checkpoint_written_before_there_were_versions_is_read_and_trained_on(tmp_path: Path) -> None:
    model = tiny_model()
    running = StageTrainer(model, stage(), Ranks.alone())
    running.step(batch(0), plan(model))
    save_state(tmp_path, model, running)
    for name in (SPEC, STAGE):
        held = json.loads((tmp_path / name).read_text())
        assert VERSIONS_KEY in held
        (tmp_path / name).write_text(json.dumps(without(held, VERSIONS_KEY)))
    loaded = load_state(tmp_path, "cpu", training=True)
    assert loaded.training is not None and loaded.training.stage == stage()
    assert weights_digest(loaded.model) == weights_digest(model)


def test_a_checkpoint_of_a_later_section_is_refused_before_its_weights_are_read(tmp_path: Path) -> None:
    model = tiny_model()
    save_state(tmp_path, model, None)
    held = json.loads((tmp_path / SPEC).read_text())
    held[VERSIONS_KEY]["moe"] += 1
    (tmp_path / SPEC).write_text(json.dumps(held))
    (tmp_path / "weights.safetensors").write_bytes(b"")
    with pytest.raises(TomoeError, match=r"section moe of spec\.json is of version") as caught:
        load_state(tmp_path, "cpu", training=False)
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
