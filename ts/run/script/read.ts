import { resolve } from "node:path";
import type { ResolvedExperiment } from "../../config/index.ts";
import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import {
  describeRun,
  type RunDescription,
  type RunSummary,
  listRuns as summariesIn,
} from "../../track/read/index.ts";
import { readScorecard } from "../evaluate/scorecard.ts";
import { readResolved } from "../read-run.ts";
import { arrangeScorecard } from "./typed-run.ts";

/** Where a script looks for runs. */
export interface RunPlace {
  /** Folder of the runs; `runs` below the current one when absent. */
  readonly runsDir?: string;
}

/** One run, read back; nothing of it is changed. */
export interface ReadRun extends Omit<RunDescription, "scorecard"> {
  readonly runId: string;
  readonly dir: string;
  /** The experiment as it ran: every default filled in. */
  readonly resolved: ResolvedExperiment;
  /** By task and metric, as `run` gives it; null before the run is finished. */
  readonly scorecard: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null;
  readonly entries: readonly ScorecardEntry[];
}

/**
 * The runs of a folder in the order they were made, broken ones with the reason: what `tomoe runs ls` lists.
 *
 * @throws TomoeError `IO_FAILED`, `PERMISSION` when the folder cannot be read.
 */
export function listRuns({ runsDir = "runs" }: RunPlace = {}): readonly RunSummary[] {
  return summariesIn(resolve(runsDir));
}

/**
 * Reads a run: what it ran, how it stands, its last metrics, its scorecard.
 *
 * @param reference - a run id, the beginning of one, the four letters at its end, or "latest".
 * @throws TomoeError `RUN_NOT_FOUND` with "did you mean"; `RECORD_INVALID` for a damaged one.
 */
export async function readRun(reference: string, { runsDir = "runs" }: RunPlace = {}): Promise<ReadRun> {
  const { scorecard: told, ...description } = await describeRun(resolve(runsDir), reference);
  const { runId, dir } = description.summary;
  const entries = told === null ? [] : (await readScorecard(`${dir}/scorecard.json`)).scorecard;
  return {
    ...description,
    runId,
    dir,
    resolved: await readResolved(`${dir}/resolved.json`),
    scorecard: told === null ? null : (arrangeScorecard(entries) as ReadRun["scorecard"]),
    entries,
  };
}
