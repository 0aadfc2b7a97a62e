"""Says it is ready without knowing the token."""

import json
import os
import time

message = {
    "ok": True,
    "protocolMajor": 1,
    "protocolMinor": 0,
    "pid": os.getpid(),
    "rank": 0,
    "worldSize": 1,
    "node": "n",
    "address": "127.0.0.1:1",
    "proof": "0" * 64,
}
os.write(3, json.dumps(message).encode() + b"\n")
time.sleep(600)
