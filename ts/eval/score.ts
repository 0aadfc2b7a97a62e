import { TomoeError } from "../errors.ts";
import { questionTypes, taskIds, type TaskId } from "../schema/task.ts";
import { type Bootstrap, clusterInterval, type ClusterSums } from "./bootstrap.ts";
import { judgeClosed, parserIds, type Profile } from "./choice.ts";
import { checkRows, type PredictionRow } from "./rows.ts";
import { textMetrics, type TextMetricName } from "./text-metrics.ts";

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

const defaultMetrics: Readonly<Record<TaskId, readonly string[]>> = { report: ["rouge1", "bleu1"], "closed-vqa": ["accuracy"], "open-vqa": ["exact", "rouge1", "bleu1"] };

interface ScoredItem {
  readonly cluster: string;
  readonly stratum: string;
  readonly value: number;
}

interface EntryHead {
  readonly task: TaskId;
  readonly metric: string;
  readonly chance: number | null;
  readonly id: string;
  readonly aggregation: "micro" | "macro-over-types";
}

function tableOf(items: readonly ScoredItem[], strata: readonly string[]): readonly (readonly ClusterSums[])[] {
  const place = new Map(strata.map((name, index) => [name, index]));
  const clusters = new Map<string, { sum: number; count: number }[]>();
  // Sorted, so that the order of the file changes nothing.
  for (const cluster of [...new Set(items.map((item) => item.cluster))].sort()) clusters.set(cluster, strata.map(() => ({ sum: 0, count: 0 })));
  for (const item of items) {
    const cell = clusters.get(item.cluster)?.[place.get(item.stratum) ?? 0];
    if (cell === undefined) continue;
    cell.sum += item.value;
    cell.count += 1;
  }
  return [...clusters.values()];
}

function entry(head: EntryHead, items: readonly ScoredItem[], bootstrap: Bootstrap): ScorecardEntry {
  const strata = head.aggregation === "micro" ? [""] : [...new Set(items.map((item) => item.stratum))].sort();
  const table = tableOf(head.aggregation === "micro" ? items.map((item) => ({ ...item, stratum: "" })) : items, strata);
  const { value, low, high, degenerate } = clusterInterval(table, bootstrap);
  const ci = degenerate ? "ci:wilson95-over-clusters(no-spread)" : `ci:cluster-bootstrap-percentile95(resamples=${bootstrap.resamples},seed=${bootstrap.seed})`;
  return {
    task: head.task, metric: head.metric, value, ciLow: low, ciHigh: high, n: items.length, clusters: table.length, chance: head.chance,
    signature: `${head.id}|avg:${head.aggregation}|${ci}|tomoe-eval:1`,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const clusterOf = (row: PredictionRow): string => row.subject ?? row.case;

function closedEntries(rows: readonly PredictionRow[], options: ScoreOptions): readonly ScorecardEntry[] {
  const judged = rows.map((row) => ({ row, outcome: judgeClosed(row, options.profile) }));
  const items = judged.map(({ row, outcome }) => ({ cluster: clusterOf(row), stratum: row.type ?? "", value: outcome.correct ? 1 : 0 }));
  const chance = mean(judged.map(({ outcome }) => outcome.chance));
  const id = `accuracy|parser:${parserIds[options.profile]}|unparsed:wrong`;
  const head = { task: "closed-vqa", id, aggregation: "micro" } as const;
  const entries = [entry({ ...head, metric: "accuracy.micro", chance }, items, options.bootstrap)];
  const typed = items.filter((item) => item.stratum !== "");
  const types = questionTypes.filter((type) => typed.some((item) => item.stratum === type));
  const chanceOf = (type: string): number => mean(judged.filter(({ row }) => row.type === type).map(({ outcome }) => outcome.chance));
  if (types.length > 0) entries.push(entry({ ...head, metric: "accuracy.macro", aggregation: "macro-over-types", chance: mean(types.map(chanceOf)) }, typed, options.bootstrap));
  for (const type of types) entries.push(entry({ ...head, metric: `type.${type}`, chance: chanceOf(type) }, typed.filter((item) => item.stratum === type), options.bootstrap));
  const unparsed = judged.map(({ row, outcome }) => ({ cluster: clusterOf(row), stratum: "", value: outcome.parsed ? 0 : 1 }));
  entries.push(entry({ ...head, metric: "unparsed", id: `unparsed|parser:${parserIds[options.profile]}`, chance: null }, unparsed, options.bootstrap));
  return entries;
}

function isTextMetric(name: string): name is TextMetricName {
  return Object.hasOwn(textMetrics, name);
}

function textEntry(task: TaskId, metric: string, rows: readonly PredictionRow[], options: ScoreOptions): ScorecardEntry {
  const measured = options.measured?.get(`${task}/${metric}`);
  if (!isTextMetric(metric) && measured === undefined) {
    throw new TomoeError("CONFIG_INVALID", `metric "${metric}" of ${task} needs a reference library and was not computed`, { hint: `without a worker there are: ${Object.keys(textMetrics).join(", ")}`, details: { task, metric } });
  }
  const items = rows.map((row) => {
    // Both sides are stripped, as the benchmark does; an empty prediction scores 0.
    const prediction = row.prediction.trim(), target = row.target.trim();
    const value = measured === undefined && isTextMetric(metric) ? textMetrics[metric].score(prediction, target) : prediction === "" ? 0 : measured?.scores.get(row.id);
    if (value === undefined || !Number.isFinite(value)) throw new TomoeError("INTERNAL", `metric "${metric}" has no score for "${row.id}"`, { hint: "this is a bug of ours: a library must score every row" });
    return { cluster: clusterOf(row), stratum: "", value };
  });
  const id = `${measured?.signature ?? (isTextMetric(metric) ? textMetrics[metric].id : metric)}|empty:0`;
  return entry({ task, metric, chance: null, id, aggregation: "micro" }, items, options.bootstrap);
}

/**
 * Scores predictions: closed questions by choice, everything else by text, each value with a 95% interval that resamples patients.
 *
 * @param values - rows of a predictions file; their order changes nothing.
 * @throws TomoeError `DATA_MANIFEST`, `DATA_EMPTY` for rows that cannot be scored; `CONFIG_INVALID` for a metric that was not computed.
 */
export function scorePredictions(values: readonly unknown[], options: ScoreOptions): readonly ScorecardEntry[] {
  const rows = [...checkRows(values, (index) => `row ${index + 1}`)].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return taskIds.flatMap((task) => {
    const mine = rows.filter((row) => row.task === task);
    const metrics = options.tasks === undefined ? defaultMetrics[task] : (options.tasks[task]?.metrics ?? []);
    if (mine.length === 0 || metrics.length === 0) return [];
    return metrics.flatMap((metric) => (task === "closed-vqa" ? closedEntries(mine, options) : [textEntry(task, metric, mine, options)]));
  });
}
