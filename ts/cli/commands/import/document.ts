import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

/** What `tomoe import --json` prints. */
export const importDocument = z.looseObject({
  ok,
  family: z.string(),
  parameters: z.int(),
  tensors: z.looseObject({
    total: z.int(),
    reused: z.int(),
    inactive: z.array(z.string()),
    ignored: z.array(z.looseObject({ key: z.string(), why: z.string() })),
    new: z.array(z.string()),
    missing: z.array(z.string()),
    unexpected: z.array(z.string()),
  }),
  components: z.record(z.string(), z.looseObject({ parameters: z.int(), dtypes: z.array(z.string()) })),
  weightsDigest: z.string(),
  beside: z.array(z.string()),
});
