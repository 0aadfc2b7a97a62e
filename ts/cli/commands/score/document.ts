import { z } from "zod";
import { ok, scorecardEntry } from "../../words/document-parts.ts";

/** What `tomoe score --json` prints. */
export const scoreDocument = z.looseObject({ ok, scorecard: z.array(scorecardEntry) });
