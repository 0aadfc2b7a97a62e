import { scorePredictions } from "../../eval/index.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { Attempt, PointSettings } from "../job.ts";
import { answersOf } from "./answers.ts";
import { evaluatedCases } from "./cases.ts";
import { measureRows } from "./measured.ts";

/**
 * One number of the held-out split, by the weights as they stand: the questions of one task are asked, scored and
 * forgotten. Nothing of the training depends on it: no random number is drawn, no weight is moved.
 *
 * @returns NaN where the scorecard would have no such number.
 * @throws TomoeError as `answerAll`.
 */
export async function measurePoint(
  { job, pool }: Attempt,
  plan: RoutingPlan,
  { task, metric }: Pick<PointSettings, "task" | "metric">,
): Promise<number> {
  const { evaluation, tasks } = job.resolved.config;
  const cases = evaluatedCases(job).map((entry) => ({
    ...entry,
    items: entry.items.filter((item) => item.task === task),
  }));
  const rows = await answersOf({ job, pool, cases, plan });
  const only = { [task]: tasks[task] };
  const entries = scorePredictions(rows, {
    profile: "strict",
    tasks: only,
    answered: evaluation,
    measured: await measureRows({
      job: { resolved: { ...job.resolved, config: { ...job.resolved.config, tasks: only } } },
      pool,
      rows,
    }),
  });
  return entries.find((entry) => entry.metric === metric)?.value ?? Number.NaN;
}
