import { z } from "zod";
import { ok, scorecardEntry } from "../../words/document-parts.ts";

const oneRun = { ok, runId: z.string(), dir: z.string(), scorecard: z.array(scorecardEntry) };

/** What `tomoe run --json` prints: the document of the last run; `runs` holds all of a file that made several. */
export const runDocument = z.looseObject({ ...oneRun, runs: z.array(z.looseObject(oneRun)).optional() });
