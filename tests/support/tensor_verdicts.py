"""What the worker's decoder says of mutated files: one JSON request on stdin, one JSON answer on stdout."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "py-runtime"))
from tomoe_worker.errors import TomoeError
from tomoe_worker.server.tensors.arrow import TENSOR_LIMITS, checksum, decode_tensors
from tomoe_worker.server.tensors.uploads import MAX_CHUNK_BYTES


def verdict(data: np.ndarray) -> str:
    try:
        return "; ".join(
            f"{column.name} {column.dtype} {column.rows} {'x'.join(map(str, column.shape))} "
            f"{checksum(column.tensor.numpy())}"
            for column in decode_tensors(data)
        )
    except TomoeError as error:
        return error.code


def verdicts(path: str, mutants: list[tuple[int, int]]) -> list[str]:
    whole, answers = np.fromfile(path, np.uint8), []
    for at, value in mutants:
        mutant = whole.copy()
        mutant[at] = value
        answers.append(verdict(mutant))
    return answers


files = json.load(sys.stdin)
names = {"name_bytes": "nameBytes", "metadata_bytes": "metadataBytes", "total_bytes": "totalBytes"}
limits = {names.get(name, name): value for name, value in asdict(TENSOR_LIMITS).items()}
answer = {name: verdicts(each["path"], each["mutants"]) for name, each in files.items()}
print(json.dumps({"limits": {**limits, "chunkBytes": MAX_CHUNK_BYTES}, "verdicts": answer}))
