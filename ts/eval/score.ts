import { TomoeError } from "../errors.ts";
import type { ScorecardEntry } from "../schema/answers/scorecard.ts";
import { type MetricName, metricRow, metricsOf, predicts, type TaskId, taskIds } from "../schema/task.ts";
import { type Bootstrap, type ClusterSums, clusterInterval, describeRule } from "./bootstrap.ts";
import type { Profile } from "./choice.ts";
import { choiceMetrics, type TextMetricName, textMetrics } from "./metrics/index.ts";
import type { ScoredItem, ScoredNumber } from "./metrics/metric.ts";
import { checkRows, clusterOf, type PredictionRow } from "./rows.ts";

/** Scores of a metric that a reference library computed, by row id. */
export interface MeasuredMetric {
  readonly signature: string;
  readonly scores: ReadonlyMap<string, number>;
}

/** How text was generated and options were compared; `evaluation` of a recipe says the same. */
export interface AnswerModes {
  readonly generate: string;
  readonly answer: string;
}

export interface ScoreOptions {
  readonly profile: Profile;
  /** Metrics by task; those of each task's rows that need no library when absent. */
  readonly tasks?: { readonly [task in TaskId]?: { readonly metrics: readonly string[] } | undefined };
  readonly bootstrap: Bootstrap;
  /** How the answers were made, for the signature; a signature without it is of answers made elsewhere. */
  readonly answered?: AnswerModes;
  /** By "task/metric". */
  readonly measured?: ReadonlyMap<string, MeasuredMetric>;
}

/** One number of a task, before it is aggregated. */
export interface ScoredMetric extends ScoredNumber {
  readonly task: TaskId;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Sums items by cluster and stratum, in an order that is that of names alone: the order of the file changes
 * nothing, to the last bit.
 */
export function tableOf(items: readonly ScoredItem[]): readonly (readonly ClusterSums[])[] {
  const ordered = [...items].sort((a, b) => byText(a.cluster, b.cluster) || byText(a.id, b.id));
  const strata = [...new Set(items.map((item) => item.stratum))].sort(byText);
  const place = new Map(strata.map((name, index) => [name, index]));
  const clusters = new Map<string, { sum: number; count: number }[]>();
  for (const item of ordered) {
    const cells = clusters.get(item.cluster) ?? strata.map(() => ({ sum: 0, count: 0 }));
    clusters.set(item.cluster, cells);
    const cell = cells[place.get(item.stratum) ?? 0];
    if (cell === undefined) continue;
    cell.sum += item.value;
    cell.count += 1;
  }
  return [...clusters.values()];
}

/** What a signature says of the unit that is resampled. */
export const clusterUnit = (rows: readonly PredictionRow[]): string =>
  `cluster:${rows.every((row) => row.subject !== undefined) ? "subject" : "case"}`;

function entryOf(scored: ScoredMetric, unit: string, options: ScoreOptions): ScorecardEntry {
  const { profile, bootstrap, answered } = options;
  const mode = predicts(scored.task, "choice") ? answered?.answer : answered?.generate;
  const table = tableOf(scored.items);
  const { value, low, high, rule } = clusterInterval(table, bootstrap, scored.bounds);
  return {
    task: scored.task,
    metric: scored.metric,
    value,
    ciLow: low,
    ciHigh: high,
    n: scored.items.length,
    clusters: table.length,
    chance: scored.chance,
    signature: [
      `tomoe-eval/1`,
      `profile:${profile}`,
      scored.id,
      ...(mode === undefined ? [] : [`answer:${mode}`]),
      `avg:${scored.aggregation}`,
      unit,
      describeRule(rule, bootstrap),
    ].join("|"),
  };
}

/** A metric whose number is the mean over items: our own, or one that a library computed. */
function meanMetric(
  task: TaskId,
  metric: MetricName,
  rows: readonly PredictionRow[],
  measured: MeasuredMetric | undefined,
): ScoredMetric {
  const own = isTextMetric(metric) ? textMetrics[metric] : undefined;
  if (own === undefined && measured === undefined) {
    throw new TomoeError(
      "CONFIG_INVALID",
      `metric "${metric}" of ${task} needs a reference library and was not computed`,
      {
        hint: `Without a worker there are: ${Object.keys(textMetrics).join(", ")}.`,
        details: { task, metric },
      },
    );
  }
  const { bounds } = metricRow(metric);
  const items = rows.map((row) => {
    const value =
      measured === undefined ? own?.score(row.prediction, row.target) : measured.scores.get(row.id);
    if (value === undefined || !(value >= bounds.floor && value <= bounds.ceiling)) {
      throw new TomoeError(
        "INTERNAL",
        `metric "${metric}" of ${task} has score ${value} for "${row.id}", not one within ${bounds.floor}..${bounds.ceiling}`,
        {
          hint: "A library must score every row once; look at what measured them.",
          details: { task, metric, id: row.id },
        },
      );
    }
    return { id: row.id, cluster: clusterOf(row), stratum: "", value };
  });
  const id = `${measured?.signature ?? own?.id ?? metric}|empty:0`;
  return { task, metric, chance: null, id, aggregation: "micro", bounds, items };
}

const isTextMetric = (name: string): name is TextMetricName => Object.hasOwn(textMetrics, name);
const isChoiceMetric = (name: string): name is keyof typeof choiceMetrics =>
  Object.hasOwn(choiceMetrics, name);

/**
 * The metrics of a task that is to be scored; what nobody asked for or nothing is there for is refused, not
 * left out.
 */
function metricsToScore(task: TaskId, count: number, asked: ScoreOptions["tasks"]): readonly MetricName[] {
  const names: readonly MetricName[] = metricsOf(task);
  if (asked === undefined) return count === 0 ? [] : names.filter((name) => metricRow(name).needs === "text");
  const metrics = asked[task]?.metrics;
  if (metrics === undefined && count > 0)
    throw new TomoeError("CONFIG_INVALID", `${count} rows are of ${task}, for which no metric is asked`, {
      hint: `Ask for metrics of ${task}, or leave its rows out.`,
      details: { task, rows: count },
    });
  if (metrics !== undefined && count === 0)
    throw new TomoeError("DATA_EMPTY", `no row is of ${task}, for which ${metrics.join(", ")} is asked`, {
      hint: `Predict items of ${task}, or leave it out of the tasks.`,
      details: { task },
    });
  const isOne = (name: string): name is MetricName => (names as readonly string[]).includes(name);
  const unknown = metrics?.find((name) => !isOne(name));
  if (unknown !== undefined)
    throw new TomoeError("CONFIG_INVALID", `${task} has no metric "${unknown}"`, {
      hint: `Its metrics are ${names.join(", ")}.`,
      details: { task, metric: unknown },
    });
  return [...new Set(metrics?.filter(isOne))];
}

/**
 * Every number of checked rows, item by item.
 *
 * @throws TomoeError `CONFIG_INVALID` for rows of a task without metrics, an unknown metric, or one that was
 * not computed; `DATA_EMPTY` for a task
 *   without rows; `INTERNAL` for a computed score that is missing or out of range.
 */
export function scoredMetrics(
  rows: readonly PredictionRow[],
  options: Omit<ScoreOptions, "bootstrap">,
): readonly ScoredMetric[] {
  return taskIds.flatMap((task) => {
    const mine = rows.filter((row) => row.task === task);
    return metricsToScore(task, mine.length, options.tasks).flatMap((metric): readonly ScoredMetric[] =>
      isChoiceMetric(metric)
        ? choiceMetrics[metric].numbers(mine, options.profile).map((number) => ({ task, ...number }))
        : [meanMetric(task, metric, mine, options.measured?.get(`${task}/${metric}`))],
    );
  });
}

/** Refuses resamples and seeds that no interval can be made with. */
export function checkBootstrap({ resamples, seed }: Bootstrap): void {
  if (
    Number.isSafeInteger(resamples) &&
    resamples >= 100 &&
    Number.isInteger(seed) &&
    seed >= 0 &&
    seed < 2 ** 32
  )
    return;
  throw new TomoeError("CONFIG_INVALID", `bootstrap of ${resamples} resamples with seed ${seed}`, {
    hint: "Give at least 100 resamples and a whole seed of 0 to 4294967295.",
    details: { resamples, seed },
  });
}

/**
 * Scores predictions: closed questions by choice, everything else by text, each value with a 95% interval
 * that resamples patients.
 *
 * @param values - rows of a predictions file; their order changes nothing.
 * @throws TomoeError `DATA_PREDICTIONS` listing every bad row; `DATA_EMPTY`; `CONFIG_INVALID`; `INTERNAL` as
 * `scoredMetrics` says.
 */
export function scorePredictions(
  values: readonly unknown[],
  options: ScoreOptions,
): readonly ScorecardEntry[] {
  checkBootstrap(options.bootstrap);
  const rows = checkRows(values, (index) => `row ${index + 1}`);
  const unit = clusterUnit(rows);
  return scoredMetrics(rows, options).map((scored) => entryOf(scored, unit, options));
}
