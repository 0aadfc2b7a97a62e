"""Every component of every base: what a stage trains gets a gradient and moves, nothing else does either."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from published import FAMILIES, Written, published_model, write_base
from sampled import sampled
from tiny_model import batch, plan, spread_experts, stage, volume
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.lift.inventory import tensor_digest
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.spec import Batch
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

BIAS = (0.05, 0.17, -0.18, 0.16)
OBJECTIVES = ("language", "patches", "facts")
SHARED = (
    "lowerVision", "upperVision", "tokenExperts", "tokenRouter", "projector", "language", "lora",
    "visionLora", "patchHead", "factHeads",
)  # fmt: skip
# Parts by dotted names, and parents of such.
PARTS = (
    "vision.embedding",
    "vision.blocks.1",
    "vision.blocks",
    "vision.experts.shared",
    "vision.gates",
    "vision",
)
CASES = [(name, False) for name in (*SHARED, *PARTS)] + [
    (name, True) for name in ("taskExperts", "tokenRouter", "vision.experts.report", "vision.experts")
]
EVERY = [(precision, *case) for case in CASES for precision in ("strict", "fast")]
# Each component once, in the two precisions by turns.
IN_TURNS = [one for at, one in enumerate(EVERY) if at % 4 in (0, 3)]


@pytest.fixture(scope="module", params=sampled(FAMILIES, ("phi3_v", "internvl-qwen2")))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    yield write_base(folder, request.param)


def model_with_everything(written: Written, precision: str) -> TomoeModel:
    bare = published_model(written)
    targets = family_of(bare.spec.base).adapter_targets(bare.spec.base)
    read = bare.tower.blocks_read
    model = published_model(
        written,
        precision=precision,
        moe={"sites": tuple(f"vision.blocks.{block}.mlp" for block in range(read - 2, read))},
        lora={"rank": 2, "targets": targets.language, "vision_targets": targets.vision},
    )
    model.lift(1)
    return spread_experts(model)


def batch_of_slices(step: int) -> Batch:
    held = batch(step)
    volumes = tuple(volume(one.volume_id, seed=step, side=28) for one in held.volumes)
    return dataclasses.replace(held, volumes=volumes)


def digests(model: TomoeModel) -> dict[str, str]:
    return {name: tensor_digest(one) for name, one in model.state_dict().items()}


@pytest.mark.parametrize(("precision", "component", "per_task"), sampled(EVERY, IN_TURNS))
def test_a_component_alone_gets_gradients_and_every_other_tensor_keeps_its_bytes(
    written: Written, precision: str, component: str, per_task: bool
) -> None:
    if precision == "fast" and not has_bfloat16(torch.device("cpu")):
        pytest.skip("this processor has no bfloat16 units")
    model = model_with_everything(written, precision)
    routing = "per-task" if per_task else "shared"
    reached = OBJECTIVES if component in ("patchHead", "factHeads") else ("language",)
    running = StageTrainer(model, stage((component,), reached, routing=routing), Ranks.alone())
    inside = {name for name, _ in model.trainable()[component]}
    before = digests(model)
    graded: set[str] = set()
    # Every token asks every expert. Two steps: an adapter's first matrix has none while the second is zero.
    for step in range(2):
        running.step(batch_of_slices(step), plan(model, top_k=4, bias=BIAS))
        graded |= {
            name
            for name, one in model.named_parameters()
            if one.grad is not None and float(one.grad.abs().max()) > 0
        }
    assert graded == inside
    parameters = dict(model.named_parameters())
    assert {name for name, one in parameters.items() if one.requires_grad} == inside
    assert all(one.grad is None for name, one in parameters.items() if name not in inside)
    after = digests(model)
    assert {name for name, digest in after.items() if digest != before[name]} == inside


def test_the_halves_of_the_tower_and_its_blocks_are_the_same_tensors(written: Written) -> None:
    model = model_with_everything(written, "strict")
    held = {name: {key for key, _ in members} for name, members in model.trainable().items()}
    read, first = model.tower.blocks_read, model.tower.first_upper
    blocks = [held[f"vision.blocks.{block}"] for block in range(read)]
    assert held["vision.upper"] == held["upperVision"] == set().union(*blocks[first:])
    assert held["vision.blocks"] == set().union(*blocks)
    assert held["vision.lower"] | held["vision.upper"] == held["vision.blocks"] | held["vision.embedding"] | (
        held.get("vision.norm", set())
    )
    assert (
        held["vision"]
        == held["vision.lower"] | held["vision.upper"] | held["vision.experts"] | (held["vision.gates"])
    )
    assert held["vision.experts.shared"] == held["vision.experts"] == held["tokenExperts"]
    # Adapters go by their own name: what they stand beside can be trained without them.
    assert held["language.lora"] == held["lora"] and not held["language"] & held["lora"]
    assert held["heads"] == held["heads.patch"] | held["heads.facts"]


def test_every_tensor_that_the_2d_model_reads_is_in_one_component_and_no_other_is(written: Written) -> None:
    model = model_with_everything(written, "strict")
    held = [name for members in model.components().values() for name, _ in members]
    assert len(held) == len(set(held))
    unread = {name for name, _ in model.named_parameters()} - set(held)
    base = {name.removeprefix("base.") for name in unread}
    assert all(model.base.part_of(name) is None for name in base)
    # Behind Phi-3-V's tap: its last block and the norm that nothing reads.
    assert bool(unread) == (written.layout == "phi3v-2d")
    assert {name.split(".")[-4] for name in base if "encoder.layers" in name} <= {"layers", "3"}
