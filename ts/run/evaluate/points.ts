import { allStages } from "../../config/index.ts";
import { planInForce } from "../../router/index.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { Attempt } from "../job.ts";
import type { StepRecorder } from "../train/record-steps.ts";
import { measurePoint } from "./point.ts";

/** Where a training stands when somebody may want to know how good it is. */
export interface Between extends Attempt {
  readonly stage: StageConfig;
  readonly index: number;
  /** Steps of the stage that are done. */
  readonly nextStep: number;
  readonly plans: readonly RoutingPlan[];
  /** Of the stage's steps. */
  readonly recorder: Pick<StepRecorder, "settled" | "validation">;
}

/** A moment at which a training goes on: what was told before is not told again. */
interface GoingOn extends Between {
  readonly goesOn: boolean;
}

/**
 * Measures the held-out split where that is due, records the number, and tells it before the next step; not after the
 * last step of a run, whose scorecard follows. Where a run goes on, a number that nobody was told yet is made up for.
 *
 * @throws TomoeError as `measurePoint`; what `onPoint` throws.
 */
export async function tellPoint({
  job,
  pool,
  stage,
  index,
  nextStep,
  plans,
  recorder,
  goesOn,
}: GoingOn): Promise<void> {
  const { points } = job;
  if (points === undefined) return;
  const stages = allStages(job.resolved.config);
  const before = stages.slice(0, index);
  const sum = (of: typeof before): number => of.reduce((steps, one) => steps + one.stage.steps, nextStep);
  const done = sum(before);
  const steps = sum(before.filter((one) => one.stage.data === "volumes"));
  const isOver = index + 1 === stages.length && nextStep === stage.steps;
  if (isOver || !points.isDue(steps) || (goesOn && points.isTold(steps))) return;
  // Steps that were told are on the disk before what was measured after them.
  await recorder.settled();
  const value = await measurePoint({ job, pool }, planInForce(plans, nextStep), points);
  await points.onPoint({ stage: stage.name, steps, done, value });
}
