"""The folder ``adapter/``: the adapters of the 2D model as peft itself writes and reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from safetensors.torch import save_file

from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.lora import ADAPTER, peft_config
from tomoe_worker.model.components import BASE

WEIGHTS: Final = "adapter_model.safetensors"
_PREFIX: Final = "base_model.model."
_OF: Final = ".lora_"


def adapted_paths(model: TomoeModel, flat: TomoeModel) -> tuple[str, ...]:
    """The linear maps of the 2D model that have a trained adapter, by the published modules' paths; those in
    experts are none of it.
    """
    trained = model.state_dict()
    keys = (key.removeprefix(BASE) for key in flat.state_dict() if _OF in key and key in trained)
    return tuple(sorted({key.split(_OF, 1)[0] for key in keys}))


def write_adapter(folder: Path, model: TomoeModel, flat: TomoeModel) -> None:
    """Write the adapters of ``adapted_paths``; what is in experts goes where the experts go."""
    folder.mkdir()
    trained, paths = model.state_dict(), adapted_paths(model, flat)
    held = {
        _PREFIX + key.removeprefix(BASE).replace(f".{ADAPTER}.", "."): trained[key].detach().contiguous()
        for key in flat.state_dict()
        if _OF in key and key.removeprefix(BASE).split(_OF, 1)[0] in paths
    }
    config = peft_config(model.spec.lora, pattern_of(paths))
    config.inference_mode = True
    config.save_pretrained(folder)
    save_file(held, folder / WEIGHTS, metadata={"format": "pt"})


def pattern_of(paths: Iterable[str]) -> str:
    """One regular expression that fits these module paths and no other."""
    blocks: dict[str, list[int]] = {}
    for path in paths:
        template, number = re.sub(r"\.\d+\.", ".#.", path, count=1), re.search(r"\.(\d+)\.", path)
        blocks.setdefault(template, []).extend([] if number is None else [int(number[1])])
    fits = []
    for template, numbers in sorted(blocks.items()):
        choice = f"({'|'.join(map(str, sorted(numbers)))})"
        fits.append(re.escape(template).replace(r"\#", "#").replace("#", choice, 1))
    return "|".join(fits)
