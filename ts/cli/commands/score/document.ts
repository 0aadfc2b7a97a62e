import { z } from "zod";
import { closedAnswers, input, ok, scorecardEntry, warning } from "../../words/document-parts.ts";

/** What became of the rows. */
const rows = z.looseObject({
  given: z.int(),
  expected: z.int().nullable(),
  scored: z.int(),
  dropped: z.array(z.looseObject({ id: z.string(), task: z.string(), why: z.string() })),
});

/** What `tomoe score --json` prints. */
export const scoreDocument = z.looseObject({
  ok,
  scorecard: z.array(scorecardEntry),
  closed: closedAnswers.nullable().describe("confusion and calibration of closed answers; null without one"),
  rows,
  inputs: z.array(input).describe("what tomoe verify derives the numbers from"),
  warnings: z.array(warning),
  gates: z.array(z.looseObject({ gate: z.string(), value: z.number(), held: z.boolean() })).optional(),
});
