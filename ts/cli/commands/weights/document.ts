import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

const source = z.looseObject({
  package: z.string(),
  version: z.string(),
  sha256: z.string(),
  licence: z.string(),
});

/** What `tomoe weights get --json` prints. */
export const weightsGetDocument = z.looseObject({
  ok,
  name: z.string(),
  dir: z.string(),
  sources: z.array(source),
  tensors: z.int(),
  parameters: z.int(),
});

/** What `tomoe weights ls --json` prints. */
export const weightsLsDocument = z.looseObject({
  ok,
  weights: z.array(
    z.looseObject({
      name: z.string(),
      summary: z.string(),
      dir: z.string().nullable(),
      sources: z.array(source),
    }),
  ),
});
