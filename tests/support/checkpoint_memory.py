"""Peak memory of saving and of loading a checkpoint, each measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ROOTS = [str(_HERE.parents[1] / "py-runtime"), str(_HERE)]


def measure(folder: Path, hidden: int, layers: int) -> dict[str, float]:
    """Save a model of a generated base into an empty folder, load it, and say what each took.

    Returns:
        "parameters"; "save", "load", and "lean" of a checkpoint that leans on its base's files: the peak
        beyond what the process held before the model, over the model's own bytes; "leanBytes": its weights
        over those of its base.
    """
    found: dict[str, float] = {}
    for action in ("save", "load", "lean"):
        command = [sys.executable, "-c", _CHILD, json.dumps([_ROOTS, action, str(folder), hidden, layers])]
        child = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert child.returncode == 0, child.stderr
        found.update(json.loads(child.stdout))
    return found


_CHILD = """
import json, sys
roots, action, folder, hidden, layers = json.loads(sys.argv[1])
sys.path[:0] = roots
from pathlib import Path
import torch
from tiny_model import tiny_model
from safetensors.torch import save_file
from tomoe_worker.model.components import is_of_base
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.checkpoint import WEIGHTS, load_state, save_state

torch.set_num_threads(1)

def held(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(what)).split()[1])

# Whatever torch and the tokenizer allocate once is no part of the model.
warm = tiny_model()
with torch.no_grad():
    warm.base.decoder.embed(torch.zeros(1, dtype=torch.int64))
whole, lean, published = (Path(folder, name) for name in ("whole", "lean", "published"))
if action == "save":
    for each in (whole, lean, published):
        each.mkdir()
before = held("VmRSS:")
if action == "save":
    sizes = {"hidden": hidden, "mlp": 4 * hidden, "layers": layers, "heads": 8, "key_value_heads": 8}
    model = tiny_model(lifted=False, language=sizes)
    Path("/proc/self/clear_refs").write_text("5")
    save_state(whole, model, None)
elif action == "load":
    Path("/proc/self/clear_refs").write_text("5")
    model = load_state(whole, "cpu", training=False).model
else:
    Path("/proc/self/clear_refs").write_text("5")
    model = load_state(lean, "cpu", training=False, find=lambda _digest: BaseFiles(published, "way")).model
size = sum(tensor.nbytes for tensor in model.state_dict().values())
peak = (held("VmHWM:") - before) / size
parameters = sum(parameter.numel() for parameter in model.parameters())
found = {action: peak, "parameters": parameters}
if action == "save":
    of_base = {key: tensor for key, tensor in model.state_dict().items() if is_of_base(key)}
    save_file(of_base, published / "model.safetensors")
    model.base_files = BaseFiles(published, "way")
    model.lift(1)
    save_state(lean, model, None)
    base_bytes = sum(tensor.nbytes for tensor in of_base.values())
    found["leanBytes"] = (lean / WEIGHTS).stat().st_size / base_bytes
print(json.dumps(found))
"""
