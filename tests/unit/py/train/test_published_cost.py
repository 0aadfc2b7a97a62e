"""train/cost.py of a base of published files: a step, what is held and what a checkpoint writes, each against
the real thing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from published import (
    FAMILIES,
    Written,
    published_base,
    published_model,
    write_base,
)
from safetensors.torch import load_file
from sampled import sampled
from step_cost import counted_step
from tiny_model import LORA, TASKS, plan, stage, tiny_spec
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.components import BASE
from tomoe_worker.model.io.base_folder import open_folder
from tomoe_worker.model.io.checkpoint import OPTIMIZER, WEIGHTS, save_state
from tomoe_worker.model.precision import has_bfloat16
from tomoe_worker.spec import Batch, BatchVolume, StageSpec
from tomoe_worker.train.cost import (
    AssumedTexts,
    Leaning,
    Mix,
    StageCost,
    batch_of,
    stage_cost,
)
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer
from torch.nn.attention import SDPBackend

MIX = Mix(volumes=2, tasks=TASKS, side=28)
ADAPTERS = {**LORA, "targets": ("o_proj",)}
ALIGN, SHARED, SPECIFIC = (
    stage(("projector", "lora"), steps=2),
    stage(("tokenExperts", "tokenRouter", "projector", "lora"), steps=2),
    stage(("taskExperts", "tokenRouter", "lora"), steps=2, routing="per-task"),
)
# Rows of 48 tokens beside image tokens: the tiny families are given room for them.
PARTS = {"lora": ADAPTERS, "lift": {"upper_blocks": 2, "depth": 4}}


def meta(written: Written, **fields: str) -> TomoeModel:
    base = published_base(written)
    spec = replace(tiny_spec(**PARTS), base=base, **fields)  # type: ignore[arg-type]
    codec = family_of(base).read_codec(base, (written.folder / "tokenizer.json").read_text())
    return TomoeModel(spec, AssumedTexts(codec), 0, "meta")


def real(batch: Batch) -> Batch:
    """The same batch with voxels."""
    generator = torch.Generator().manual_seed(4)
    volumes: tuple[BatchVolume, ...] = tuple(
        replace(one, voxels_DHW=torch.randint(-900, 900, one.voxels_DHW.shape, generator=generator).short())
        for one in batch.volumes
    )
    return replace(batch, volumes=volumes)


def counted(model: TomoeModel, of: StageSpec, leaning: Leaning) -> StageCost:
    groups = TASKS if of.routing == "per-task" else ("shared",)
    begun = plan(model)
    layers = tuple(replace(layer, groups=layer.groups[:1] * len(groups)) for layer in begun.layers)
    return stage_cost(model, of, MIX, replace(begun, groups=groups, layers=layers), leaning)


def kept_by(model: TomoeModel, trainer: StageTrainer, *backends: SDPBackend) -> tuple[int, int]:
    """Operations of one real step, and bytes that autograd kept of it."""
    batch = replace(real(batch_of(model, MIX)), step=trainer.next_step)
    return counted_step(model, trainer, batch, plan(model), *backends)


@pytest.mark.parametrize("name", FAMILIES)
def test_operations_and_activations_are_those_of_a_real_step(tmp_path: Path, name: str) -> None:
    written = write_base(tmp_path, name)
    targets = {"lora": {**ADAPTERS, "targets": ("o_proj",)}}
    found = []
    for backends in ((SDPBackend.FLASH_ATTENTION, SDPBackend.MATH), (SDPBackend.MATH,)):
        model = published_model(written, **{**PARTS, **targets})
        model.base.codec = AssumedTexts(model.base.codec)
        model.lift(1)
        found.append(kept_by(model, StageTrainer(model, SHARED, Ranks.alone()), *backends))
    (dense, activations), (whole, _) = found
    hollow = meta(written)
    hollow.lift(1)
    cost = counted(hollow, SHARED, Leaning(frozenset()))
    # As in test_cost.py: fused, attention is seven products for the six that the counter sees written out.
    assert cost.step_flops == pytest.approx(dense + (whole - dense) * 7 / 6, rel=0.01)
    assert abs(cost.activation_bytes / activations - 1) < 0.15


@pytest.mark.skipif(not has_bfloat16(torch.device("cpu")), reason="this processor has no units for bfloat16")
@pytest.mark.parametrize("name", ["phi3_v", "internvl-llama"])
def test_under_fast_activations_are_those_of_a_real_step_in_bfloat16(tmp_path: Path, name: str) -> None:
    written = write_base(tmp_path, name)
    model = published_model(written, **PARTS, precision="fast")
    model.base.codec = AssumedTexts(model.base.codec)
    model.lift(1)
    trainer = StageTrainer(model, SHARED, Ranks.alone())
    _, activations = kept_by(model, trainer, SDPBackend.FLASH_ATTENTION, SDPBackend.MATH)
    fast, strict = meta(written, precision="fast"), meta(written)
    for hollow in (fast, strict):
        hollow.lift(1)
    cost = counted(fast, SHARED, Leaning(frozenset()))
    assert abs(cost.activation_bytes / activations - 1) < 0.15
    exact = counted(strict, SHARED, Leaning(frozenset()))
    assert cost.activation_bytes < 0.8 * exact.activation_bytes
    assert cost.step_flops == exact.step_flops
    assert cost.weight_bytes == sum(one.nbytes for one in [*model.parameters(), *model.buffers()])


def written_by(model: TomoeModel, trainer: StageTrainer, folder: Path) -> int:
    """Bytes of the tensors that a checkpoint writes: weights and moments."""
    folder.mkdir()
    save_state(folder, model, trainer)
    weights = load_file(folder / WEIGHTS)
    moments = {name: one for name, one in load_file(folder / OPTIMIZER).items() if one.dim()}
    return sum(one.nbytes for one in [*weights.values(), *moments.values()])


@pytest.mark.parametrize(
    ("name", "redraw"),
    sampled(
        [(name, redraw) for name in FAMILIES for redraw in ((), ("vision",))],
        [("phi3_v", ()), ("internvl-qwen3", ("vision",))],
    ),
)
def test_a_checkpoint_is_said_to_take_what_it_takes_after_every_stage(
    tmp_path: Path, name: str, redraw: tuple[str, ...]
) -> None:
    written = write_base(tmp_path / "base", name)
    model = published_model(written, **PARTS, redraw=redraw)
    model.base.codec = AssumedTexts(model.base.codec)
    hollow, leaning = meta(written), Leaning(model.drawn_tensors)
    assert all(key.startswith(BASE) for key in model.drawn_tensors) and bool(redraw) == bool(
        model.drawn_tensors
    )
    for index, of in enumerate((ALIGN, SHARED, SPECIFIC)):
        if index == 1:
            model.lift(1)
            hollow.lift(1)
        cost = counted(hollow, of, leaning)
        trainer = StageTrainer(model, of, Ranks.alone())
        trainer.step(real(batch_of(model, MIX)), plan(model))
        # Every tensor that trains has got other values, so that no chance leaves one in the files.
        assert cost.checkpoint_bytes == written_by(model, trainer, tmp_path / str(index))


def test_a_checkpoint_of_a_frozen_base_is_small_and_one_without_files_is_whole(tmp_path: Path) -> None:
    written = write_base(tmp_path, "internvl-llama")
    lean, whole = (counted(meta(written), ALIGN, Leaning(drawn)) for drawn in (frozenset(), None))
    size = sum(one.numel() * 4 for one in open_folder_tensors(written))
    assert whole.checkpoint_bytes - lean.checkpoint_bytes > 0.5 * size


def open_folder_tensors(written: Written) -> list[torch.Tensor]:
    files = {held.file for held in open_folder(written.folder).stored.values()}
    return [one for file in files for one in load_file(file).values()]
