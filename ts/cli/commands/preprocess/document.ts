import { z } from "zod";
import { ok, receipt, triple } from "../../words/document-parts.ts";

/** What `tomoe preprocess --json` prints. */
export const preprocessDocument = z.looseObject({
  ok,
  out: z.string(),
  dtype: z.string(),
  shapeDHW: triple,
  channels: z.number(),
  presetDigest: z.string(),
  receipt,
});
