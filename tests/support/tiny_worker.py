"""The messages around the tiny model; shared by the tests of the server."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import torch
from tiny_model import SITE, stage, tiny_spec
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.settings import Settings
from tomoe_worker.server.tensors.arrow import checksum
from tomoe_worker.server.tensors.uploads import UploadHeader
from tomoe_worker.server.wire.specs import make
from tomoe_worker.server.wire.walk import contract, digest_message
from tomoe_worker.spec import GroupPlan, LayerPlan, RoutingPlan

SPEC = tiny_spec()
SETTINGS = Settings(
    ready="fd:3",
    listen="tcp:127.0.0.1",
    token="t" * 32,
    device="cpu",
    parent_pid=None,
    parent_space="",
    rank=0,
    local_rank=0,
    world_size=1,
    memory_share=1.0,
)
PLAN = RoutingPlan(
    effective_from_step=0,
    top_k=1,
    balance_loss_weight=0.01,
    z_loss_weight=0.0,
    groups=("shared",),
    layers=(LayerPlan(site=SITE, groups=(GroupPlan(expert_bias=(0.0, 0.125, 0.0, -0.125)),)),),
)

STAGE = stage(("tokenExperts",), name="shared", steps=3, seed=11, rate=1e-3, warmup_fraction=0.0)
GENERATING = {
    "mode": "greedy",
    "batching": {"sequences": 256, "cache_bytes": 1 << 30},
    "sees_image": True,
}
SCORING = {**GENERATING, "mode": "loglik-sum"}


def values_of(spec: Any) -> Any:
    """A spec as the mapping ``make`` takes: the fields have the same names."""
    if isinstance(spec, tuple):
        return [values_of(item) for item in spec]
    if hasattr(spec, "__dataclass_fields__"):
        return {name: values_of(getattr(spec, name)) for name in spec.__dataclass_fields__}
    return spec


def message_of(name: str, spec: Any) -> Any:
    """A spec as its message."""
    return make(name, values_of(spec))


def voxels(rows: int) -> torch.Tensor:
    """rows x 4 x 16 x 16 int16 HU, a pure function of the row."""
    count = rows * 4 * 16 * 16
    return ((torch.arange(count) * 37) % 1800 - 900).to(torch.int16).view(rows, 4, 16, 16)


def arrow_file(rows: int) -> bytes:
    """Tiny volumes as column "volume" of an Arrow file written by pyarrow."""
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(voxels(rows).numpy(), dim_names=["d", "h", "w"])
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([tensors], names=["volume"])
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def put_volumes(session: Session, upload_id: str = "volumes") -> None:
    """Upload four tiny volumes."""
    whole = arrow_file(4)
    header = UploadHeader(upload_id=upload_id, length_bytes=len(whole), chunk_count=1, crc32=checksum(whole))
    upload = session.tensors.uploads.begin(header)
    upload.add(whole)
    session.tensors.uploads.finish(upload)


def batch_message(step: int, upload_id: str = "volumes") -> Any:
    """The batch of ``step``: two volumes, a closed and an open question each."""
    volumes = [
        {
            "volume_id": f"volume-{slot}",
            "slot": slot,
            "tensor": {"uploaded": {"upload_id": upload_id}},
            "row": slot,
            "facts": [{"name": name, "class_index": slot} for name in ("plane", "side")],
            "has_patch_labels": False,
            "has_caption": False,
            "words": [],
            "change": {"mirrored": False, "turned_degrees": 0.0, "gain": 1.0, "shift_hu": 0.0},
        }
        for slot in range(2)
    ]
    items = [
        {
            "item_id": f"{step}-{task}-{slot}",
            "volume_index": slot,
            "prompt": prompt,
            "target": "the spleen is dark",
            "task": task,
            "loss_weight": 1.0,
        }
        for task, prompt in (("closed-vqa", "is the liver bright or dark"), ("open-vqa", "describe the scan"))
        for slot in range(2)
    ]
    return make("Batch", {"step": step, "global_volume_count": 2, "volumes": volumes, "items": items})


def hello_message(token: str = "t" * 32, **changes: Any) -> Any:
    """A hello of attempt 0 without roots."""
    values = {
        "protocol_major": 1,
        "protocol_minor": 0,
        "token": token,
        "attempt": 0,
        "run_id": "r",
        "roots": [],
        "telemetry_endpoint": "",
        "threads": 1,
        "descriptor_digest": contract().digest,
    }
    return make("HelloRequest", {**values, **changes})


def digest_of_plan() -> str:
    """Digest of PLAN."""
    return digest_message(message_of("RoutingPlan", PLAN))
