"""Says in a typed way why it will not be ready."""

import json
import os

error = {
    "code": "DEVICE_UNAVAILABLE",
    "what": "this node has no GPU",
    "hint": "Use --device cpu.",
    "details": {"gpus": 0},
}
os.write(3, json.dumps({"ok": False, "rank": 0, "error": error}).encode() + b"\n")
