"""Is killed before it is ready, as by the kernel or an impatient user."""

import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
