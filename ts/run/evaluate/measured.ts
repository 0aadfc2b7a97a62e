import { TomoeError } from "../../errors.ts";
import type { MeasuredMetric } from "../../eval/index.ts";
import { isMetricName, metricRow } from "../../schema/task.ts";
import type { Row } from "../../track/read/index.ts";
import { type Attempt, firstRank, type RunJob } from "../job.ts";

/** True for a metric that a reference library computes in the worker; the others are ours. */
export const needsWorker = (metric: string): boolean =>
  isMetricName(metric) && metricRow(metric).needs === "worker";

/** Rows, and the worker whose libraries judge them. */
export interface Measuring extends Pick<Attempt, "pool"> {
  readonly job: Pick<RunJob, "resolved">;
  readonly rows: readonly Row[];
}

/**
 * The scores that a reference library gives, by row id, for every task that asks for such a metric.
 *
 * @returns by "task/metric"; empty when none is asked for.
 * @throws TomoeError `WIRE_INCOMPLETE` when the worker gave more or fewer scores than rows; errors of
 * `WorkerClient.measure`.
 */
export async function measureRows({
  job,
  pool,
  rows,
}: Measuring): Promise<ReadonlyMap<string, MeasuredMetric>> {
  const results = new Map<string, MeasuredMetric>();
  for (const [task, judged] of Object.entries(job.resolved.config.tasks)) {
    const metrics: readonly string[] = judged?.metrics ?? [];
    for (const metric of metrics.filter(needsWorker)) {
      const mine = rows.filter((row) => row.task === task);
      const pairs = mine.map((row) => ({ prediction: String(row.prediction), target: String(row.target) }));
      const { signature, scores } = await firstRank(pool).measure(metric, pairs);
      if (scores.length !== mine.length)
        throw new TomoeError(
          "WIRE_INCOMPLETE",
          `the worker gave ${scores.length} scores of ${metric} for ${mine.length} rows of ${task}`,
          {
            hint: "Worker and conductor are of different versions; run: npm run setup.",
            details: { metric, task, rows: mine.length, scores: scores.length },
          },
        );
      const byId = mine.map((row, index) => [row.id, scores[index] ?? Number.NaN] as const);
      results.set(`${task}/${metric}`, { signature, scores: new Map(byId) });
    }
  }
  return results;
}
