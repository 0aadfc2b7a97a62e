"""Which items the worker gives one row of image tokens; JSON on stdin and stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

from tiny_model import tiny_model, tiny_tokenizer
from tomoe_worker.model.sequences import Asked, vision_rows


def rows_of(case: dict[str, Any]) -> list[int]:
    """The row of each item of a case, as a step has them."""
    moe: dict[str, Any] = {"text_guidance": case["guidance"]}
    if case["model"] == "dense":
        moe |= {"token_experts": 0, "sites": ()}
    lifted = case["model"] != "flat"
    model = tiny_model(lifted=lifted, per_task=case["model"] == "per-task", moe=moe)
    codec = tiny_tokenizer()
    asked = [
        Asked(volume=volume, task=task, prompt=codec.prompt(prompt), answer=())
        for volume, task, prompt in case["items"]
    ]
    return list(vision_rows(model, asked, []).row_of)


json.dump([rows_of(case) for case in json.load(sys.stdin)], sys.stdout)
