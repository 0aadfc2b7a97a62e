import { z } from "zod";
import { ok, scorecardEntry } from "../../words/document-parts.ts";
import { sweepDocument } from "../sweep/document.ts";

const oneRun = { ok, runId: z.string(), dir: z.string(), scorecard: z.array(scorecardEntry) };

/**
 * What `tomoe run --json` prints: the document of the last run; `runs` holds all of a file that made several, `sweeps`
 * its sweeps. Of a file that sweeps and makes no other run it is the document of the last sweep, and `runs` is empty.
 */
export const runDocument = z.looseObject({
  ...z.object(oneRun).partial({ runId: true, scorecard: true }).shape,
  ...sweepDocument.partial().omit({ ok: true, dir: true }).shape,
  runs: z.array(z.looseObject(oneRun)).optional(),
  sweeps: z.array(sweepDocument).optional(),
});
