"""What the worker's decoder says of damaged Arrow files: a JSON request on stdin, a JSON answer on stdout.

Beside it stands pyarrow, which reads what the decoder accepted: a file that pyarrow refuses, or reads as
other values, is a hole in the decoder.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[2] / "py-runtime"))
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.arrow import TENSOR_LIMITS, TensorColumn, checksum, decode_tensors
from tomoe_worker.server.tensors.uploads import MAX_CHUNK_BYTES


def mutated(whole: np.ndarray, patches: list[tuple[int, str]], length: int) -> np.ndarray:
    changed, cut = whole.copy(), np.zeros(length, np.uint8)
    for at, text in patches:
        part = np.frombuffer(bytes.fromhex(text), np.uint8)
        changed[at : at + len(part)] = part
    cut[: len(changed)] = changed[:length]
    return cut


def described(column: TensorColumn) -> str:
    shape, names = "x".join(map(str, column.shape)), ",".join(column.dim_names)
    return f"{column.name} {column.dtype} {column.rows} {shape} {names} {checksum(column.tensor.numpy())}"


def pyarrow_differs(data: np.ndarray, columns: tuple[TensorColumn, ...]) -> str | None:
    """How pyarrow reads a file that the decoder read, where it reads it differently."""
    try:
        is_file = bytes(data[:6]) == b"ARROW1"
        table = (pa.ipc.open_file(data) if is_file else pa.ipc.open_stream(data)).read_all()
        table.validate(full=True)
        if table.column_names != [column.name for column in columns]:
            return f"names {table.column_names}"
        return next(filter(None, map(column_differs, table.columns, columns)), None)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        return f"{type(error).__name__}: {error}"


def column_differs(found: pa.ChunkedArray, ours: TensorColumn) -> str | None:
    kind: Any = found.type
    facts = (np.dtype(kind.value_type.to_pandas_dtype()).name, len(found), tuple(kind.shape))
    if (*facts, tuple(kind.dim_names)) != (ours.dtype, ours.rows, ours.shape, ours.dim_names):
        return f"{kind} {len(found)}"
    values = b"".join(part.to_numpy_ndarray().tobytes() for part in found.chunks)
    return None if values == ours.tensor.numpy().tobytes() else "values"


def verdicts(path: str, mutants: list[dict[str, Any]]) -> dict[str, list[Any]]:
    whole = np.fromfile(path, np.uint8)
    answers, holes = [], []
    for index, mutant in enumerate(mutants):
        data = mutated(whole, mutant["patches"], mutant["length"])
        try:
            columns = decode_tensors(data)
        except TomoeError as error:
            answers.append(error.code)
            continue
        answers.append("; ".join(map(described, columns)))
        hole = pyarrow_differs(data, columns)
        if hole is not None:
            holes.append([index, hole])
    return {"verdicts": answers, "holes": holes}


files = json.load(sys.stdin)
names = {"name_bytes": "nameBytes", "metadata_bytes": "metadataBytes", "total_bytes": "totalBytes"}
limits = {names.get(name, name): value for name, value in asdict(TENSOR_LIMITS).items()}
answer = {name: verdicts(each["path"], each["mutants"]) for name, each in files.items()}
print(json.dumps({"limits": {**limits, "chunkBytes": MAX_CHUNK_BYTES}, "files": answer}))
