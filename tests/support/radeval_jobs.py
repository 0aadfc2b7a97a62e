"""Jobs of tomoe_radeval, each in a fork of one process that has loaded what they load, which takes seconds.

A line of stdin is {"path": [folders], "request": {...}}; the line of stdout behind it is what the job printed
and how it ended.
"""

from __future__ import annotations

import io
import json
import os
import runpy
import sys

from transformers import BertModel, LlamaForCausalLM, RobertaForSequenceClassification


def job(path: list[str], request: object) -> tuple[str, int]:
    """What the module printed on its stdout, and its exit code, as a process of its own would have it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.dup2(writer, 1)
        sys.path[:0] = path
        sys.stdin = io.TextIOWrapper(io.BytesIO(json.dumps(request).encode()))
        code = 0
        try:
            runpy.run_module("tomoe_radeval", run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            code = 1
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        printed = stream.read().decode()
    return printed, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    assert all((BertModel, LlamaForCausalLM, RobertaForSequenceClassification))
    for line in sys.stdin:
        asked = json.loads(line)
        printed, code = job(asked["path"], asked["request"])
        print(json.dumps({"printed": printed, "code": code}), flush=True)
