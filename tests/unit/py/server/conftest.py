"""One tiny model for the tests of the server, built once: importing torch and lifting it are the slow
part.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from tiny_model import LINES
from tiny_worker import SPEC, hello_message, message_of, voxels
from tomoe_worker.server.calls.session import Session
from tomoe_worker.server.tensors.uploads import UploadHeader
from tomoe_worker.train.distributed import Ranks


@pytest.fixture
def session() -> Iterator[Session]:
    """A session that has said hello."""
    made = Session(torch.device("cpu"), Ranks.alone())
    made.greet(hello_message())
    yield made
    made.close()


@pytest.fixture
def ready(session: Session) -> Session:
    """A session with a lifted model and four volumes uploaded as "volumes"."""
    session.fit_tokenizer(SPEC.language.vocab, LINES)
    session.create_model(message_of("ModelSpec", SPEC), 5)
    session.lift_model(6)
    put_volumes(session)
    return session


def put_volumes(session: Session, upload_id: str = "volumes") -> None:
    """Upload four tiny volumes as an Arrow file written by pyarrow."""
    import pyarrow as pa
    from tomoe_worker.server.tensors.arrow import checksum

    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(voxels(4).numpy(), dim_names=["d", "h", "w"])
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([tensors], names=["volume"])
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    whole = sink.getvalue().to_pybytes()
    header = UploadHeader(upload_id=upload_id, length_bytes=len(whole), chunk_count=1, crc32=checksum(whole))
    upload = session.uploads.begin(header)
    upload.add(whole)
    session.uploads.finish(upload)
