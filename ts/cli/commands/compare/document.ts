import { z } from "zod";
import { input, ok, warning } from "../../words/document-parts.ts";

/** One number of two systems on the same items. */
export const pairedEntry = z.looseObject({
  task: z.string(),
  metric: z.string(),
  primary: z.boolean(),
  a: z.string(),
  b: z.string(),
  first: z.number(),
  second: z.number(),
  difference: z.number().describe("second minus first"),
  ciLow: z.number(),
  ciHigh: z.number(),
  p: z.number(),
  pHolm: z.number().nullable().describe("null where the number is not of the family"),
  verdict: z.enum(["second is higher", "second is lower", "not separable", "not tested"]),
  better: z.enum(["higher", "lower"]).nullable(),
  mde: z.number().describe("smallest difference found with 80% power"),
  n: z.int().describe("items"),
  clusters: z.int().describe("patients"),
  perSeed: z.array(z.number()).nullable(),
  signature: z.string(),
});

/** What `tomoe compare --json` prints. */
export const compareDocument = z.looseObject({
  ok,
  systems: z.array(
    z.looseObject({
      name: z.string(),
      source: z.string(),
      digest: z.string(),
      seeds: z.int(),
      rows: z.looseObject({ given: z.int() }),
    }),
  ),
  family: z.looseObject({
    primary: z.array(z.string()),
    tests: z.int(),
    alpha: z.number(),
    correction: z.string(),
  }),
  comparison: z.array(pairedEntry),
  inputs: z.array(input).describe("what tomoe verify derives the numbers from"),
  warnings: z.array(warning),
  gates: z.array(z.looseObject({ gate: z.string(), value: z.number(), held: z.boolean() })).optional(),
});
