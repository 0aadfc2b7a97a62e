"""Trains without server, session or wire: the reference the worker's numbers are compared with.

Reads one JSON document from stdin (messages as base64), writes one to stdout: step results and the weights'
digest.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import numpy as np
import torch
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer
from tomoe_worker.model.io.checkpoint import weights_digest
from tomoe_worker.server.wire.specs import parse, to_batch, to_spec
from tomoe_worker.spec import ModelSpec, RoutingPlan, StageSpec
from tomoe_worker.train.distributed import Ranks
from tomoe_worker.train.trainer import StageTrainer


def main() -> None:
    job = json.load(sys.stdin)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(job["threads"])

    def message(name: str, text: str) -> Any:
        return parse(name, base64.b64decode(text))

    spec = to_spec(message("ModelSpec", job["spec"]), ModelSpec)
    tokenizer = fit_tokenizer(job["lines"], spec.base.language.vocab)
    model = TomoeModel(spec, tokenizer, job["modelSeed"], "cpu")
    model.lift(job["liftSeed"])
    trainer = StageTrainer(model, to_spec(message("StageSpec", job["stage"]), StageSpec), Ranks.alone())
    plan = to_spec(message("RoutingPlan", job["plan"]), RoutingPlan)
    data = np.frombuffer(base64.b64decode(job["voxels"]), dtype="<i2").copy()
    columns = {"volume": torch.from_numpy(data).view(-1, *job["shapeDHW"])}
    steps = []
    for text in job["batches"]:
        batch = to_batch(message("Batch", text), "", lambda _reference: columns)
        result = trainer.step(batch, plan)
        steps.append(
            {
                "loss": result.loss,
                "gradientNorm": result.gradient_norm,
                "objectiveLosses": result.objective_losses,
                "tokensLGE": result.expert_load.tokens_LGE.tolist(),
            }
        )
    json.dump({"steps": steps, "weightsDigest": weights_digest(model)}, sys.stdout)


if __name__ == "__main__":
    main()
