import { z } from "zod";
import { ok, scorecardEntry } from "../../words/document-parts.ts";

/** What `tomoe run --json` prints. */
export const runDocument = z.looseObject({
  ok,
  runId: z.string(),
  dir: z.string(),
  scorecard: z.array(scorecardEntry),
});
