import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

const value = z.union([z.number(), z.string(), z.boolean(), z.null()]);

/** What the second implementation says. */
export const verifyAnswer = z.looseObject({
  figures: z.int().describe("figures looked at"),
  equal: z.int().describe("figures that the rows give as printed"),
  differing: z.array(z.looseObject({ figure: z.string(), printed: value.optional(), derived: value })),
  missing: z.array(z.looseObject({ figure: z.string(), why: z.string() })),
  inputs: z.array(z.looseObject({ path: z.string(), sha256: z.string() })),
  by: z.looseObject({ python: z.string(), libraries: z.record(z.string(), z.string()) }),
  tolerances: z.looseObject({ value: z.number(), interval: z.number() }),
});

/** What `tomoe verify --json` prints where every figure is equal. */
export const verifyDocument = verifyAnswer.omit({ differing: true, missing: true }).extend({ ok });
