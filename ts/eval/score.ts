import { TomoeError } from "../errors.ts";
import {
  type ClosedMetricName,
  closedMetricNames,
  type OpenMetricName,
  openMetricNames,
  type ReportMetricName,
  reportMetricNames,
} from "../schema/experiment.ts";
import { questionTypes, type TaskId, taskIds } from "../schema/task.ts";
import { type Bootstrap, type ClusterSums, clusterInterval, describeRule } from "./bootstrap.ts";
import { judgeClosed, type Profile, parserIds } from "./choice.ts";
import { checkRows, type PredictionRow } from "./rows.ts";
import { type TextMetricName, textMetrics } from "./text-metrics.ts";

/** One number of a scorecard: it never stands without n, clusters and its interval. */
export interface ScorecardEntry {
  readonly task: TaskId;
  readonly metric: string;
  readonly value: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  /** Items. */
  readonly n: number;
  /** Patients: the unit the interval resamples. */
  readonly clusters: number;
  /** What guessing scores; null where guessing has no meaning. */
  readonly chance: number | null;
  /** Everything that fixes the number: implementation, parser, aggregation, interval. */
  readonly signature: string;
}

/** Scores of a metric that a reference library computed, by row id. */
export interface MeasuredMetric {
  readonly signature: string;
  readonly scores: ReadonlyMap<string, number>;
}

export interface ScoreOptions {
  readonly profile: Profile;
  /** Metrics by task; those of each task's rows that need no library when absent. */
  readonly tasks?: { readonly [task in TaskId]?: { readonly metrics: readonly string[] } | undefined };
  readonly bootstrap: Bootstrap;
  /** By "task/metric". */
  readonly measured?: ReadonlyMap<string, MeasuredMetric>;
}

/** Metric names of each task: what a recipe may ask for. */
export interface TaskMetrics {
  readonly report: ReportMetricName;
  readonly "closed-vqa": ClosedMetricName;
  readonly "open-vqa": OpenMetricName;
}

const metricNames: { readonly [T in TaskId]: readonly TaskMetrics[T][] } = {
  report: reportMetricNames,
  "closed-vqa": closedMetricNames,
  "open-vqa": openMetricNames,
};

/** The score of one item of one number. */
export interface ScoredItem {
  readonly id: string;
  readonly cluster: string;
  readonly stratum: string;
  readonly value: number;
}

/** One number before it is aggregated: its items, chance, and how it is made. */
export interface ScoredMetric {
  readonly task: TaskId;
  readonly metric: string;
  readonly chance: number | null;
  /** Implementation, parser and empty policy, for the signature. */
  readonly id: string;
  readonly aggregation: "micro" | "macro-over-types";
  readonly items: readonly ScoredItem[];
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

function entryOf(scored: ScoredMetric, profile: Profile, unit: string, bootstrap: Bootstrap): ScorecardEntry {
  const table = tableOf(scored.items);
  const { value, low, high, rule } = clusterInterval(table, bootstrap);
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
      `avg:${scored.aggregation}`,
      unit,
      describeRule(rule, bootstrap),
    ].join("|"),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const clusterOf = (row: PredictionRow): string => row.subject ?? row.case;

function closedMetrics(rows: readonly PredictionRow[], profile: Profile): readonly ScoredMetric[] {
  const judged = rows.map((row) => ({ row, outcome: judgeClosed(row, profile) }));
  const items = judged.map(({ row, outcome }) => ({
    id: row.id,
    cluster: clusterOf(row),
    stratum: "",
    value: outcome.correct ? 1 : 0,
  }));
  const head = {
    task: "closed-vqa",
    id: `tomoe.accuracy/1|parser:${parserIds[profile]}|unparsed:wrong|empty:wrong`,
    aggregation: "micro",
  } as const;
  const types = questionTypes.filter((type) => rows.some((row) => row.type === type));
  const ofType = (type: string): ScoredMetric => ({
    ...head,
    metric: `type.${type}`,
    chance: mean(judged.filter(({ row }) => row.type === type).map(({ outcome }) => outcome.chance)),
    items: items.filter((_item, index) => rows[index]?.type === type),
  });
  const typed = types.map(ofType);
  const macro: ScoredMetric = {
    ...head,
    metric: "accuracy.macro",
    aggregation: "macro-over-types",
    chance: mean(typed.map(({ chance }) => chance ?? Number.NaN)),
    items: items.map((item, index) => ({ ...item, stratum: rows[index]?.type ?? "" })),
  };
  return [
    { ...head, metric: "accuracy.micro", chance: mean(judged.map(({ outcome }) => outcome.chance)), items },
    ...(types.length === 0 ? [] : [macro, ...typed]),
    {
      ...head,
      metric: "unparsed",
      id: `tomoe.unparsed/1|parser:${parserIds[profile]}`,
      chance: null,
      items: items.map((item, index) => ({ ...item, value: judged[index]?.outcome.parsed === true ? 0 : 1 })),
    },
  ];
}

function isTextMetric(name: string): name is TextMetricName {
  return Object.hasOwn(textMetrics, name);
}

function textMetric(
  task: TaskId,
  metric: string,
  rows: readonly PredictionRow[],
  measured: MeasuredMetric | undefined,
): ScoredMetric {
  if (!isTextMetric(metric) && measured === undefined) {
    throw new TomoeError(
      "CONFIG_INVALID",
      `metric "${metric}" of ${task} needs a reference library and was not computed`,
      {
        hint: `Without a worker there are: ${Object.keys(textMetrics).join(", ")}.`,
        details: { task, metric },
      },
    );
  }
  const items = rows.map((row) => {
    const value =
      measured === undefined && isTextMetric(metric)
        ? textMetrics[metric].score(row.prediction, row.target)
        : measured?.scores.get(row.id);
    if (value === undefined || !(value >= 0 && value <= 1)) {
      throw new TomoeError(
        "INTERNAL",
        `metric "${metric}" of ${task} has score ${value} for "${row.id}", not one within 0..1`,
        {
          hint: "A library must score every row once; look at what measured them.",
          details: { task, metric, id: row.id },
        },
      );
    }
    return { id: row.id, cluster: clusterOf(row), stratum: "", value };
  });
  const id = measured?.signature ?? (isTextMetric(metric) ? textMetrics[metric].id : metric);
  return { task, metric, chance: null, id: `${id}|empty:0`, aggregation: "micro", items };
}

/**
 * The metrics of a task that is to be scored; what nobody asked for or nothing is there for is refused, not
 * left out.
 */
function metricsOf(task: TaskId, count: number, asked: ScoreOptions["tasks"]): readonly string[] {
  const names: readonly string[] = metricNames[task];
  if (asked === undefined)
    return count === 0 ? [] : names.filter((name) => name === "accuracy" || isTextMetric(name));
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
  const unknown = metrics?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TomoeError("CONFIG_INVALID", `${task} has no metric "${unknown}"`, {
      hint: `Its metrics are ${names.join(", ")}.`,
      details: { task, metric: unknown },
    });
  return [...new Set(metrics)];
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
    return metricsOf(task, mine.length, options.tasks).flatMap((metric) =>
      metric === "accuracy"
        ? closedMetrics(mine, options.profile)
        : [textMetric(task, metric, mine, options.measured?.get(`${task}/${metric}`))],
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
  return scoredMetrics(rows, options).map((scored) =>
    entryOf(scored, options.profile, unit, options.bootstrap),
  );
}
