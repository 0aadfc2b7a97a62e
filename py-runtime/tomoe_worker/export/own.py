"""The folder ``tomoe/``: what no stock class has - experts, gates, heads - beside the projector, with the
config that says how they attach.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file
from torch import Tensor

from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.families import family_of
from tomoe_worker.model.bases.keys import own_name
from tomoe_worker.model.bases.lora import ADAPTER
from tomoe_worker.model.components import BASE
from tomoe_worker.model.io.documents.sections import to_document
from tomoe_worker.model.io.files import write_json
from tomoe_worker.model.lift.inventory import tensor_digest
from tomoe_worker.model.lift.sites import block_of

FORMAT: Final = "tomoe.export/1"
CONFIG: Final = "config.json"
_TABLE: Final = "prompt_guide.embedding_VL"
_GUIDE: Final = "prompt_guide."
_HEADS: Final = ("patch_head.", "fact_heads.")


def write_own(folder: Path, model: TomoeModel, run: Mapping[str, Any]) -> dict[str, int]:
    """Write every tensor that ``base/`` and ``adapter/`` do not hold, and the projector once more.

    Args:
        model: adapters in experts are written beside them, or are part of them where they were merged.
        run: what the conductor says of the run; goes into the config as it is.

    Returns:
        Tensors by file name; a file without any is not written.
    """
    folder.mkdir()
    table, files = table_of_guide(model), parts_of(model)
    if table is not None:
        # There is one of its own where the guide kept a copy that is still the same.
        files["gates.safetensors"].pop(_TABLE, None)
    written: dict[str, int] = {}
    for name, tensors in files.items():
        if tensors:
            held = {key: one.detach().cpu().contiguous() for key, one in tensors.items()}
            save_file(held, folder / name, metadata={"format": "pt"})
            written[name] = len(held)
    config = {
        "format": FORMAT,
        "run": run,
        "spec": to_document("model", model.spec),
        "lifted": model.lifted,
        "sites": list(model.sites),
        "groups": list(model.groups),
        "promptTable": table,
        "files": written,
        "attach": _ATTACH,
    }
    write_json(folder / CONFIG, config)
    return written


_ATTACH: Final = {
    "experts": "<site>.groups.<group>.experts.<n> is a copy of the block's MLP; a token's output is the sum "
    "of the experts its gate chose, by their gates",
    "gates": "<site>.groups.<group>.router.weight reads [normed token; prompt vector]; prompt_guide makes "
    "that vector of the prompt's mean embedding",
    "projector": "the same tensors as in base/",
    "lift": "upper vision blocks attend over all slices of a volume, with rotary positions along depth where "
    "spec.lift says so; they have no tensor of their own",
}


def table_of_guide(model: TomoeModel) -> dict[str, str] | None:
    """Which tensor of ``base/`` the prompt's embeddings are, by name and digest; None where the guide holds a
    table of its own, because the language model's was trained since, or where there is no guide.
    """
    guide, spec = model.prompt_guide, model.spec.base
    if guide is None or spec.kind != "published":
        return None
    table_VL = model.base.decoder.table_VL
    if not torch.equal(guide.table_VL, table_VL):
        return None
    key = next(name for name, one in model.base.named_parameters() if one is table_VL)
    return {"tensor": family_of(spec).rules(spec).on_disk(own_name(key)), "sha256": tensor_digest(table_VL)}


def parts_of(model: TomoeModel) -> dict[str, dict[str, Tensor]]:
    """Tensors by file, under the names of their places; adapters that were merged have none."""
    spec = model.spec.base
    assert spec.kind == "published"
    rules = family_of(spec).rules(spec)
    of_site = {f"{_place_of(model, site)}.": f"{site}." for site in model.sites}
    merged = any(getattr(one, "merged", False) for one in model.modules())
    files: dict[str, dict[str, Tensor]] = {
        f"{name}.safetensors": {} for name in ("experts", "gates", "projector", "heads")
    }
    for key, tensor in model.state_dict().items():
        name = own_name(key).replace(f".{ADAPTER}.", ".")
        place = next((place for place in of_site if key.startswith(place)), None)
        if merged and ".lora_" in key:
            continue
        if place is not None:
            part = "gates" if ".router." in key else "experts"
            files[f"{part}.safetensors"][of_site[place] + name.removeprefix(place)] = tensor
        elif key.startswith(_GUIDE):
            files["gates.safetensors"][key] = tensor
        elif key.startswith(_HEADS):
            files["heads.safetensors"][key] = tensor
        elif model.base.part_of(key.removeprefix(BASE)) == "projector":
            files["projector.safetensors"][rules.on_disk(name.removeprefix(BASE))] = tensor
    return files


def _place_of(model: TomoeModel, site: str) -> str:
    experts = model.tower.block(block_of(site)).mlp
    return next(str(name) for name, one in model.named_modules() if one is experts)
