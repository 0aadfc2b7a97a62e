import { z } from "zod";
import { ok, warning } from "../../words/document-parts.ts";
import { pairedEntry } from "../compare/document.ts";

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
  bytes: z.int().describe("what its files hold on the disk"),
  owner: z.string().nullable(),
  resume: z.string().nullable(),
});

/** What `tomoe runs ls --json` prints. */
export const runsLsDocument = z.looseObject({
  ok,
  runsDir: z.string(),
  runs: z.array(
    runSummary.extend({
      columns: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
        .optional()
        .describe("what --columns asks for; null where the run lacks it"),
    }),
  ),
});

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

/** One leaf in which two runs differ. */
export const cause = z.looseObject({
  kind: z.enum(["config", "data", "code", "environment", "seed"]),
  path: z.string(),
  a: z.unknown().describe("null where the run lacks it"),
  b: z.unknown(),
});

/** What `tomoe runs diff --json` prints. */
export const runsDiffDocument = z.looseObject({
  ok,
  a: z.string().describe("run id of the first"),
  b: z.string().describe("run id of the second"),
  differences: z.array(cause),
  equal: z.record(z.string(), z.int()).describe("leaves of each kind that are the same"),
});

const besideCell = z.looseObject({
  runId: z.string(),
  value: z.number(),
  ciLow: z.number(),
  ciHigh: z.number(),
  n: z.int().describe("items"),
  clusters: z.int().describe("patients"),
});

/** What `tomoe runs compare --json` prints. */
export const runsCompareDocument = z.looseObject({
  ok,
  runs: z.array(runSummary),
  metrics: z
    .array(z.looseObject({ task: z.string(), metric: z.string(), values: z.array(besideCell.nullable()) }))
    .describe("one value a run, in the order of runs; null where it lacks the number"),
  training: z.array(
    z.looseObject({
      stage: z.string(),
      name: z.string(),
      values: z.array(
        z
          .looseObject({ runId: z.string(), step: z.int(), value: z.union([z.number(), z.string()]) })
          .nullable(),
      ),
    }),
  ),
  family: z.looseObject({ primary: z.array(z.string()), tests: z.int() }),
  comparison: z.array(pairedEntry).describe("each run with the first, where both answered the same items"),
  warnings: z.array(warning),
});
