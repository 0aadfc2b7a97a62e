import { scorePredictions } from "../../eval/index.ts";
import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { Attempt, PointSettings } from "../job.ts";
import { answersOf } from "./answers.ts";
import { type EvaluatedCase, evaluatedCases } from "./cases.ts";
import { measureRows } from "./measured.ts";

/**
 * One number of the held-out split, by the weights as they stand: the questions of one task are asked, scored and
 * forgotten. Nothing of the training depends on it: no random number is drawn, no weight is moved.
 *
 * @returns NaN where the scorecard would have no such number.
 * @throws TomoeError as `answerAll`.
 */
export async function measurePoint(
  attempt: Attempt,
  plan: RoutingPlan,
  { task, metric }: Pick<PointSettings, "task" | "metric">,
): Promise<number> {
  const only = { [task]: attempt.job.resolved.config.tasks[task] };
  const entries = await scoreCases(attempt, plan, evaluatedCases(attempt.job), only);
  return entries.find((entry) => entry.metric === metric)?.value ?? Number.NaN;
}

/**
 * The scorecard of some tasks over some cases, by the weights as they stand; nothing of it is kept.
 *
 * @param tasks - what is asked, each with what it is scored by.
 * @throws TomoeError as `answerAll`.
 */
export async function scoreCases(
  { job, pool }: Attempt,
  plan: RoutingPlan,
  cases: readonly EvaluatedCase[],
  tasks: ExperimentConfig["tasks"],
): Promise<readonly ScorecardEntry[]> {
  const asked = cases.map((entry) => ({
    ...entry,
    items: entry.items.filter((item) => tasks[item.task] !== undefined),
  }));
  const rows = await answersOf({ job, pool, cases: asked, plan });
  const resolved = { ...job.resolved, config: { ...job.resolved.config, tasks } };
  return scorePredictions(rows, {
    profile: "strict",
    tasks,
    answered: job.resolved.config.evaluation,
    measured: await measureRows({ job: { resolved }, pool, rows }),
  });
}
