import { z } from "zod";
import { isTomoeError } from "../errors.ts";
import type { MeasuredMetric, PredictionRow, Profile, ScoreOptions, Warning } from "../eval/index.ts";
import { packageRoot } from "../files/index.ts";
import { everyMetricOf, metricRow, predicts, type TaskId, taskIds } from "../schema/task.ts";
import type { Call } from "./words/command.ts";

/** Pairs that one start of the library scores. */
const pairsAtOnce = 100_000;
const timeoutMs = 60 * 60_000;

const answer = z.object({ signature: z.string(), scores: z.array(z.number()) });

/** Which METEOR a profile means: words between whitespace, or the tokens of a treebank. */
const variantOf = (profile: Profile): string => (profile === "ct-spatial-vqa" ? "ws+wn30" : "treebank+wn30");

async function measuredBy(
  metric: string,
  rows: readonly PredictionRow[],
  variant: string,
  signal: AbortSignal,
): Promise<MeasuredMetric> {
  const { oneJob } = await import("../worker/index.ts");
  const scores = new Map<string, number>();
  let signature = "";
  for (let at = 0; at < rows.length; at += pairsAtOnce) {
    const part = rows.slice(at, at + pairsAtOnce);
    const found = await oneJob({
      packageRoot: packageRoot(),
      module: "tomoe_worker.metrics",
      request: { metric, variant, pairs: part.map(({ prediction, target }) => [prediction, target]) },
      answer,
      doing: `compute ${metric}`,
      timeoutMs,
      env: process.env,
      signal,
    });
    for (const [index, { id }] of part.entries()) scores.set(id, found.scores[index] ?? Number.NaN);
    ({ signature } = found);
  }
  return { signature, scores };
}

/** What a library scores of a task: what was asked for, or what the profile reports where the library can. */
interface Wish {
  readonly task: TaskId;
  readonly metric: string;
  readonly isAsked: boolean;
}

function wishes(
  openMetrics: readonly string[] | undefined,
  tasks: ScoreOptions["tasks"] | undefined,
): readonly Wish[] {
  return taskIds.flatMap((task) =>
    everyMetricOf(task).flatMap((metric): readonly Wish[] => {
      if (metricRow(metric).needs !== "worker") return [];
      const isAsked = tasks?.[task]?.metrics.includes(metric) === true;
      const isUsual =
        tasks === undefined && predicts(task, "answer") && openMetrics?.includes(metric) === true;
      return isAsked || isUsual ? [{ task, metric, isAsked }] : [];
    }),
  );
}

/**
 * The scores of metrics that a reference library computes, in a process that lives for it; no worker is started.
 *
 * @throws TomoeError `ENVIRONMENT` saying what is missing, for a metric that was asked for; what a profile reports
 * besides is left out with a warning that says it.
 */
export async function measureElsewhere(
  { signal }: Pick<Call, "signal">,
  rows: readonly PredictionRow[],
  { profile, tasks }: { readonly profile: Profile; readonly tasks: ScoreOptions["tasks"] | undefined },
): Promise<{
  readonly measured: ReadonlyMap<string, MeasuredMetric>;
  readonly warnings: readonly Warning[];
}> {
  const { profileRow, rowsUnder } = await import("../eval/index.ts");
  const measured = new Map<string, MeasuredMetric>(),
    warnings: Warning[] = [];
  for (const { task, metric, isAsked } of wishes(profileRow(profile).openMetrics, tasks)) {
    const mine = rowsUnder(
      rows.filter((row) => row.task === task),
      profile,
    ).rows;
    if (mine.length === 0) continue;
    try {
      measured.set(`${task}/${metric}`, await measuredBy(metric, mine, variantOf(profile), signal));
    } catch (error) {
      if (isAsked || !isTomoeError(error) || error.code !== "ENVIRONMENT") throw error;
      warnings.push({
        code: "METRIC_LEFT_OUT",
        message: `${metric} of ${profile} is not computed: ${error.what}. ${error.hint}`,
      });
    }
  }
  return { measured, warnings };
}
