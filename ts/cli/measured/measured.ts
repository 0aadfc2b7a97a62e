import { z } from "zod";
import { isTomoeError, TomoeError } from "../../errors.ts";
import type { MeasuredMetric, PredictionRow, Profile, ScoreOptions, Warning } from "../../eval/index.ts";
import { packageRoot } from "../../files/index.ts";
import {
  everyMetricOf,
  type MetricName,
  metricRow,
  predicts,
  type TaskId,
  taskIds,
} from "../../schema/task.ts";
import type { Call } from "../words/command.ts";
import { clinicalEnv, clinicalHint, isClinical } from "./clinical.ts";
import { type GivenWeights, howTo, type WeightsFile, weightsFile } from "./weights.ts";

/** Pairs that one start of the library scores. */
const pairsAtOnce = 100_000;
const timeoutMs = 60 * 60_000;

const answer = z.object({
  signature: z.string(),
  scores: z.array(z.number()),
  files: z.array(weightsFile).default([]),
});

/** Which METEOR a profile means: words between whitespace, or the tokens of a treebank. */
const variantOf = (profile: Profile): string => (profile === "ct-spatial-vqa" ? "ws+wn30" : "treebank+wn30");

/** How a metric is computed: which of its kinds, and by which weights. */
interface Means {
  readonly variant: string;
  readonly weights: GivenWeights | undefined;
  readonly signal: AbortSignal;
}

/** A model is the user's to give. */
function needsWeights(metric: MetricName): TomoeError {
  const folder = isClinical(metric)
    ? clinicalHint
    : "a folder with config.json, model.safetensors and the files of its tokenizer";
  return new TomoeError(
    "ENVIRONMENT",
    `metric "${metric}" needs the weights of a model, and none were given`,
    {
      hint: `Give --weights "${howTo(metric)}": ${folder}; nothing is downloaded. ${metricRow(metric).sentence}`,
      details: { metric },
    },
  );
}

/** Rarity is over all targets: they are looked at together, or not at all. */
function checkRarity(metric: string, rows: number, weights: GivenWeights | undefined): void {
  if (weights?.idf !== true || rows <= pairsAtOnce) return;
  throw new TomoeError(
    "CONFIG_INVALID",
    `${metric} with idf is over ${rows} rows, and at most ${pairsAtOnce} are looked at together`,
    { hint: "Leave idf out, or score a part of the rows.", details: { metric, rows } },
  );
}

async function measuredBy(
  metric: string,
  rows: readonly PredictionRow[],
  { variant, weights, signal }: Means,
): Promise<MeasuredMetric & { readonly files: readonly WeightsFile[] }> {
  const { oneJob } = await import("../../worker/index.ts");
  checkRarity(metric, rows.length, weights);
  const scores = new Map<string, number>();
  let signature = "",
    files: readonly WeightsFile[] = [];
  for (let at = 0; at < rows.length; at += pairsAtOnce) {
    const part = rows.slice(at, at + pairsAtOnce);
    const pairs = part.map(({ prediction, target }) => [prediction, target]);
    const found = await oneJob({
      packageRoot: packageRoot(),
      module: isClinical(metric) ? "tomoe_radeval" : "tomoe_worker.metrics",
      request: { metric, variant, weights: weights ?? null, pairs },
      answer,
      doing: `compute ${metric}`,
      timeoutMs: weights === undefined ? timeoutMs : 24 * timeoutMs,
      env: isClinical(metric) ? clinicalEnv(metric, process.env) : process.env,
      signal,
    });
    for (const [index, { id }] of part.entries()) scores.set(id, found.scores[index] ?? Number.NaN);
    ({ signature, files } = found);
  }
  return { signature, scores, files };
}

/** What a library or a model scores of a task: what was asked for, or what the profile reports where the library can. */
interface Wish {
  readonly task: TaskId;
  readonly metric: MetricName;
  readonly isAsked: boolean;
}

function wishes(
  openMetrics: readonly string[] | undefined,
  tasks: ScoreOptions["tasks"] | undefined,
): readonly Wish[] {
  return taskIds.flatMap((task) =>
    everyMetricOf(task).flatMap((metric): readonly Wish[] => {
      const { needs } = metricRow(metric);
      if (needs !== "worker" && needs !== "weights") return [];
      const isAsked = tasks?.[task]?.metrics.includes(metric) === true;
      const isUsual =
        tasks === undefined && predicts(task, "answer") && openMetrics?.includes(metric) === true;
      return isAsked || isUsual ? [{ task, metric, isAsked }] : [];
    }),
  );
}

/** What was computed elsewhere, and what of the user's it follows from. */
export interface Elsewhere {
  readonly measured: ReadonlyMap<string, MeasuredMetric>;
  readonly files: readonly WeightsFile[];
  readonly warnings: readonly Warning[];
}

/**
 * The scores of metrics that a reference library computes, or a model by weights that the user gives, in a process
 * that lives for it; no worker is started.
 *
 * @throws TomoeError `ENVIRONMENT` saying what is missing, for a metric that was asked for; what a profile reports
 * besides is left out with a warning that says it. `CONFIG_INVALID` for a layer that a model has not.
 */
export async function measureElsewhere(
  { signal }: Pick<Call, "signal">,
  rows: readonly PredictionRow[],
  {
    profile,
    tasks,
    weights,
  }: {
    readonly profile: Profile;
    readonly tasks: ScoreOptions["tasks"] | undefined;
    readonly weights: ReadonlyMap<string, GivenWeights>;
  },
): Promise<Elsewhere> {
  const { profileRow, rowsUnder } = await import("../../eval/index.ts");
  const measured = new Map<string, MeasuredMetric>(),
    files = new Map<string, WeightsFile>(),
    warnings: Warning[] = [];
  const common = { variant: variantOf(profile), signal };
  for (const { task, metric, isAsked } of wishes(profileRow(profile).openMetrics, tasks)) {
    const mine = rowsUnder(
      rows.filter((row) => row.task === task),
      profile,
    ).rows;
    if (mine.length === 0) continue;
    const given = weights.get(metric);
    if (given === undefined && metricRow(metric).needs === "weights") throw needsWeights(metric);
    try {
      const found = await measuredBy(metric, mine, { ...common, weights: given });
      measured.set(`${task}/${metric}`, found);
      for (const file of found.files) files.set(file.path, file);
    } catch (error) {
      if (isAsked || !isTomoeError(error) || error.code !== "ENVIRONMENT") throw error;
      warnings.push({
        code: "METRIC_LEFT_OUT",
        message: `${metric} of ${profile} is not computed: ${error.what}. ${error.hint}`,
      });
    }
  }
  return { measured, files: [...files.values()], warnings };
}
