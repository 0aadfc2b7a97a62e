"""Writes bytes on the ready channel that are no message."""

import os
import time

os.write(3, b"\x00\xff{not json\n")
time.sleep(600)
