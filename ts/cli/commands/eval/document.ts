import { z } from "zod";
import { closedAnswers, input, ok, scorecardEntry, warning } from "../../words/document-parts.ts";
import { pairedEntry } from "../compare/document.ts";

const stage = z.looseObject({
  name: z.enum(["generate", "extract", "score", "aggregate", "compare"]),
  digest: z.string().describe("over everything that its rows follow from"),
  cached: z.boolean().describe("nothing of it was done in this call"),
  rows: z.int(),
  failed: z.int(),
  seconds: z.number(),
});

/** What `tomoe eval --json` prints. */
export const evalDocument = z.looseObject({
  ok,
  evalId: z.string(),
  dir: z.string(),
  runId: z.string(),
  checkpoint: z.string(),
  stages: z.array(stage),
  scorecard: z.array(scorecardEntry),
  comparison: z.array(pairedEntry),
  adversaries: z
    .array(pairedEntry.extend({ adversary: z.string() }))
    .describe("first is the adversary, second the system"),
  closed: closedAnswers.nullable(),
  rows: z.looseObject({ given: z.int(), expected: z.int(), scored: z.int(), failed: z.int() }),
  gates: z.array(z.looseObject({ gate: z.string(), value: z.number(), held: z.boolean() })),
  inputs: z.array(input).describe("what tomoe verify derives the numbers from; paths beside the document"),
  warnings: z.array(warning),
  files: z.array(z.string()),
});
