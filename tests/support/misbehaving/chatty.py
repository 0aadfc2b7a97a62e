"""Prints 100 MB of binary without a newline, then gives up."""

import os
import sys

block = bytes(range(1, 256)).replace(b"\n", b"x") * 4096
for _ in range(100):
    os.write(1, block)
sys.stderr.write("\ntoo much to say\n")
sys.exit(3)
