import type { ResolvedExperiment } from "../../config/index.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import {
  type Adversary,
  againstAdversaries,
  checkRows,
  compareSystems,
  type Gaps,
  type ItemScores,
  type MeasuredMetric,
  type PairedEntry,
  type PredictionRow,
  type ScoreOptions,
  scoreItems,
  scoreRows,
  type Warning,
} from "../../eval/index.ts";
import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";
import { isTaskId, predicts, type TaskId } from "../../schema/task.ts";
import type { Row } from "../../track/read/index.ts";
import { measureRows, needsWorker } from "../evaluate/measured.ts";
import type { Take } from "./ask/extract.ts";
import type { LazyPool } from "./ask/lazy-pool.ts";
import { inStage, type StagePart, type StageWorld } from "./record/stages.ts";

type Tasks = ExperimentConfig["tasks"];

/** What rows are judged by. */
export interface Judging {
  readonly world: StageWorld;
  readonly resolved: ResolvedExperiment;
  readonly tasks: readonly TaskId[];
  readonly pool: LazyPool;
  readonly take: Take;
  /** Parts of every signature: checkpoint, data, split. */
  readonly provenance: readonly string[];
}

/** The answers of the system in both modes, extracted. */
export interface OwnRows {
  readonly own: StagePart;
  readonly words: StagePart | null;
}

/** How the questions with options that were answered in words are called in a metric's name. */
const inWords = "generate";
const byToken = "loglik-token";

/** Rows of a stage, as a scorer reads them. */
export const rowsOf = ({ rows }: Pick<StagePart, "rows">): readonly PredictionRow[] =>
  checkRows(rows, (at) => `row ${at + 1}`);

/** The metrics of the tasks that are evaluated. */
function tasksOf({ resolved, tasks }: Judging, keeps: (task: TaskId) => boolean = () => true): Tasks {
  return Object.fromEntries(
    Object.entries(resolved.config.tasks).filter(
      ([task]) => isTaskId(task) && tasks.includes(task) && keeps(task),
    ),
  );
}

/** The same without metrics that a worker computes. */
function textTasks(tasks: Tasks): Tasks {
  return Object.fromEntries(
    Object.entries(tasks).flatMap(([task, judged]) => {
      const metrics = (judged?.metrics ?? []).filter((metric) => !needsWorker(metric));
      return metrics.length === 0 ? [] : [[task, { metrics }]];
    }),
  ) as Tasks;
}

const isChoice = ({ task }: { readonly task: TaskId }): boolean => predicts(task, "choice");
const ofChoices = (task: TaskId): boolean => predicts(task, "choice");

/** An accuracy by another mode than the recipe's has the mode behind its name. */
const isAccuracy = ({ metric }: { readonly metric: string }): boolean =>
  metric.startsWith("accuracy.") || metric.startsWith("type.");
const named = <T extends { readonly metric: string }>(entry: T, mode: string): T => ({
  ...entry,
  metric: `${entry.metric}.${mode}`,
});

/** What is computed in each mode beside the recipe's, and of which rows. */
function modesOf({
  own,
  words,
}: {
  readonly own: readonly PredictionRow[];
  readonly words: readonly PredictionRow[];
}) {
  return [
    { mode: byToken, answer: byToken, rows: own.filter(isChoice) },
    { mode: inWords, answer: "generate", rows: words },
  ] as const;
}

interface Measured {
  readonly signature: string;
  readonly scores: readonly (readonly [string, number])[];
}

/** Scores of the reference libraries, by "task/metric"; a worker is started for them alone. */
async function fromLibraries(
  job: Judging,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, MeasuredMetric>> {
  const tasks = tasksOf(job);
  if (!Object.values(tasks).some((judged) => judged?.metrics.some(needsWorker) === true)) return new Map();
  const resolved = { ...job.resolved, config: { ...job.resolved.config, tasks } };
  return await measureRows({ job: { resolved }, pool: await job.pool.pool(), rows });
}

/** Item by item, what each mode and metric gives. */
export async function scoreStage(job: Judging, { own, words }: OwnRows): Promise<StagePart> {
  const tasks = tasksOf(job);
  const inputs = { own: own.digest, words: words?.digest ?? null, tasks, profile: "strict" };
  return await inStage(job.world, { name: "score", part: "items", inputs }, async ({ log }) => {
    const measured = await fromLibraries(job, own.rows);
    const rows = rowsOf(own),
      inWordsRows = words === null ? [] : rowsOf(words);
    const scored = [...(await job.take(scoreItems(rows, { profile: "strict", tasks, measured })))];
    const more: ItemScores[] = [];
    for (const { mode, answer, rows: mine } of modesOf({ own: rows, words: inWordsRows })) {
      if (mine.length === 0) continue;
      const options = { profile: "strict", tasks: tasksOf(job, ofChoices), answer } as const;
      const found = await job.take(scoreItems(mine, options));
      more.push(
        ...found.map((item) => ({
          ...item,
          scores: Object.fromEntries(
            Object.entries(item.scores).map(([metric, value]) => [`${metric}.${mode}`, value]),
          ),
        })),
      );
    }
    await log.append(merged([...scored, ...more]));
    return [...measured].map(([key, { signature }]) => [key, signature]);
  });
}

/** One row an item, whatever the modes. */
function merged(all: readonly ItemScores[]): readonly Row[] {
  const found = new Map<
    string,
    { readonly id: string; readonly task: string; readonly scores: Record<string, number> }
  >();
  for (const { id, task, scores } of all) {
    const row = found.get(id) ?? { id, task, scores: {} };
    found.set(id, row);
    Object.assign(row.scores, scores);
  }
  return [...found.values()] as unknown as readonly Row[];
}

/** The libraries' scores as the stage `score` keeps them. */
function measuredOf({ rows, result }: StagePart): ReadonlyMap<string, MeasuredMetric> {
  const signatures = (result ?? []) as readonly (readonly [string, string])[];
  return new Map(
    signatures.map(([key, signature]) => {
      const [task = "", ...rest] = key.split("/"),
        metric = rest.join("/");
      const scores = rows.flatMap((row): Measured["scores"] => {
        const value = (row.scores as Readonly<Record<string, number>> | undefined)?.[metric];
        return row.task === task && value !== undefined ? [[row.id, value]] : [];
      });
      return [key, { signature, scores: new Map(scores) }];
    }),
  );
}

/** A scorecard and what its reader should know. */
export interface Aggregated {
  readonly scorecard: readonly ScorecardEntry[];
  readonly comparison: readonly PairedEntry[];
  readonly warnings: readonly Warning[];
}

/** Every number of the system with its interval, in every mode. */
export async function aggregateStage(
  job: Judging,
  { own, words }: OwnRows,
  scored: StagePart,
): Promise<StagePart> {
  const inputs = { scored: scored.digest, provenance: job.provenance };
  return await inStage(job.world, { name: "aggregate", part: "scorecard", inputs }, async ({ log }) => {
    const rows = rowsOf(own),
      inWordsRows = words === null ? [] : rowsOf(words);
    const common = {
      profile: "strict",
      provenance: job.provenance,
      answered: job.resolved.config.evaluation,
    } as const;
    const whole: ScoreOptions = { ...common, tasks: tasksOf(job), measured: measuredOf(scored) };
    const first = await job.take(scoreRows(rows, whole));
    const scorecard = [...first.entries],
      warnings = [...first.warnings];
    for (const { mode, answer, rows: mine } of modesOf({ own: rows, words: inWordsRows })) {
      if (mine.length === 0) continue;
      const found = await job.take(scoreRows(mine, { ...common, tasks: tasksOf(job, ofChoices), answer }));
      scorecard.push(
        ...found.entries
          .filter((entry) => mode === inWords || isAccuracy(entry))
          .map((entry) => named(entry, mode)),
      );
      warnings.push(
        ...found.warnings.map(({ code, message }) => ({ code, message: `by ${mode}: ${message}` })),
      );
    }
    const comparison = await modesCompared(job, rows, inWordsRows);
    await log.append(asRows(scorecard, ({ task, metric }) => `${task}/${metric}`));
    return JSON.parse(JSON.stringify({ comparison, warnings })) as JsonValue;
  });
}

/** The recipe's mode and the answers in words, on the same questions. */
async function modesCompared(
  job: Judging,
  own: readonly PredictionRow[],
  words: readonly PredictionRow[],
): Promise<readonly PairedEntry[]> {
  if (words.length === 0) return [];
  const plain = (rows: readonly PredictionRow[]): readonly PredictionRow[] =>
    rows.filter(isChoice).map(({ answerMode: _mode, ...row }) => row);
  const systems = [
    { name: job.resolved.config.evaluation.answer, seeds: [plain(own)] },
    { name: inWords, seeds: [plain(words)] },
  ];
  const options = { profile: "strict", tasks: tasksOf(job, ofChoices), provenance: job.provenance } as const;
  return (await job.take(compareSystems(systems, options))).entries.filter(isAccuracy);
}

/** The paired gap of the system to each adversary. */
export async function compareStage(
  job: Judging,
  system: { readonly name: string; readonly own: StagePart },
  adversaries: readonly { readonly name: string; readonly part: StagePart }[],
): Promise<StagePart> {
  const tasks = textTasks(tasksOf(job));
  const inputs = {
    system: system.name,
    own: system.own.digest,
    adversaries: adversaries.map(({ name, part }) => [name, part.digest]),
    tasks,
    provenance: job.provenance,
  };
  return await inStage(job.world, { name: "compare", part: "adversaries", inputs }, async ({ log }) => {
    const keeps = ({ task }: PredictionRow): boolean => tasks[task] !== undefined;
    const whole: Adversary = { name: system.name, rows: rowsOf(system.own).filter(keeps) };
    const others = adversaries
      .map(({ name, part }): Adversary => ({ name, rows: rowsOf(part).filter(keeps) }))
      .filter(({ rows }) => rows.length > 0);
    const options = { profile: "strict", tasks, provenance: job.provenance } as const;
    const { entries, warnings } = await job.take(againstAdversaries(whole, others, options));
    await log.append(asRows(entries, ({ adversary, task, metric }) => `${adversary}/${task}/${metric}`));
    return JSON.parse(JSON.stringify({ warnings })) as JsonValue;
  });
}

/** Entries as rows of a stage, under ids of their own. */
const asRows = <T extends object>(entries: readonly T[], idOf: (entry: T) => string): readonly Row[] =>
  entries.map((entry) => JSON.parse(JSON.stringify({ id: idOf(entry), ...entry })) as Row);

const asEntries = <T>({ rows }: StagePart): readonly T[] =>
  rows.map(({ id: _id, ...entry }) => entry as unknown as T);

/** What the stage `aggregate` keeps. */
export function aggregatedOf(part: StagePart): Aggregated {
  return { ...(part.result as unknown as Omit<Aggregated, "scorecard">), scorecard: asEntries(part) };
}

/** What the stage `compare` keeps. */
export function gapsOf(part: StagePart): Pick<Gaps, "entries" | "warnings"> {
  return { ...(part.result as unknown as Pick<Gaps, "warnings">), entries: asEntries(part) };
}

/**
 * Ends an evaluation that failed to answer more items than the recipe allows.
 *
 * @throws TomoeError `DATA_PREDICTIONS` naming how many, the first, and why.
 */
export function refuseFailed(parts: readonly StagePart[], maxFailed: number, again: string): void {
  const failed = parts.flatMap(({ rows }) => rows.filter((row) => "error" in row));
  if (failed.length <= maxFailed) return;
  const [first] = failed;
  const { code = "", message = "" } = (first?.error ?? {}) as {
    readonly code?: string;
    readonly message?: string;
  };
  throw new TomoeError(
    "DATA_PREDICTIONS",
    `${failed.length} items could not be answered, and evaluation.maxFailed allows ${maxFailed} (first: ${first?.id ?? ""}, ${code}: ${message})`,
    {
      hint: `Mend what they fail of and ask them again with "${again} --from generate", or raise evaluation.maxFailed: they are then scored as empty answers.`,
      details: { failed: failed.length, maxFailed, first: failed.slice(0, 20) as unknown as JsonValue },
    },
  );
}
