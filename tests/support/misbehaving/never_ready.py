"""Starts, and never says so."""

import time

print("still loading", flush=True)
time.sleep(600)
