import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type AnswerMode,
  atOnce,
  type Comparison,
  checkSystems,
  compareSystems,
  type PredictionRow,
  type Profile,
  profileRow,
  readPredictions,
  type Scored,
  scoreRows,
} from "../../eval/index.ts";
import { streamBytes } from "../../files/index.ts";
import type { TaskMetrics } from "../../schema/task.ts";

/** Predictions: a run as `run` gives it, the path of a run's folder or of a JSONL file, or rows. */
export type PredictionSource = { readonly dir: string } | string | readonly object[];

/** How predictions are judged. */
interface JudgeOptions {
  /** The published way whose numbers are wanted; "strict" when absent. */
  readonly profile?: Profile;
  /** How closed questions were answered, where rows say both. */
  readonly answer?: AnswerMode;
}

export interface ScoreSettings extends JudgeOptions {
  /** Metrics of each task; the default ones when absent. */
  readonly tasks?: { readonly [T in keyof TaskMetrics]?: { readonly metrics: readonly TaskMetrics[T][] } };
}

/** Rows as a file would hold them, so that they are read by the rules of one. */
async function* linesOf(rows: readonly object[]): AsyncGenerator<Uint8Array> {
  for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`, "utf8");
}

async function rowsOf(source: PredictionSource, profile: Profile): Promise<readonly PredictionRow[]> {
  const wanted = { dropsEmpty: profileRow(profile).dropsEmpty };
  if (typeof source === "object" && !("dir" in source))
    return (await readPredictions(linesOf(source), wanted)).rows;
  const path = typeof source === "string" ? source : source.dir;
  const ofRun = join(path, "predictions.jsonl");
  return (await readPredictions(streamBytes(existsSync(ofRun) ? ofRun : path), wanted)).rows;
}

/**
 * A scorecard for predictions, with nothing computed anew: the function behind `tomoe score`.
 *
 * @throws TomoeError `DATA_PREDICTIONS` naming every row that is none, `DATA_EMPTY`, `PATH_NOT_FOUND`, `CONFIG_INVALID`.
 */
export async function score(source: PredictionSource, settings: ScoreSettings = {}): Promise<Scored> {
  const { profile = "strict", answer, tasks } = settings;
  const rows = await rowsOf(source, profile);
  return atOnce(scoreRows(rows, { profile, answer, ...(tasks === undefined ? {} : { tasks }) }));
}

export interface CompareSettings extends JudgeOptions {
  /** "task/metric" of the numbers that a verdict is given of; one a task when absent. */
  readonly primary?: readonly string[];
}

/**
 * Systems on the same items, each with the first: the function behind `tomoe compare`.
 *
 * @param systems - predictions by name, the baseline first; several of one system are its seeds.
 * @throws TomoeError as `score`; `DATA_PREDICTIONS` where items differ.
 */
export async function compare(
  systems: Readonly<Record<string, PredictionSource | readonly { readonly dir: string }[]>>,
  settings: CompareSettings = {},
): Promise<Comparison> {
  const { profile = "strict", answer, primary } = settings;
  const read = Object.entries(systems).map(async ([name, given]) => {
    const seeds = await Promise.all(seedsOf(given).map((source) => rowsOf(source, profile)));
    return { name, seeds };
  });
  const all = await Promise.all(read);
  checkSystems(all);
  return atOnce(compareSystems(all, { profile, answer, primary }));
}

type SeedList = readonly { readonly dir: string }[];

/** A list of runs is the seeds of one system; a list of anything else is the rows of one. */
function seedsOf(given: PredictionSource | SeedList): readonly PredictionSource[] {
  const isList = Array.isArray(given) && given.length > 0 && given.every((one) => "dir" in one);
  return isList ? (given as SeedList) : [given as PredictionSource];
}
