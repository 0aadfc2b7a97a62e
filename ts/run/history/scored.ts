import { existsSync } from "node:fs";
import { type PredictionRow, readPredictions } from "../../eval/index.ts";
import { streamBytes } from "../../files/index.ts";
import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import { describeRun, openRun, type RunDescription, type RunFolder } from "../../track/read/index.ts";
import { readScorecard } from "../evaluate/scorecard.ts";

/** A run with what it scored, read back. */
export interface ScoredRun {
  readonly folder: RunFolder;
  readonly description: RunDescription;
  /** Its scorecard; empty before there is one. */
  readonly entries: readonly ScorecardEntry[];
  /** Its predictions; null before there are any. */
  readonly rows: readonly PredictionRow[] | null;
}

/**
 * Opens a run with its scorecard and its predictions, as far as it came.
 *
 * @param reference - as `openRun`.
 * @throws TomoeError `RUN_NOT_FOUND`; `RECORD_INVALID`, `DATA_PREDICTIONS` for a damaged one; the signal's reason.
 */
export async function readScored(
  runsDir: string,
  reference: string,
  signal?: AbortSignal,
): Promise<ScoredRun> {
  const folder = await openRun(runsDir, reference);
  const { scorecard, predictions } = folder.paths;
  const entries = existsSync(scorecard) ? (await readScorecard(scorecard)).scorecard : [];
  const rows = existsSync(predictions)
    ? (await readPredictions(streamBytes(predictions), { file: folder.runId }, signal)).rows
    : null;
  return { folder, description: await describeRun(runsDir, folder.runId), entries, rows };
}
