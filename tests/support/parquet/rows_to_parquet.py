"""Writes rows as Parquet by pyarrow: JSON on stdin, path to a list of rows."""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

for path, rows in json.load(sys.stdin).items():
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2)
