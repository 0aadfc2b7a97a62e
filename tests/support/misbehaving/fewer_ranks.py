"""One rank of a smaller world than was planned."""

import hashlib
import json
import os
import time

proof = hashlib.sha256(f"{os.environ['TOMOE_TOKEN']}:0:127.0.0.1:1".encode()).hexdigest()
message = {
    "ok": True,
    "protocolMajor": 1,
    "protocolMinor": 0,
    "pid": os.getpid(),
    "rank": 0,
    "worldSize": 3,
    "node": "n",
    "address": "127.0.0.1:1",
    "proof": proof,
}
os.write(3, json.dumps(message).encode() + b"\n")
time.sleep(600)
