"""What a fast model holds in bfloat16, and how a tensor of it becomes its own master copy.

Held low is a matrix that a product or a look-up reads, that the base's files hold and that does not train:
the copy in memory can always be made anew, so the files are its float32 master. Norms, scales, biases and
tables of positions stay float32, and so does everything that the files do not hold.
"""

from __future__ import annotations

from torch import nn

from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.components import is_of_base
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.io.hollow import settle
from tomoe_worker.model.lift.inventory import tensor_digest
from tomoe_worker.model.lift.moe import GUIDE_TABLE
from tomoe_worker.model.precision import LOW


def lowerable(model: TomoeModel) -> frozenset[str]:
    """State-dict keys that may be held in bfloat16: none of a strict model."""
    if model.spec.precision != "fast":
        return frozenset()
    matrices = (name for name, one in model.named_parameters() if name.endswith(".weight") and one.dim() > 1)
    return frozenset({GUIDE_TABLE}.union(name for name in matrices if is_of_base(name) and _is_read(name)))


def _is_read(name: str) -> bool:
    """By a product or a look-up in bfloat16: gates and the interpolation of positions are float32."""
    return ".router." not in name and ".position_embedding." not in name


def raise_master(parameter: nn.Parameter, files: BaseFiles | None) -> None:
    """Make a parameter ready to train: float32, as the files hold it, and where torch allocates."""
    if parameter.dtype != LOW:
        settle(parameter)
        return
    assert files is not None
    parameter.data = files.master(tensor_digest(parameter)).to(parameter.device)
