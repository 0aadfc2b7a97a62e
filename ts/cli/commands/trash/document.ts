import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

const moved = z.array(
  z.looseObject({ runId: z.string(), dir: z.string().describe("where it lies now"), bytes: z.int() }),
);
const dependents = z
  .array(z.looseObject({ runId: z.string(), kind: z.enum(["run", "eval"]), id: z.string() }))
  .describe("what was made from the runs and is still there");

/** What `tomoe runs rm --json` prints. */
export const runsRmDocument = z.looseObject({ ok, removed: moved, dependents, bytes: z.int() });

/** What `tomoe runs restore --json` prints. */
export const runsRestoreDocument = z.looseObject({ ok, restored: moved, bytes: z.int() });

/** What `tomoe runs gc --json` prints. */
export const runsGcDocument = z.looseObject({
  ok,
  dryRun: z.boolean(),
  runs: z.array(z.looseObject({ runId: z.string(), bytes: z.int() })),
  dependents,
  bytes: z.int().describe("freed, or that would be freed"),
});
