"""Refuses with a code this side does not know."""

import json
import os

error = {"code": "FROM_THE_FUTURE", "what": "no", "hint": "wait", "details": {}}
os.write(3, json.dumps({"ok": False, "rank": 0, "error": error}).encode() + b"\n")
