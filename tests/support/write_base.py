"""Writes bases in the published layouts, tiny, for tests in TypeScript: ``write_base.py NAME FOLDER ...``."""

from __future__ import annotations

import sys
from pathlib import Path

from published import write_base

names = sys.argv[1::2]
folders = sys.argv[2::2]
for name, folder in zip(names, folders, strict=True):
    write_base(Path(folder), name)
