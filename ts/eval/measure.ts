import { TomoeError } from "../errors.ts";
import { everyMetricOf, type MetricName, metricRow, predicts, type TaskId, taskIds } from "../schema/task.ts";
import { type ClosedRule, rowsByType } from "./closed/numbers.ts";
import { type Clusters, clustersOf } from "./interval/clusters.ts";
import type { Bounds } from "./interval/mean.ts";
import { judgedNumbers } from "./judges.ts";
import { boundsOf } from "./metrics/facts.ts";
import { choiceMetrics, corpusMetrics, textMetrics, wholeMetrics } from "./metrics/index.ts";
import type {
  CorpusMetric,
  CorpusNumber,
  MeanNumber,
  ScoredNumber,
  TextMetric,
  WholeMetric,
} from "./metrics/metric.ts";
import { hasOtherLetters } from "./metrics/words.ts";
import { type Profile, profileRow } from "./profiles.ts";
import type { JudgedScores } from "./rows/judged.ts";
import { type AnswerMode, clusterOf, type PredictionRow } from "./rows/row.ts";
import type { Warning } from "./rows/together.ts";
import { Pace, type Steps } from "./steps.ts";

/** Scores of a metric that a reference library or a model of the user's computed, by row id. */
export interface MeasuredMetric {
  readonly signature: string;
  readonly scores: ReadonlyMap<string, number>;
}

/** What decides which numbers there are, and how items are scored. */
export interface MeasureOptions {
  readonly profile: Profile;
  /** Metrics by task; the table's defaults of each task's rows when absent. */
  readonly tasks?: { readonly [task in TaskId]?: { readonly metrics: readonly string[] } | undefined };
  /** By "task/metric". */
  readonly measured?: ReadonlyMap<string, MeasuredMetric>;
  /** What judges said of the rows; it stands beside the metrics. */
  readonly judged?: readonly JudgedScores[] | undefined;
  /** How closed answers are judged; by their text when absent. */
  readonly answer?: AnswerMode | undefined;
  /** What else fixes the numbers, for the signature: "data:...", "checkpoint:...", "leak:none". */
  readonly provenance?: readonly string[] | undefined;
}

/** How the answers of a task were made, as far as the rows or what was asked for say. */
export function modeOf(
  task: TaskId,
  rows: readonly PredictionRow[],
  { answer }: Pick<MeasureOptions, "answer">,
): string | null {
  return (predicts(task, "choice") ? answer : undefined) ?? rows[0]?.answerMode ?? null;
}

function closedRule(task: TaskId, rows: readonly PredictionRow[], options: MeasureOptions): ClosedRule {
  const { answer } = options;
  return {
    parser: profileRow(options.profile).parser,
    byLogProbs: answer === "generate" ? undefined : answer,
    isChosen: modeOf(task, rows, options)?.startsWith("loglik") === true,
  };
}

/** Every number of one task's rows, before it is aggregated. */
export interface TaskNumbers {
  readonly task: TaskId;
  readonly rows: readonly PredictionRow[];
  readonly numbers: readonly ScoredNumber[];
  readonly warnings: readonly Warning[];
}

const ofTable = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/**
 * The metrics of a task that is to be scored; what nobody asked for or nothing is there for is refused, not
 * left out.
 */
function metricsToScore(
  task: TaskId,
  count: number,
  { tasks: asked, profile, measured: there }: MeasureOptions,
): readonly MetricName[] {
  const names = everyMetricOf(task);
  if (asked === undefined) {
    const { openMetrics } = profileRow(profile);
    if (count === 0) return [];
    return names.filter((name) =>
      openMetrics !== undefined && predicts(task, "answer")
        ? openMetrics.includes(name) && (metricRow(name).needs === "text" || there?.has(`${task}/${name}`))
        : metricRow(name).isDefault,
    );
  }
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

interface Checked {
  readonly task: TaskId;
  readonly metric: MetricName;
  readonly bounds: Bounds;
}

function checkedScore(value: number | undefined, { task, metric, bounds }: Checked, id: string): number {
  const { floor, ceiling } = bounds;
  if (value !== undefined && value >= floor && value <= ceiling) return value;
  throw new TomoeError(
    "INTERNAL",
    `metric "${metric}" of ${task} has score ${value} for "${id}", not one within ${floor}..${ceiling}`,
    {
      hint: "A library must score every row once; look at what measured them.",
      details: { task, metric, id },
    },
  );
}

/** The number over all rows and one for each type. */
function withTypes(number: MeanNumber, rows: readonly PredictionRow[]): readonly MeanNumber[] {
  const byType = [...rowsByType(rows)].map(
    ([type, members]): MeanNumber => ({
      ...number,
      metric: `${number.metric}.type.${type}`,
      values: Float64Array.from(members, (at) => number.values[at] ?? 0),
      members,
    }),
  );
  return [number, ...byType];
}

function englishOnly(metric: string, rows: readonly PredictionRow[]): readonly Warning[] {
  const count = rows.filter((row) => hasOtherLetters(row.prediction) || hasOtherLetters(row.target)).length;
  if (count === 0) return [];
  const order = metric.split(".")[0];
  return [
    {
      code: "METRIC_ENGLISH_ONLY",
      message: `${metric} keeps the letters a-z and digits alone, and ${count} of ${rows.length} rows have other letters: it compares what is left of them; ${order}.words counts words of every script`,
    },
  ];
}

/** The score of one row, with pauses where the metric takes its time over long texts. */
function* scoreOf(
  own: TextMetric | undefined,
  { prediction, target }: PredictionRow,
): Steps<number | undefined> {
  return own?.steps === undefined ? own?.score(prediction, target) : yield* own.steps(prediction, target);
}

function* meanNumber(
  task: TaskId,
  metric: MetricName,
  rows: readonly PredictionRow[],
  { own, measured }: { readonly own: TextMetric | undefined; readonly measured: MeasuredMetric | undefined },
): Steps<MeanNumber> {
  if (own === undefined && measured === undefined)
    throw new TomoeError(
      "ENVIRONMENT",
      `metric "${metric}" of ${task} needs a reference library of the worker, and was not computed`,
      {
        hint: `Name it in the recipe of a run, whose worker computes it; without one there are: ${Object.keys({ ...textMetrics, ...corpusMetrics }).join(", ")}.`,
        details: { task, metric },
      },
    );
  const values = new Float64Array(rows.length);
  // A baseline that is taken off moves them: the signature says to where.
  const bounds = boundsOf(metric, measured === undefined ? "" : `|${measured.signature}`),
    checked = { task, metric, bounds };
  const pace = new Pace();
  for (const [at, row] of rows.entries()) {
    if (pace.isDueFor(row)) yield;
    const value = measured === undefined ? yield* scoreOf(own, row) : measured.scores.get(row.id);
    values[at] = checkedScore(value, checked, row.id);
  }
  return {
    shape: "mean",
    kind: measured === undefined ? (own?.kind ?? "within") : bounds.floor < 0 ? "unbounded" : "within",
    metric,
    chance: null,
    majority: null,
    id: `${measured?.signature ?? own?.id ?? metric}|empty:0`,
    bounds,
    values,
  };
}

function* corpusNumber(
  metric: MetricName,
  rows: readonly PredictionRow[],
  own: CorpusMetric,
): Steps<CorpusNumber> {
  const vectors = new Float64Array(rows.length * own.size);
  const pace = new Pace();
  for (const [at, row] of rows.entries()) {
    if (pace.isDueFor(row)) yield;
    vectors.set(own.statistics(row.prediction, row.target), at * own.size);
  }
  const { bounds } = metricRow(metric);
  const head = { metric, chance: null, majority: null, bounds };
  return { shape: "corpus", ...head, id: `${own.id}|empty:kept`, vectors, size: own.size, value: own.value };
}

function* wholeNumber(
  metric: MetricName,
  rows: readonly PredictionRow[],
  own: WholeMetric,
): Steps<CorpusNumber> {
  const clusters: Clusters = clustersOf(rows.map(clusterOf));
  const { bounds } = metricRow(metric);
  return {
    shape: "corpus",
    metric,
    chance: null,
    majority: null,
    bounds,
    ...(yield* own.number(rows, clusters)),
  };
}

function* numbersOf(
  task: TaskId,
  metric: MetricName,
  rows: readonly PredictionRow[],
  options: MeasureOptions,
): Steps<Omit<TaskNumbers, "task" | "rows">> {
  const ofChoices = ofTable(choiceMetrics, metric);
  if (ofChoices !== undefined) return yield* ofChoices(rows, closedRule(task, rows, options));
  const whole = ofTable<WholeMetric>(wholeMetrics, metric);
  if (whole !== undefined) return { numbers: [yield* wholeNumber(metric, rows, whole)], warnings: [] };
  const { metrics: ofProfile } = profileRow(options.profile);
  const special = ofTable(ofProfile, metric);
  const corpus = special ?? ofTable<CorpusMetric>(corpusMetrics, metric);
  if (corpus !== undefined && "statistics" in corpus)
    return { numbers: [yield* corpusNumber(metric, rows, corpus)], warnings: [] };
  const own = (special as TextMetric | undefined) ?? ofTable<TextMetric>(textMetrics, metric);
  const measured = options.measured?.get(`${task}/${metric}`);
  const number = yield* meanNumber(task, metric, rows, { own, measured });
  return {
    numbers: withTypes(number, rows),
    warnings: own?.readsEnglishAlone === true ? englishOnly(metric, rows) : [],
  };
}

/**
 * Every number of checked rows, item by item, task by task.
 *
 * @throws TomoeError `CONFIG_INVALID` for rows of a task without metrics or an unknown metric; `ENVIRONMENT` for one
 * that needs a library and was not computed; `DATA_EMPTY` for a task without rows; `INTERNAL` for a computed score
 * that is missing or out of range.
 */
export function* measured(
  rows: readonly PredictionRow[],
  options: MeasureOptions,
): Steps<readonly TaskNumbers[]> {
  const found: TaskNumbers[] = [];
  for (const task of taskIds) {
    const mine = rows.filter((row) => row.task === task);
    const numbers: ScoredNumber[] = [],
      warnings: Warning[] = [];
    for (const metric of metricsToScore(task, mine.length, options)) {
      const one = yield* numbersOf(task, metric, mine, options);
      numbers.push(...one.numbers);
      warnings.push(...one.warnings);
    }
    for (const number of judgedNumbers(task, mine, options.judged ?? []))
      numbers.push(...withTypes(number, mine));
    if (numbers.length > 0) found.push({ task, rows: mine, numbers, warnings });
  }
  return found;
}
