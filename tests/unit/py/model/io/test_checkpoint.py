"""model/io/checkpoint.py: everything comes back, and nothing damaged, foreign or executable gets in."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from sampled import sampled
from tiny_model import LORA, SPECIFIC_TRAINS, TASKS, batch, plan, spread_experts, stage, tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.io import checkpoint
from tomoe_worker.model.io.checkpoint import (
    KEPT,
    MODEL_FILES,
    OPTIMIZER,
    SPEC,
    STAGE,
    STATE,
    TOKENIZER,
    TRAINING_FILES,
    WEIGHTS,
    load_state,
    put_weights,
    random_file,
    save_random,
    save_state,
    weights_digest,
)
from tomoe_worker.model.io.state import TrainingState
from tomoe_worker.train.distributed import Ranks

RANDOM = random_file(0)
ROOT = Path(__file__).resolve().parents[5]
CAN_MOUNT = subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0
MOUNTED = 'mount -t tmpfs -o size=96k none "$1" && exec "$2" -c "$3" "$1"'
# Saves on a disk that is too small, then on one that takes nothing: what is said, and what is left.
SAVE = f"""
import subprocess, sys
from pathlib import Path
sys.path[:0] = [{str(ROOT / "py-runtime")!r}, {str(ROOT / "tests/support")!r}]
from tiny_model import tiny_model
from tomoe_worker.errors import TomoeError
from tomoe_worker.model.io.checkpoint import save_state
disk = Path(sys.argv[1])
model = tiny_model()
for name in ("small", "read-only"):
    (disk / name).mkdir()
    if name == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        save_state(disk / name, model, None)
    except TomoeError as error:
        print(error.code, error.what, error.details.get("neededBytes", 0) > 96 * 1024, sep=" | ")
    if name == "small":
        for file in (disk / name).iterdir():
            file.unlink()
"""


class Held:
    """A training state that stands still."""

    def __init__(self, rank: int = 0, world_size: int = 1) -> None:
        self.ranks = Ranks(rank=rank, world_size=world_size)

    def random_states(self) -> dict[str, torch.Tensor]:
        return {"torch_cpu": torch.Generator().manual_seed(self.ranks.rank).get_state()}

    def training_state(self) -> TrainingState:
        moments = {"base.lm_head.weight|exp_avg": torch.ones(2, 2)}
        return TrainingState(
            stage=stage(),
            next_step=4,
            optimizer=moments,
            random=self.random_states(),
            rank=self.ranks.rank,
            world_size=self.ranks.world_size,
        )


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, TomoeModel]:
    model = spread_experts(tiny_model(per_task=True, projector={"separators": True}))
    save_state(tmp_path, model, Held())
    return tmp_path, model


def test_a_model_comes_back_with_structure_tokenizer_and_every_bit(saved: tuple[Path, TomoeModel]) -> None:
    folder, model = saved
    loaded = load_state(folder, "cpu", training=True)
    assert sorted(path.name for path in folder.iterdir()) == sorted(MODEL_FILES + TRAINING_FILES + (RANDOM,))
    assert weights_digest(loaded.model) == weights_digest(model)
    assert loaded.model.spec == model.spec and loaded.model.groups == TASKS and loaded.model.lifted
    assert loaded.model.base.codec.digest == model.base.codec.digest
    assert (loaded.stage_name, loaded.next_step) == ("s", 4)
    assert loaded.training is not None
    assert loaded.training.stage == stage() and loaded.training.next_step == 4
    assert torch.equal(loaded.training.optimizer["base.lm_head.weight|exp_avg"], torch.ones(2, 2))
    assert torch.equal(loaded.training.random["torch_cpu"], Held().random_states()["torch_cpu"])


def test_every_rank_gets_its_own_random_state_back_and_one_that_was_not_there_none(tmp_path: Path) -> None:
    model = tiny_model()
    save_state(tmp_path, model, Held(0, 2))
    assert save_random(tmp_path, Held(1, 2)) == (random_file(1),)
    for rank in (0, 1):
        loaded = load_state(tmp_path, "cpu", training=True, rank=rank).training
        assert loaded is not None and (loaded.rank, loaded.world_size) == (rank, 2)
        assert torch.equal(loaded.random["torch_cpu"], Held(rank).random_states()["torch_cpu"])
    third = load_state(tmp_path, "cpu", training=True, rank=2).training
    assert third is not None and third.random == {} and third.world_size == 2
    (tmp_path / random_file(1)).unlink()
    with pytest.raises(TomoeError, match=r"\[CHECKPOINT_MISSING\] the checkpoint lacks random-1.safetensors"):
        load_state(tmp_path, "cpu", training=True, rank=1)


@pytest.mark.parametrize("change", [{"next_step": 7}, {"next_step": -1}, {"stage": "other"}])
def test_a_state_beyond_its_stage_is_refused(
    saved: tuple[Path, TomoeModel], change: dict[str, object]
) -> None:
    folder, _ = saved
    state = json.loads((folder / STATE).read_text())
    (folder / STATE).write_text(json.dumps({**state, **change}))
    with pytest.raises(
        TomoeError, match=r"state.json stands at step .*, stage.json is 's' of 6 steps"
    ) as caught:
        load_state(folder, "cpu", training=True)
    assert caught.value.code == "CHECKPOINT_INVALID"


def test_what_of_the_base_is_untouched_comes_back_with_the_model(saved: tuple[Path, TomoeModel]) -> None:
    folder, model = saved
    assert model.kept.base_digest and load_state(folder, "cpu", training=False).model.kept == model.kept


@pytest.mark.parametrize("lifted", [False, True])
def test_a_model_saved_alone_loads_and_cannot_be_resumed(tmp_path: Path, lifted: bool) -> None:
    model = tiny_model(lifted=lifted)
    assert save_state(tmp_path, model, None) == MODEL_FILES
    loaded = load_state(tmp_path, "cpu", training=False)
    assert loaded.model.lifted is lifted and loaded.training is None
    assert weights_digest(loaded.model) == weights_digest(model)
    with pytest.raises(
        TomoeError, match=r"\[CHECKPOINT_MISSING\] the checkpoint lacks stage.json, optimizer"
    ) as caught:
        load_state(tmp_path, "cpu", training=True)
    assert caught.value.code == "CHECKPOINT_MISSING"


def test_the_digest_sees_every_weight() -> None:
    model = tiny_model()
    digest = weights_digest(model)
    assert weights_digest(tiny_model()) == digest
    with torch.no_grad():
        model.base.lm_head.weight[3, 2] += 1e-7
    assert weights_digest(model) != digest


def test_saving_needs_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(TomoeError, match=r"\[OUTPUT_CREATE\] the checkpoint folder does not exist"):
        save_state(tmp_path / "absent", tiny_model(), None)
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(TomoeError, match=r"\[OUTPUT_EXISTS\] the checkpoint folder holds note.txt") as caught:
        save_state(tmp_path, tiny_model(), None)
    assert caught.value.code == "OUTPUT_EXISTS"
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize("name", [WEIGHTS, OPTIMIZER, RANDOM, SPEC, STAGE, STATE, TOKENIZER, KEPT])
def test_a_file_cut_anywhere_is_refused_by_name(saved: tuple[Path, TomoeModel], name: str) -> None:
    folder, _ = saved
    whole = (folder / name).read_bytes()
    for keep in (0, 1, 9, len(whole) // 2, len(whole) - 1 if name.endswith("tensors") else len(whole) - 3):
        (folder / name).write_bytes(whole[:keep])
        with pytest.raises(TomoeError) as caught:
            load_state(folder, "cpu", training=True)
        assert caught.value.code == "CHECKPOINT_INVALID", keep
        assert name in str(caught.value) or "tokenizer" in str(caught.value)


@pytest.mark.parametrize("name", [WEIGHTS, SPEC, STATE, TOKENIZER, STAGE, KEPT, RANDOM])
def test_an_absent_file_is_named(saved: tuple[Path, TomoeModel], name: str) -> None:
    folder, _ = saved
    (folder / name).unlink()
    with pytest.raises(TomoeError, match=rf"\[CHECKPOINT_MISSING\] the checkpoint lacks {name}"):
        load_state(folder, "cpu", training=True)


@pytest.mark.parametrize("name", ["weights.bin", "model.pt", "x.ckpt", WEIGHTS, "innocent.json"])
def test_a_pickle_is_refused_under_any_name_and_never_run(saved: tuple[Path, TomoeModel], name: str) -> None:
    folder, _ = saved
    bomb = folder.parent / f"{folder.name}-ran"

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str, str]]:
            return open, (str(bomb), "w")

    (folder / name).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(TomoeError, match=rf"\[CHECKPOINT_PICKLE\] {name} is a pickle") as caught:
        load_state(folder, "cpu", training=True)
    assert caught.value.code == "CHECKPOINT_PICKLE" and "safetensors" in caught.value.hint
    assert not bomb.exists()


def test_an_old_text_pickle_is_refused_by_its_suffix(saved: tuple[Path, TomoeModel]) -> None:
    folder, _ = saved
    (folder / "optimizer.pkl").write_bytes(pickle.dumps([1], protocol=0))
    with pytest.raises(TomoeError, match=r"\[CHECKPOINT_PICKLE\] optimizer.pkl is a pickle"):
        load_state(folder, "cpu", training=True)


def test_a_torch_archive_is_refused_by_its_content(saved: tuple[Path, TomoeModel]) -> None:
    folder, model = saved
    torch.save(model.state_dict(), folder / WEIGHTS)
    with pytest.raises(TomoeError, match=r"\[CHECKPOINT_PICKLE\] weights.safetensors is a pickle"):
        load_state(folder, "cpu", training=False)


def test_keys_and_shapes_that_differ_are_listed_up_to_ten(saved: tuple[Path, TomoeModel]) -> None:
    folder, _ = saved
    tensors = load_file(folder / WEIGHTS)
    tensors["base.lm_head.weight"] = tensors["base.lm_head.weight"].T.contiguous()
    tensors["extra"] = torch.zeros(2)
    del tensors["base.model.norm.weight"]
    save_file(tensors, folder / WEIGHTS)
    with pytest.raises(TomoeError) as caught:
        load_state(folder, "cpu", training=False)
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
    assert "3 tensors do not fit" in str(caught.value)
    for line in (
        "base.model.norm.weight: missing, expected [16]",
        "extra: unexpected, [2]",
        "base.lm_head.weight: [16, 330] torch.float32, expected [330, 16] torch.float32",
    ):
        assert line in str(caught.value)
    model = tiny_model()
    with pytest.raises(TomoeError) as caught:
        put_weights(model, {}, "cpu")
    assert len(caught.value.details["tensors"]) == 10  # type: ignore[arg-type]
    assert caught.value.details["count"] == len(model.state_dict())


def test_another_type_of_number_is_refused(saved: tuple[Path, TomoeModel]) -> None:
    folder, _ = saved
    tensors = load_file(folder / WEIGHTS)
    tensors["base.lm_head.weight"] = tensors["base.lm_head.weight"].half()
    save_file(tensors, folder / WEIGHTS)
    with pytest.raises(TomoeError, match=r"torch\.float16, expected"):
        load_state(folder, "cpu", training=False)


def test_weights_that_are_not_finite_are_refused_by_name(saved: tuple[Path, TomoeModel]) -> None:
    folder, _ = saved
    tensors = load_file(folder / WEIGHTS)
    tensors["base.model.norm.weight"][2] = float("inf")
    save_file(tensors, folder / WEIGHTS)
    with pytest.raises(
        TomoeError, match=r"1 tensors hold values that are not finite, first base\.model\.norm\.weight"
    ) as caught:
        load_state(folder, "cpu", training=False)
    assert caught.value.code == "CHECKPOINT_INVALID"


def test_another_format_and_another_tokenizer_are_refused(saved: tuple[Path, TomoeModel]) -> None:
    folder, _ = saved
    state = json.loads((folder / STATE).read_text())
    (folder / STATE).write_text(json.dumps({**state, "format": "tomoe.checkpoint/9"}))
    with pytest.raises(
        TomoeError, match=r"has format 'tomoe.checkpoint/9', this version reads 'tomoe.checkpoint/4'"
    ):
        load_state(folder, "cpu", training=False)
    (folder / STATE).write_text(json.dumps({**state, "tokenizer_digest": "0" * 64}))
    with pytest.raises(TomoeError, match="the tokenizer is not the one the checkpoint was saved with"):
        load_state(folder, "cpu", training=False)


def test_an_absent_folder_is_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(TomoeError, match=r"\[CHECKPOINT_MISSING\] there is no checkpoint folder"):
        load_state(tmp_path / "none", "cpu", training=False)


def test_the_stage_trains_on_after_loading_weights_alone(saved: tuple[Path, TomoeModel]) -> None:
    from tomoe_worker.train.distributed import Ranks
    from tomoe_worker.train.trainer import StageTrainer

    loaded = load_state(saved[0], "cpu", training=False).model
    running = StageTrainer(loaded, stage(SPECIFIC_TRAINS, routing="per-task"), Ranks.alone())
    assert running.step(batch(0), plan(loaded)).loss > 0


@pytest.mark.skipif(not CAN_MOUNT, reason="a disk of its own needs a mount namespace (unshare -rm)")
def test_a_full_disk_and_a_read_only_one_are_told_apart_and_the_bytes_needed_are_named(
    tmp_path: Path,
) -> None:
    child = subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNTED, "sh", str(tmp_path), sys.executable, SAVE],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert child.stderr == ""
    full, read_only = child.stdout.splitlines()
    assert full.startswith("DISK_FULL | the checkpoint could not be written: ")
    assert full.endswith(": ENOSPC | True")
    assert read_only.startswith("PERMISSION | the checkpoint could not be written: OSError: EROFS")
    assert read_only.endswith(" | False")


OTHER_KINDS = sampled(
    (None, True, -1, 3, 0.5, 1e400, 10**400, "", "x", [], ["x"], {}, {"x": 1}),
    (None, True, -1, 1e400, "x", ["x"]),
)


def changed(value: Any) -> Iterator[tuple[str, Any]]:
    """Every way to drop a key of a JSON object, or to put a value of another kind or range in its place."""
    for key, held in list(value.items())[:16]:
        yield f"without {key}", {name: one for name, one in value.items() if name != key}
        for other in OTHER_KINDS:
            if type(other) is not type(held) or other != held:
                yield f"{key} {other!r:.20}", {**value, key: other}
        if isinstance(held, dict):
            yield from ((f"{key}.{what}", {**value, key: inner}) for what, inner in changed(held))


@pytest.mark.parametrize("name", [STATE, SPEC, STAGE, KEPT])
def test_a_damaged_description_is_a_typed_error_whatever_the_damage(
    saved: tuple[Path, TomoeModel], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = saved
    whole = json.loads((folder / name).read_text())
    weights = load_file(folder / WEIGHTS)
    # The weights are whole and read once: what is looked at is the description.
    monkeypatch.setattr(checkpoint, "read_tensors", lambda path: weights if path.name == WEIGHTS else {})
    told: dict[str, set[str]] = {}
    for what, value in changed(whole):
        (folder / name).write_text(json.dumps(value))
        try:
            load_state(folder, "meta", training=True)
        except TomoeError as error:
            told.setdefault(error.code, set()).add(what)
        else:
            told.setdefault("read", set()).add(what)
    # A value of the right kind within its range may be another model's: then the weights do not fit it.
    assert set(told) <= {"CHECKPOINT_INVALID", "CHECKPOINT_INCOMPATIBLE", "read"}
    # Without versions it is one of before there were any.
    assert {f"without {key}" for key in whole if key != "versions"} <= told["CHECKPOINT_INVALID"]
    assert {f"{key} None" for key in whole} <= told["CHECKPOINT_INVALID"]


@pytest.mark.parametrize("rank", [0, 2])
def test_a_checkpoint_from_before_peft_is_read_without_adapters_and_refused_by_name_with_them(
    tmp_path: Path, rank: int
) -> None:
    lora = {**LORA, "rank": rank} if rank else {}
    save_state(tmp_path, tiny_model(lora=lora), Held())
    spec = json.loads((tmp_path / SPEC).read_text())
    # As it was written then: no versions, no dropout, maps at their own place and adapters without a name.
    del spec["versions"], spec["lora"]["dropout"], spec["lora"]["vision_targets"]
    (tmp_path / SPEC).write_text(json.dumps(spec))
    weights = load_file(tmp_path / WEIGHTS)
    old = {
        own_name(re.sub(r"(lora_[AB])\.default\.weight$", r"\1", name)): one for name, one in weights.items()
    }
    save_file(old, tmp_path / WEIGHTS)
    if rank == 0:
        assert load_state(tmp_path, "cpu", training=False).model.spec.lora.dropout == 0.0
        return
    with pytest.raises(TomoeError, match=r"qkv_proj\.lora_A\.default\.weight: missing") as caught:
        load_state(tmp_path, "cpu", training=False)
    assert caught.value.code == "CHECKPOINT_INCOMPATIBLE"
