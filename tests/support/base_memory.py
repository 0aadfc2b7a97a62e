"""A base of random numbers in InternVL's published layout, and what loading it and saving a lift of it take:
each measured in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ROOTS = [str(_HERE.parents[1] / "py-runtime"), str(_HERE)]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Those of a config that decide how many numbers a base has."""

    vision_width: int
    vision_layers: int
    text_width: int
    text_layers: int
    text_mlp: int
    vocab: int


# Of DINOv2-S/14 and SmolLM2-135M, joined: 157.8 M parameters.
REAL = Sizes(vision_width=384, vision_layers=12, text_width=576, text_layers=30, text_mlp=1536, vocab=49_152)


def measure(folder: Path, sizes: Sizes) -> dict[str, float]:
    """Write such a base into an empty folder, load it in either precision, and save and load checkpoints of
    what two stages may change.

    Returns:
        "parameters"; "strict" and "fast", the peak of loading beyond what the process held before, over the
        model's own bytes; "fastBytes", the bytes of the model in fast over those in strict; "save" and
        "resume", the peaks of saving a checkpoint and of loading it, over the same; "shared" and "perTask",
        the weights of a checkpoint over those of the base.
    """
    found: dict[str, float] = {}
    for action in ("write", "strict", "fast", "save", "resume"):
        command = [sys.executable, "-c", _CHILD, json.dumps([_ROOTS, action, str(folder), asdict(sizes)])]
        child = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert child.returncode == 0, child.stderr
        found.update(json.loads(child.stdout.splitlines()[-1]))
    strict, fast = found.pop("strictBytes"), found["fastBytes"]
    return {**found, "fastBytes": fast / strict}


_CHILD = """
import dataclasses, json, sys
roots, action, folder, sizes = json.loads(sys.argv[1])
sys.path[:0] = roots
from pathlib import Path
import torch
from published import chatml_tokenizer, internvl_config
from safetensors.torch import save_file
from tiny_model import TASKS, stage, tiny_spec
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.base_folder import load_weights, open_folder
from tomoe_worker.model.io.checkpoint import WEIGHTS, load_state, save_state
from tomoe_worker.spec import PublishedBase
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer

torch.set_num_threads(1)
folder = Path(folder)
base = folder / "base"

def held(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(what)).split()[1])

def config():
    width = sizes["text_width"]
    made = internvl_config(
        hidden_size=sizes["vision_width"], intermediate_size=4 * sizes["vision_width"],
        num_attention_heads=6, num_hidden_layers=sizes["vision_layers"], image_size=[518, 518],
        patch_size=[14, 14],
    )
    made["text_config"].update(
        hidden_size=width, intermediate_size=sizes["text_mlp"], num_hidden_layers=sizes["text_layers"],
        num_attention_heads=9, num_key_value_heads=3, vocab_size=sizes["vocab"], max_position_embeddings=8192,
    )
    return made

def model_of(precision):
    of = open_folder(base)
    digest = (folder / "digest").read_text() if (folder / "digest").exists() else ""
    published = PublishedBase(
        kind="published", family=of.family, config=of.config, weights_digest=digest, image_size=112,
        max_positions=512, layout="internvl", redraw=(),
    )
    lora = {"rank": 16, "targets": ("q_proj", "k_proj", "v_proj", "o_proj")}
    last = sizes["vision_layers"] - 1
    spec = tiny_spec(lift={"upper_blocks": 4, "depth": 16}, lora=lora, pool={"depth": 4})
    moe = dataclasses.replace(spec.moe, sites=(f"vision.blocks.{last}.mlp",), text_width=32)
    spec = dataclasses.replace(spec, base=published, moe=moe, precision=precision)
    return of, TomoeModel(spec, of.codec(published), 3, "cpu")

def bytes_of(model):
    return sum(tensor.nbytes for tensor in model.state_dict().values())

if action == "write":
    base.mkdir()
    (base / "config.json").write_text(json.dumps(config()))
    (base / "tokenizer.json").write_text(chatml_tokenizer())
    save_file({"none": torch.zeros(1)}, base / "model.safetensors")
    of, model = model_of("strict")
    rules = family_of(model.spec.base).rules(model.spec.base)
    generator = torch.Generator().manual_seed(1)
    from tomoe_worker.model.bases.keys import own_name
    tensors = {
        rules.on_disk(own_name(key)): torch.randn(one.shape, generator=generator) * 0.02
        for key, one in model.base.state_dict().items() if ".lora_" not in key
    }
    save_file(tensors, base / "model.safetensors")
    (folder / "digest").write_text(BaseFiles(base, "").digest)
    print(json.dumps({"parameters": sum(one.numel() for one in tensors.values())}))
elif action in ("strict", "fast"):
    # Whatever torch, peft and the tokenizer allocate once is no part of the model.
    of, model = model_of(action)
    before = held("VmRSS:")
    Path("/proc/self/clear_refs").write_text("5")
    load_weights(model, of, 5, "cpu")
    size = bytes_of(model)
    print(json.dumps({action: (held("VmHWM:") - before) / size, f"{action}Bytes": size}))
elif action == "save":
    of, model = model_of("strict")
    load_weights(model, of, 5, "cpu")
    model.lift(1)
    of_base = sum(path.stat().st_size for path in base.glob("*.safetensors"))
    found, shares = {}, ("upperVision", "tokenExperts", "tokenRouter", "projector", "lora")
    for name, trains, routing in (
        ("shared", shares, "shared"),
        ("perTask", ("taskExperts", "tokenRouter", "projector", "lora"), "per-task"),
    ):
        trainer = StageTrainer(model, stage(trains, routing=routing), Ranks.alone())
        (folder / name).mkdir()
        before, size = held("VmRSS:"), bytes_of(model)
        Path("/proc/self/clear_refs").write_text("5")
        save_state(folder / name, model, trainer)
        found["save"] = max(found.get("save", 0), 1 + (held("VmHWM:") - before) / size)
        found[name] = (folder / name / WEIGHTS).stat().st_size / of_base
    print(json.dumps(found))
else:
    of, model = model_of("strict")
    files = BaseFiles(base, "")
    del model
    before = held("VmRSS:")
    Path("/proc/self/clear_refs").write_text("5")
    loaded = load_state(folder / "perTask", "cpu", training=False, find=lambda _digest: files).model
    print(json.dumps({"resume": (held("VmHWM:") - before) / bytes_of(loaded)}))
"""
