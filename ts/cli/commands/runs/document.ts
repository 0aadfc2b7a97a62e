import { z } from "zod";
import { ok } from "../../words/document-parts.ts";

const runSummary = z.looseObject({
  runId: z.string(),
  dir: z.string(),
  status: z.enum(["created", "running", "finished", "failed", "interrupted", "broken"]),
  reason: z.string().nullable(),
  experimentName: z.string().nullable(),
  seed: z.int().nullable(),
  createdAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  attempt: z.int().nullable(),
  tags: z.record(z.string(), z.string()),
  checkpoints: z.int(),
  owner: z.string().nullable(),
  resume: z.string().nullable(),
});

/** What `tomoe runs ls --json` prints. */
export const runsLsDocument = z.looseObject({ ok, runsDir: z.string(), runs: z.array(runSummary) });

/** What `tomoe runs show --json` prints. */
export const runsShowDocument = z.looseObject({
  ok,
  run: runSummary,
  metrics: z.array(
    z.looseObject({
      stage: z.string(),
      name: z.string(),
      step: z.int(),
      value: z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]),
      records: z.int(),
    }),
  ),
  checkpoints: z.array(
    z.looseObject({ name: z.string(), ordinal: z.int(), stage: z.string(), step: z.int() }),
  ),
  scorecard: z.unknown(),
  problems: z.array(z.string()),
});
