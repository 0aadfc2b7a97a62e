"""Writes a tiny base in a published layout that admits long texts: ``long_base.py FAMILY FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from published import internvl_config, phi3v_config, write_internvl, write_phi3v

POSITIONS = 4096  # a report of a phantom in single bytes, and more


def write(name: str, folder: Path) -> None:
    """The folder of one family."""
    if name == "phi3_v":
        write_phi3v(folder, phi3v_config(max_position_embeddings=POSITIONS))
        return
    config = internvl_config()
    config["text_config"]["max_position_embeddings"] = POSITIONS
    write_internvl(folder, config)


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
