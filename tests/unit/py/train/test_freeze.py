"""train/freeze.py: only declared tensors move, and a stage that cannot train its model is refused."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from tiny_model import (
    ADAMW,
    LORA,
    SHARED_TRAINS,
    SPECIFIC_TRAINS,
    VISION_LORA,
    batch,
    plan,
    spread_experts,
    stage,
    tiny_model,
    tiny_spec,
    tiny_tokenizer,
)
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.io.checkpoint import weights_digest
from tomoe_worker.model.lift.moe import GUIDE_TABLE
from tomoe_worker.spec import ComponentRate, ObjectiveWeight, StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.freeze import freeze
from tomoe_worker.train.trainer import StageTrainer


def moved(model: TomoeModel, of: StageSpec, depth: int, steps: int = 3) -> set[str]:
    """Components with a parameter that changed, after checking that nothing else did; buffers never
    change.
    """
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    trainer = StageTrainer(model, of, Ranks.alone())
    for step in range(steps):
        trainer.step(batch(step, depth=depth, seed=10 * step), plan(model))
    # A copy of the embeddings that gates read is taken where these train.
    before.setdefault(GUIDE_TABLE, before["base.model.embed_tokens.weight"])
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    members = {component: {name for name, _ in held} for component, held in model.components().items()}
    assert changed <= set().union(*members.values())
    return {component for component, names in members.items() if names & changed}


@pytest.mark.parametrize(
    ("trains", "objectives", "lifted"),
    [
        (("lowerVision", "upperVision", "patchHead", "factHeads"), ("patches", "facts"), False),
        (("projector", "language"), ("language",), False),
        (("lowerVision", "upperVision", "projector", "language"), ("language",), False),
        (("upperVision", "tokenExperts", "tokenRouter", "factHeads"), ("facts",), True),
        (SHARED_TRAINS, ("language",), True),
        (("tokenRouter",), ("language",), True),
    ],
)
def test_exactly_the_declared_components_move(
    trains: tuple[str, ...], objectives: tuple[str, ...], lifted: bool
) -> None:
    model = tiny_model(lifted=lifted)
    if lifted:
        spread_experts(model)
    assert moved(model, stage(trains, objectives), 4 if lifted else 1) == set(trains)


def test_the_specific_stage_moves_task_groups_and_leaves_shared_attention() -> None:
    model = spread_experts(tiny_model(per_task=True))
    assert moved(model, stage(SPECIFIC_TRAINS, routing="per-task"), 4) == set(SPECIFIC_TRAINS)


def test_adapters_alone_move_when_the_language_model_is_frozen() -> None:
    model = tiny_model(lora=LORA)
    assert moved(model, stage(("lora", "projector")), 4) == {"lora", "projector"}


@pytest.mark.parametrize("per_task", [False, True])
def test_adapters_of_experts_move_while_the_experts_stay_as_the_base_has_them(per_task: bool) -> None:
    model = tiny_model(lora=VISION_LORA, per_task=per_task)
    routing = "per-task" if per_task else "shared"
    trains = ("visionLora", "tokenRouter")
    assert moved(model, stage(trains, routing=routing), 4) == set(trains)
    copies = [name for name in model.kept.digests if ".experts." in name]
    assert len(copies) == (3 if per_task else 1) * 4 * 4


def test_gradients_reach_every_declared_tensor_and_nothing_behind_the_tap() -> None:
    # model/README.md, exact 5; the gates get a gradient once experts differ.
    model = spread_experts(tiny_model(projector={"separators": True}, lora=VISION_LORA))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_()
    trains = (*SHARED_TRAINS, "lowerVision", "lora", "visionLora", "patchHead", "factHeads")
    trainer = StageTrainer(model, stage(trains, ("language", "patches", "facts")), Ranks.alone())
    trainer.step(batch(0, volumes=3), plan(model))
    for component, members in model.components().items():
        for name, parameter in members:
            assert parameter.grad is not None, f"{component} {name}"
            # Key biases shift all logits of a query alike: their gradient is zero in exact arithmetic.
            assert ".k_proj.bias" in name or float(parameter.grad.abs().max()) > 0, f"{component} {name}"
    inside = {name for members in model.components().values() for name, _ in members}
    assert all(parameter.grad is None for name, parameter in model.named_parameters() if name not in inside)


def rates(*names: str) -> tuple[ComponentRate, ...]:
    return tuple(ComponentRate(component=name, learning_rate=1.0) for name in names)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"trains": ()}, "it trains nothing"),
        (
            {"trains": rates("eyes")},
            r"'eyes' is not a component or part of the model \(it has .*vision\.blocks\.0 to 2, ",
        ),
        ({"trains": rates("vision.blocks.7")}, "'vision.blocks.7' is not a component or part of the model"),
        ({"trains": rates("vision.experts.report")}, "'vision.experts.report' is not a component or part"),
        (
            {"trains": rates("vision.upper", "vision.blocks.2")},
            r"vision\.upper and vision\.blocks\.2 overlap: both hold base\..*layers\.2\.",
        ),
        ({"trains": rates("upperVision", "vision.upper")}, "upperVision and vision.upper overlap: both hold"),
        ({"trains": rates("tokenExperts", "vision")}, "tokenExperts and vision overlap: both hold"),
        (
            {"trains": rates("heads"), "objectives": (ObjectiveWeight(objective="facts", weight=1.0),)},
            r"patchHead gets no gradient without objective patches \(patchHead of heads\)",
        ),
        (
            {"trains": (ComponentRate(component="taskExperts", learning_rate=1.0),)},
            "the model has no taskExperts now",
        ),
        (
            {"trains": (ComponentRate(component="language", learning_rate=0.0),)},
            "trains\\[0\\].learningRate is 0.0",
        ),
        (
            {"trains": (ComponentRate(component="language", learning_rate=1.0),) * 2},
            "it trains language twice",
        ),
        ({"objectives": ()}, "it has no objective"),
        (
            {"optimizer": dataclasses.replace(ADAMW, kind="sgd")},
            "optimizer.kind is 'sgd', it must be one of adamw",
        ),
        (
            {"optimizer": dataclasses.replace(ADAMW, schedule="exponential")},
            "optimizer.schedule is 'exponential'",
        ),
        (
            {"optimizer": dataclasses.replace(ADAMW, decays="all")},
            "optimizer.decays is 'all', it must be one of matrices",
        ),
        (
            {"optimizer": dataclasses.replace(ADAMW, betas=(0.9,))},
            "optimizer.betas holds 1 numbers, not 2",
        ),
        (
            {"optimizer": dataclasses.replace(ADAMW, betas=(0.9, 1.0))},
            r"optimizer.betas\[1\] is 1.0, it must be a number of at least 0, below 1",
        ),
        (
            {"optimizer": dataclasses.replace(ADAMW, epsilon=0.0)},
            "optimizer.epsilon is 0.0, it must be a number above 0",
        ),
        ({"objectives": (ObjectiveWeight(objective="rhymes", weight=1.0),)}, "'rhymes' is not an objective"),
        (
            {"objectives": (ObjectiveWeight(objective="facts:age", weight=1.0),)},
            "'facts:age' is not an objective",
        ),
        (
            {"objectives": (ObjectiveWeight(objective="language", weight=math.nan),)},
            "objectives\\[0\\].weight is nan",
        ),
        (
            {"objectives": (ObjectiveWeight(objective="facts", weight=1.0),)},
            "language gets no gradient without objective",
        ),
        ({"routing": "per-task", "trains": ()}, "it trains nothing"),
        ({"routing": "soft"}, "routing is 'soft', it must be one of shared, per-task"),
        ({"steps": 0}, "steps is 0"),
        ({"warmup_fraction": 1.0}, "warmupFraction is 1.0"),
        ({"weight_decay": -1.0}, "weightDecay is -1.0"),
        ({"clip_norm": 0.0}, "clipNorm is 0.0"),
    ],
)
def test_a_stage_that_cannot_train_the_model_is_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(TomoeError, match=what) as caught:
        freeze(tiny_model(), dataclasses.replace(stage(), **changes))
    assert caught.value.code == "CONFIG_INVALID"


def test_a_stage_may_name_one_block_one_task_s_experts_and_a_rate_for_each() -> None:
    model = spread_experts(tiny_model(per_task=True))
    trains = {"vision.blocks.1": 1e-2, "vision.experts.report": 1e-3, "vision.gates": 1e-4, "language": 1e-5}
    named = tuple(ComponentRate(component=name, learning_rate=rate) for name, rate in trains.items())
    of = dataclasses.replace(stage(SPECIFIC_TRAINS, routing="per-task"), trains=named)
    trained = freeze(model, of)
    assert [(one.component, one.learning_rate) for one in trained] == list(trains.items())
    free = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert free == {name for one in trained for name, _ in one.parameters}
    held = model.trainable()
    assert all(".layers.1." in name for name, _ in held["vision.blocks.1"])
    assert all(".groups.report.experts." in name for name, _ in held["vision.experts.report"])
    assert moved(model, of, depth=4) == {"upperVision", "taskExperts", "tokenRouter", "language"}


def test_an_alias_and_its_part_train_the_same_tensors_to_the_same_bits() -> None:
    aliases = ("upperVision", "tokenExperts", "tokenRouter", "projector", "language", "factHeads")
    parts = ("vision.upper", "vision.experts.shared", "vision.gates", "projector", "language", "heads.facts")
    digests = []
    for names in (aliases, parts):
        model = spread_experts(tiny_model())
        StageTrainer(model, stage(names, ("language", "facts")), Ranks.alone()).step(batch(0), plan(model))
        digests.append(weights_digest(model))
    assert digests[0] == digests[1]


def test_labels_without_a_head_are_refused() -> None:
    model = tiny_model()
    model.patch_head = None
    with pytest.raises(TomoeError, match="objective patches needs patchClasses in the model"):
        freeze(model, stage(("upperVision",), ("patches",)))


def test_words_reach_projector_and_vision_without_the_decoder() -> None:
    model = dataclasses.replace(tiny_spec(lora=LORA), words=("cyst", "liver"))
    held = TomoeModel(model, tiny_tokenizer(), 1, "cpu")
    held.lift(1)
    spread_experts(held)
    trains = ("upperVision", "tokenExperts", "tokenRouter", "projector", "wordHead")
    volumes = tuple(dataclasses.replace(one, words=(at,)) for at, one in enumerate(batch(0).volumes))
    trainer = StageTrainer(held, stage(trains, ("words",)), Ranks.alone())
    trainer.step(dataclasses.replace(batch(0), volumes=volumes, items=()), plan(held))
    for component, members in held.components().items():
        for name, parameter in members:
            if component in trains:
                # No text is read here; of key biases as above.
                silent = ".k_proj.bias" in name or name.startswith("prompt_guide.")
                assert silent or (parameter.grad is not None and float(parameter.grad.abs().max()) > 0), name
            else:
                assert parameter.grad is None, name
    for component in ("language", "lora"):
        with pytest.raises(TomoeError, match=f"{component} gets no gradient without objective language"):
            freeze(held, stage((component, "wordHead"), ("words",)))


def test_words_are_refused_where_the_model_has_none_and_where_no_caption_is() -> None:
    with pytest.raises(TomoeError, match="objective words needs words in the model"):
        freeze(tiny_model(), stage(("projector",), ("words",)))
    with pytest.raises(TomoeError, match="projector gets no gradient without objective language or words"):
        freeze(tiny_model(), stage(("projector", "factHeads"), ("facts",)))
    held = TomoeModel(dataclasses.replace(tiny_spec(), words=("cyst",)), tiny_tokenizer(), 1, "cpu")
    trainer = StageTrainer(held, stage(("projector", "wordHead"), ("words",)), Ranks.alone())
    with pytest.raises(TomoeError, match="nothing in the batch of step 0 counts for objective words"):
        trainer.step(batch(0, depth=1), plan(held))


def test_per_task_groups_cannot_train_as_one() -> None:
    with pytest.raises(
        TomoeError, match=r"routing is shared, the model has groups \['report', 'closed-vqa', 'open-vqa'\]"
    ):
        freeze(tiny_model(per_task=True), stage(("projector", "language")))


def test_every_problem_is_named_at_once() -> None:
    broken = dataclasses.replace(stage(), trains=(), steps=0, clip_norm=-1.0)
    with pytest.raises(TomoeError) as caught:
        freeze(tiny_model(), broken)
    assert len(caught.value.details["problems"]) == 3  # type: ignore[arg-type]
