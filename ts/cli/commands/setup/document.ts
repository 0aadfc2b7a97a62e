import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

/** What `tomoe setup --json` prints. */
export const setupDocument = z.looseObject({
  ok,
  python: z.string(),
  node: z.string(),
  installed: z.array(z.string()),
  seconds: z.number(),
});
