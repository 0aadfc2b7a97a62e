"""Speaks a protocol of the future."""

import json
import os
import time

os.write(
    3, json.dumps({"ok": True, "protocolMajor": 2, "protocolMinor": 5, "something": "new"}).encode() + b"\n"
)
time.sleep(600)
