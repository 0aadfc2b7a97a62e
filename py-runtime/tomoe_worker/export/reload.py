"""Reads an export back with the libraries it was written for, in a process that knows nothing of ours.

``python -m tomoe_worker.export.reload`` reads one JSON document from stdin - ``out``, the folder of the
export, and ``probe``, the file with inputs and our answer - and prints one: ``{"ok": true, "library": "...",
"version": "...", "maxAbsDifference": x, "parts": [...]}``, or the failure with exit code 1.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file
from torch import Tensor

from tomoe_worker.errors import TomoeError
from tomoe_worker.export.own import CONFIG
from tomoe_worker.export.write import ADAPTER_FOLDER, BASE_FOLDER, OWN_FOLDER
from tomoe_worker.machine.answer import answered
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.lora import with_saved_adapter
from tomoe_worker.model.io.documents.sections import of_document
from tomoe_worker.model.io.files import read_json
from tomoe_worker.spec import ModelSpec

# Of the largest logit: other kernels, and an adapter that was merged, round otherwise.
TOLERANCE: Final = 1e-4


def reload(request: dict[str, Any]) -> dict[str, Any]:
    """Logits of the stock class against ours.

    Raises:
        TomoeError: ``INTERNAL`` if they differ by more than ``TOLERANCE`` of the largest.
    """
    out, held = Path(request["out"]), load_file(request["probe"])
    spec = of_document(ModelSpec, "model", read_json(out / OWN_FOLDER / CONFIG)["spec"], CONFIG)
    assert spec.base.kind == "published"
    stock = family_of(spec.base).stock(spec.base)
    module, library = stock.load(out / BASE_FOLDER), "transformers"
    if (out / ADAPTER_FOLDER).is_dir():
        module, library = with_saved_adapter(module, out / ADAPTER_FOLDER), "peft"
    ids_ST, inputs = held["ids_ST"], {}
    if stock.image_token is not None:
        inputs = {"pixel_values": held["pixels_S3II"]}
    with torch.inference_mode():
        theirs: Tensor = module.eval()(input_ids=ids_ST, **inputs).logits
    ours = held["logits_STV"]
    difference, scale = float((theirs - ours).abs().max()), float(ours.abs().max())
    if not difference <= TOLERANCE * max(scale, 1.0):
        raise TomoeError(
            "INTERNAL",
            f"{library} reads the export back with logits that differ by {difference:.3g} of {scale:.3g}",
            hint="Report this as a bug.",
            details={"maxAbsDifference": difference, "scale": scale, "library": library},
        )
    return {
        "library": library,
        "version": version(library),
        "maxAbsDifference": difference,
        "parts": list(stock.parts),
    }


if __name__ == "__main__":
    sys.exit(answered(reload))
