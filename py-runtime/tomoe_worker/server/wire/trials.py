"""A TryStageRequest as trials: its stages, plans and batches decoded once, and put where trials name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.wire.specs import to_batch, to_spec
from tomoe_worker.server.wire.walk import digest_message
from tomoe_worker.spec import RoutingPlan, StageSpec
from tomoe_worker.train.trial import StageTrial


def to_trials(message: Any, open_tensor: Callable[[Any], Mapping[str, Any]]) -> tuple[StageTrial, ...]:
    """Decode the trials of a TryStageRequest.

    Args:
        open_tensor: TensorRef -> columns by name, each rows x shape.

    Raises:
        TomoeError: ``WIRE_INVALID`` for a place that the request does not have, and as ``to_batch``.
    """
    stages = [to_spec(one, StageSpec) for one in message.stages]
    plans = [to_spec(one, RoutingPlan) for one in message.plans]
    batches = [to_batch(one, digest_message(one), open_tensor) for one in message.batches]
    held = {"stage": len(stages), "plan": len(plans), "batches": len(batches)}
    trials = []
    for place, trial in enumerate(message.trials):
        for name, count in held.items():
            named = trial.batches if name == "batches" else (getattr(trial, name),)
            if any(one >= count for one in named):
                raise TomoeError(
                    "WIRE_INVALID",
                    f"TryStageRequest.trials[{place}].{name} is {max(named)}, there are {count}",
                    hint="Count what the request holds from 0.",
                )
        trials.append(
            StageTrial(
                stage=stages[trial.stage],
                plan=plans[trial.plan],
                batches=tuple(batches[one] for one in trial.batches),
                first_step=trial.first_step,
                beside=trial.beside,
            )
        )
    return tuple(trials)
