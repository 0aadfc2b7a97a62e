import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

/** What `tomoe export --json` prints. */
export const exportDocument = z.looseObject({
  ok,
  out: z.string(),
  files: z.array(z.looseObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
  reload: z.looseObject({
    library: z.enum(["transformers", "peft"]),
    version: z.string(),
    maxAbsDifference: z.number(),
  }),
});
