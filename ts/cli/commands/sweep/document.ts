import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

const trial = z.looseObject({
  number: z.int().nonnegative(),
  state: z.enum(["done", "pruned", "failed", "waiting", "running"]),
  assignment: z.record(z.string(), z.unknown()),
  seed: z.int().nonnegative(),
  value: z.number().nullable(),
  steps: z.int().nonnegative(),
  runId: z.string().nullable(),
  reason: z.string().nullable(),
});

/** What `tomoe sweep run|status|resume|replay --json` prints. */
export const sweepDocument = z.looseObject({
  ok,
  sweepId: z.string(),
  dir: z.string(),
  objective: z.looseObject({ metric: z.string(), direction: z.enum(["max", "min"]) }),
  best: z.int().nullable(),
  trials: z.array(trial),
  wallSeconds: z.number().optional(),
  replay: z
    .looseObject({
      trial: z.int(),
      runs: z.array(
        z.looseObject({
          seed: z.int(),
          config: z.unknown(),
          configDigest: z.string(),
          runId: z.string().nullable(),
          value: z.number().nullable(),
          recorded: z.number().nullable(),
        }),
      ),
      equal: z.boolean().nullable(),
    })
    .optional(),
});
