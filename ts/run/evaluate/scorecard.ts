import { z } from "zod";
import { renderScorecard } from "../../eval/index.ts";
import { jsonText } from "../../files/index.ts";
import { type ScorecardEntry, scorecardFields } from "../../schema/answers/scorecard.ts";
import type { OwnedRun } from "../../track/index.ts";
import { readRecord } from "../../track/read/index.ts";

const documentSchema = z.strictObject({
  ok: z.literal(true),
  runId: z.string(),
  /** Where the run lay when it was finished. */
  dir: z.string(),
  scorecard: z.array(z.strictObject(scorecardFields)),
});

/** What a finished run gives; also the content of `scorecard.json`. */
export interface RunDocument {
  readonly ok: true;
  readonly runId: string;
  readonly dir: string;
  readonly scorecard: readonly ScorecardEntry[];
}

/** Writes the scorecard of a run for programs and for people: `scorecard.json` and `scorecard.md`. */
export async function writeScorecard({
  owned,
  entries,
}: {
  readonly owned: OwnedRun;
  readonly entries: readonly ScorecardEntry[];
}): Promise<void> {
  const { runId, dir } = owned;
  const document: RunDocument = { ok: true, runId, dir, scorecard: entries };
  await owned.write("scorecard.json", jsonText(document));
  await owned.write("scorecard.md", renderScorecard(entries));
}

/**
 * Reads the scorecard of a finished run.
 *
 * @throws TomoeError `RECORD_INVALID` naming the field that does not fit; `IO_FAILED`, `PERMISSION`.
 */
export async function readScorecard(path: string): Promise<RunDocument> {
  return await readRecord(path, documentSchema);
}
