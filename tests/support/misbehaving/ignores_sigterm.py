"""Never ready, and deaf to SIGTERM and to the end of its stdin."""

import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
