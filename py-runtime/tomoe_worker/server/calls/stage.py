"""One stage in progress: the plans received, the next step, and how a step command is carried out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from tomoe_worker.errors import TomoeError
from tomoe_worker.server.calls.compute import ComputeThread
from tomoe_worker.server.calls.feed import BatchFeed
from tomoe_worker.server.calls.telemetry import Telemetry
from tomoe_worker.server.wire.specs import step_result, to_spec
from tomoe_worker.server.wire.walk import digest_message
from tomoe_worker.spec import RoutingPlan, StageSpec, StepResult
from tomoe_worker.train.trainer import StageTrainer

# The compute thread asks for the interpreter lock after every kernel; by default a thread that decodes the
# next batch keeps it for 5 ms each time. Outside a stage the default serves uploads better.
_SWITCH_SECONDS: Final = 0.0005


class StageInProgress:
    """Carries out the commands of one Train stream, in order."""

    def __init__(
        self, spec: StageSpec, trainer: StageTrainer, rank: int, compute: ComputeThread, telemetry: Telemetry
    ) -> None:
        self.spec, self.trainer, self.rank = spec, trainer, rank
        self._compute, self._telemetry = compute, telemetry
        self.feed = BatchFeed(trainer.next_step, spec.steps)
        self.steps_done = 0
        self._plans: list[tuple[RoutingPlan, str]] = []

    def take_plan(self, message: Any) -> None:
        """Keep a plan until its step.

        Raises:
            TomoeError: ``ROUTER_SHAPE`` from the model; ``ROUTER_PLAN_STALE`` when it would change a step
            that is done.
        """
        plan = to_spec(message, RoutingPlan)
        self._compute.run("training", lambda: self.trainer.apply_plan(plan))
        next_step = self.trainer.next_step
        if self.steps_done and plan.effective_from_step < next_step:
            raise TomoeError(
                "ROUTER_PLAN_STALE",
                f"a plan effective from step {plan.effective_from_step} came when step {next_step} was next",
                hint="A plan governs steps that are still to come.",
                details={"effectiveFromStep": plan.effective_from_step, "nextStep": next_step},
            )
        self._plans.append((plan, digest_message(message)))

    def _in_force(self, step: int) -> tuple[RoutingPlan, str] | None:
        """Of the plans effective by ``step`` the latest, by step and then by arrival."""
        due = [held for held in self._plans if held[0].effective_from_step <= step]
        return max(reversed(due), key=lambda held: held[0].effective_from_step, default=None)

    def _forget_plans(self) -> None:
        """Drop those that govern no step still to come."""
        step = self.trainer.next_step
        in_force = self._in_force(step)
        self._plans = [held for held in self._plans if held is in_force or held[0].effective_from_step > step]

    def plan_for(self, step: int, digest: str) -> RoutingPlan:
        """The plan in force at ``step``.

        Raises:
            TomoeError: ``ROUTER_PLAN_STALE`` when there is none or its digest is not the commanded one.
        """
        in_force = self._in_force(step)
        if in_force is None or in_force[1] != digest:
            found = "none" if in_force is None else in_force[1][:12]
            raise TomoeError(
                "ROUTER_PLAN_STALE",
                f"step {step} is to run under plan {digest[:12]}, in force on rank {self.rank} is {found}",
                hint="Send the plan before the first step it governs.",
                details={"step": step, "rank": self.rank, "commanded": digest},
            )
        return in_force[0]

    def run_step(self, command: Any, wanted: Callable[[], bool]) -> dict[str, Any] | None:
        """Carry out one StepCommand.

        Args:
            wanted: false once the caller has gone.

        Returns:
            The values of a StepResult, or None when the caller went away.

        Raises:
            TomoeError: ``WORKER_STATE`` for a step that is not the next one, ``ROUTER_PLAN_STALE``,
            ``WIRE_DIGEST`` for
                a batch that is not the commanded one, and what the trainer raises.
        """
        if command.step != self.trainer.next_step:
            raise TomoeError(
                "WORKER_STATE",
                f"step {command.step} of stage {self.spec.name!r} was commanded, "
                f"next is {self.trainer.next_step}",
                hint="Command the steps of a stage in order.",
                details={"commanded": command.step, "next": self.trainer.next_step},
            )
        plan = self.plan_for(command.step, command.plan_digest)
        batch = self.feed.take(command.step, wanted)
        if batch is None:
            return None
        if batch.digest != command.batch_digest:
            raise TomoeError(
                "WIRE_DIGEST",
                f"step {command.step} is to use batch {command.batch_digest[:12]}, "
                f"rank {self.rank} was fed {batch.digest[:12]}",
                hint="Feeder and conductor disagree on the order of samples: is it the same corpus and seed?",
                details={"step": command.step, "commanded": command.batch_digest, "fed": batch.digest},
            )

        def step() -> StepResult:
            self.trainer.ranks.require_one_plan(command.plan_digest, command.step)
            return self.trainer.step(batch, plan)

        result = self._compute.run("training", step)
        self.steps_done += 1
        self._forget_plans()
        self._compute.advance()
        self._telemetry.progress(
            stage=self.spec.name, step=result.step, steps=self.spec.steps, loss=result.loss
        )
        return step_result(result, plan_digest=command.plan_digest, batch_digest=batch.digest, rank=self.rank)


def drive_stage(
    stage: StageInProgress, commands: Iterator[Any], wanted: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    """Answer the commands that follow begin_stage until the stage is ended or the caller goes away.

    Yields:
        Values of TrainResponse messages.

    Raises:
        TomoeError: as the commands, ``WORKER_STATE`` for a command out of place.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        for request in commands:
            kind = request.WhichOneof("command")
            if kind == "plan":
                stage.take_plan(request.plan)
            elif kind == "step":
                result = stage.run_step(request.step, wanted)
                if result is None:
                    return
                yield {"step": result}
            elif kind == "end_stage" and request.end_stage.name == stage.spec.name:
                yield {"stage_ended": {"name": stage.spec.name, "steps_done": stage.steps_done}}
                return
            else:
                raise TomoeError(
                    "WORKER_STATE",
                    f"{kind} came while stage {stage.spec.name!r} is open",
                    hint="End a stage by its own name before the next one begins.",
                )
    finally:
        sys.setswitchinterval(before)
