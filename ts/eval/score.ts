import { TomoeError } from "../errors.ts";
import type { ScorecardEntry } from "../schema/answers/scorecard.ts";
import { predicts, type TaskId } from "../schema/task.ts";
import { estimated } from "./estimate.ts";
import { type Clusters, clustersOf } from "./interval/clusters.ts";
import { type MeasureOptions, measured, modeOf } from "./measure.ts";
import type { ScoredNumber } from "./metrics/metric.ts";
import { type Dropped, rowsUnder } from "./profiles.ts";
import { checkRows } from "./rows/check.ts";
import { Problems, shown } from "./rows/problems.ts";
import { clusterOf, type PredictionRow } from "./rows/row.ts";
import type { Warning } from "./rows/together.ts";
import { atOnce, type Steps } from "./steps.ts";

/** How text was generated and options were compared; `evaluation` of a recipe says the same. */
export interface AnswerModes {
  readonly generate: string;
  readonly answer: string;
}

export interface ScoreOptions extends MeasureOptions {
  /** How the answers were made, for the signature; a signature without it is of answers made elsewhere. */
  readonly answered?: AnswerModes;
  /** What the rows were held against: "3 of 3@digest". */
  readonly expected?: string | undefined;
}

/** A scorecard, and what of the rows is not in it. */
export interface Scored {
  readonly entries: readonly ScorecardEntry[];
  readonly scored: number;
  readonly dropped: readonly Dropped[];
  readonly warnings: readonly Warning[];
}

/** What the clusters of rows are. */
export const unitOf = (rows: readonly PredictionRow[]): "patient" | "case" =>
  rows[0]?.subject === undefined ? "case" : "patient";

/** What a signature says of the unit that intervals are made over. */
export const clusterUnit = (rows: readonly PredictionRow[]): string =>
  `cluster:${unitOf(rows) === "patient" ? "subject" : "case"}`;

/** Refuses rows that cannot be judged in the answer mode that was asked for. */
export function checkMode(rows: readonly PredictionRow[], { answer }: MeasureOptions): void {
  if (answer === undefined) return;
  const problems = new Problems();
  for (const row of rows) {
    if (!predicts(row.task, "choice")) continue;
    if (answer === "generate") {
      if (row.answerMode !== undefined && row.answerMode !== "generate")
        problems.add(`${shown(row.id)} was answered by ${row.answerMode}, not generated`);
    } else if (row.choiceLogProbs === undefined) problems.add(`${shown(row.id)} has no choiceLogProbs`);
    else if (answer === "loglik-token" && row.choiceTokens === undefined)
      problems.add(`${shown(row.id)} has no choiceTokens`);
  }
  if (problems.count === 0) return;
  throw new TomoeError(
    "DATA_PREDICTIONS",
    problems.told(`${problems.count} of ${rows.length} rows have no answer by ${answer}`),
    {
      hint: "Ask for an answer mode that the rows hold: choiceLogProbs for loglik-sum, choiceTokens beside them for loglik-token.",
      details: { count: problems.count, problems: problems.first, answer },
    },
  );
}

interface Context {
  readonly task: TaskId;
  readonly rows: readonly PredictionRow[];
  readonly clusters: Clusters;
  readonly options: ScoreOptions;
}

/** Everything that fixes a number. */
export function signatureOf(
  number: ScoredNumber,
  { task, rows, options }: Omit<Context, "clusters">,
  parts: readonly string[],
): string {
  const { answered } = options;
  const mode =
    (predicts(task, "choice") ? (options.answer ?? answered?.answer) : answered?.generate) ??
    modeOf(task, rows, options);
  return [
    "tomoe-eval/2",
    `profile:${options.profile}`,
    number.id,
    ...(mode === null ? [] : [`answer:${mode}`]),
    ...(options.expected === undefined ? [] : [`expected:${options.expected}`]),
    ...(options.provenance ?? []),
    ...parts,
  ].join("|");
}

/** How many of a number's items were cut by the limit of their generation. */
function truncatedOf(number: ScoredNumber, rows: readonly PredictionRow[]): number {
  const members = number.shape === "mean" ? number.members : undefined;
  const mine = members === undefined ? rows : Array.from(members, (at) => rows[at]);
  return mine.filter((row) => row?.truncated === true).length;
}

/** Says how many texts of a task are only the beginning of an answer. */
function cutTexts(task: TaskId, rows: readonly PredictionRow[]): readonly Warning[] {
  const cut = rows.filter(({ truncated }) => truncated === true).length;
  if (cut === 0) return [];
  return [
    {
      code: "TRUNCATED",
      message: `${task}: ${cut} of ${rows.length} texts hit the limit of their generation and are scored as far as they go; raise evaluation.maxNewTokens`,
    },
  ];
}

function entryOf(
  number: ScoredNumber,
  context: Context,
): { readonly entry: ScorecardEntry; readonly warnings: readonly Warning[] } {
  const { task, rows, clusters, options } = context;
  const found = estimated(number, clusters),
    truncated = truncatedOf(number, rows);
  const entry: ScorecardEntry = {
    task,
    metric: number.metric,
    value: found.value,
    ciLow: found.low,
    ciHigh: found.high,
    n: found.n,
    clusters: found.clusters,
    unit: unitOf(rows),
    chance: number.chance,
    majority: number.majority,
    answerMode: modeOf(task, rows, options),
    designEffect: found.designEffect,
    ...(truncated === 0 ? {} : { truncated }),
    signature: signatureOf(number, context, [`avg:${found.aggregation}`, clusterUnit(rows), found.rule]),
  };
  return {
    entry,
    warnings: found.warnings.map((warning) => ({ ...warning, message: `${task}: ${warning.message}` })),
  };
}

/**
 * Scores checked rows: closed questions by choice, everything else by text, each value with a 95% interval over
 * patients. The order of the rows changes no bit.
 *
 * @throws TomoeError as `measured` and `checkMode`; `DATA_EMPTY` where the profile drops every row.
 */
export function* scoreRows(given: readonly PredictionRow[], options: ScoreOptions): Steps<Scored> {
  const { rows, dropped } = rowsUnder(given, options.profile);
  if (rows.length === 0)
    throw new TomoeError("DATA_EMPTY", `${options.profile} drops every one of ${given.length} rows`, {
      hint: "An open row needs a target and a prediction under this profile.",
      details: { dropped: dropped.length },
    });
  checkMode(rows, options);
  const entries: ScorecardEntry[] = [],
    warnings: Warning[] = [];
  for (const { task, rows: mine, numbers, warnings: told } of yield* measured(rows, options)) {
    const clusters = clustersOf(mine.map(clusterOf));
    warnings.push(...told, ...cutTexts(task, mine));
    for (const number of numbers) {
      yield;
      const { entry, warnings: more } = entryOf(number, { task, rows: mine, clusters, options });
      entries.push(entry);
      warnings.push(...more);
    }
  }
  const tasks = new Set(entries.map(({ task }) => task));
  return { entries, scored: rows.filter(({ task }) => tasks.has(task)).length, dropped, warnings };
}

/**
 * Checks rows and scores them.
 *
 * @param values - rows of a predictions file; their order changes nothing.
 * @throws TomoeError `DATA_PREDICTIONS` counting every bad row; `DATA_EMPTY`; the others as `scoreRows`.
 */
export function scorePredictions(
  values: readonly unknown[],
  options: ScoreOptions,
): readonly ScorecardEntry[] {
  const rows = checkRows(values, (index) => `row ${index + 1}`);
  return atOnce(scoreRows(rows, options)).entries;
}
