import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

/** What `tomoe replay --json` prints. */
export const replayDocument = z.looseObject({
  ok,
  runId: z.string(),
  equal: z.boolean().describe("every number is the recorded one, to the last bit"),
  isStrict: z.boolean().describe("whether the same numbers are to be expected; then a difference is exit 79"),
  batch: z.looseObject({
    stage: z.string(),
    step: z.int(),
    volumes: z.array(z.string()).describe("digests of the volumes"),
    items: z.array(z.string()).describe("ids of the items asked about them"),
  }),
  from: z.looseObject({
    checkpoint: z.string().nullable().describe("null: from the beginning"),
    steps: z.int().describe("steps that were done, this one too"),
  }),
  differences: z.array(
    z.looseObject({
      name: z.string(),
      recorded: z.number().nullable(),
      replayed: z.number().nullable(),
    }),
  ),
  firstDifference: z.int().nullable().describe("the first step of the stage, of those done, that differs"),
  failure: z
    .looseObject({ code: z.string(), message: z.string() })
    .nullable()
    .describe("what the step failed with, as when the run did it"),
});
