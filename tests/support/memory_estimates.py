"""The worker's estimate of a training step's activations: [{spec, depth, items}] on stdin, the spec as a
message in base64; the bytes of a volume, one number a case, on stdout.
"""

from __future__ import annotations

import base64
import json
import sys

from tiny_model import LINES
from tomoe_worker.model.assembly import TomoeModel
from tomoe_worker.model.bases.phi3v.tokenizer import fit_tokenizer
from tomoe_worker.model.memory import bytes_per_volume
from tomoe_worker.server.wire.specs import parse, to_spec
from tomoe_worker.spec import ModelSpec

estimates = []
for case in json.load(sys.stdin):
    spec = to_spec(parse("ModelSpec", base64.b64decode(case["spec"])), ModelSpec)
    tokenizer = fit_tokenizer(LINES, spec.base.language.vocab)
    base = TomoeModel(spec, tokenizer, 0, "meta").base
    estimates.append(bytes_per_volume(base, spec, case["depth"], case["items"], training=True))
json.dump(estimates, sys.stdout)
