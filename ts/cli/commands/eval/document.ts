import { z } from "zod";
import { input, ok, scorecardEntry, warning } from "../../words/document-parts.ts";
import { pairedEntry } from "../compare/document.ts";

const stage = z.looseObject({
  name: z.enum(["generate", "extract", "score", "aggregate", "compare"]),
  digest: z.string().describe("over everything that its rows follow from"),
  cached: z.boolean().describe("nothing of it was done in this call"),
  rows: z.int(),
  failed: z.int(),
  seconds: z.number(),
});

const counts = z.array(z.int());

const closed = z.looseObject({
  confusion: z.looseObject({
    letters: z.array(z.string()),
    counts: z.array(counts).describe("right option x chosen option; the last column names none"),
  }),
  calibration: z
    .looseObject({
      n: z.int(),
      ece: z.number().describe("expected calibration error"),
      brier: z.number(),
      bins: z.array(
        z.looseObject({
          from: z.number(),
          to: z.number(),
          n: z.int(),
          confidence: z.number().nullable(),
          accuracy: z.number().nullable(),
        }),
      ),
    })
    .nullable(),
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
  closed: closed.nullable(),
  rows: z.looseObject({ given: z.int(), expected: z.int(), scored: z.int(), failed: z.int() }),
  gates: z.array(z.looseObject({ gate: z.string(), value: z.number(), held: z.boolean() })),
  inputs: z.array(input).describe("what tomoe verify derives the numbers from; paths beside the document"),
  warnings: z.array(warning),
  files: z.array(z.string()),
});
