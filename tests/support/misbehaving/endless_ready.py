"""Writes on the ready channel for ever and never ends the line."""

import os

while True:
    os.write(3, b"x" * 4096)
