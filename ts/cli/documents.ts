import { z } from "zod";
import type { JsonValue } from "../errors.ts";
import { taskIds } from "../schema/task.ts";

/**
 * The documents that `--json` prints, as zod schemas: the shapes of the public interface. Keys may be added,
 * never dropped.
 */

const ok = z.literal(true);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const row = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const warning = z.looseObject({ code: z.string(), message: z.string() });
const receipt = z.looseObject({ format: z.string(), sourceDigest: z.string() });
const route = z.looseObject({
  task: z.enum(taskIds),
  confidence: z.number().min(0).max(1),
  fallback: z.boolean(),
});

/** One metric of a scorecard: never a value without its interval and its counts. */
const scorecardEntry = z.looseObject({
  task: z.enum(taskIds),
  metric: z.string(),
  value: z.number(),
  ciLow: z.number(),
  ciHigh: z.number(),
  n: z.int().nonnegative().describe("items"),
  clusters: z.int().nonnegative().describe("patients"),
  chance: z.number().nullable(),
  signature: z.string(),
});

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
  checkpoints: z.int(),
  owner: z.string().nullable(),
  resume: z.string().nullable(),
});

const check = z.looseObject({
  name: z.string(),
  verdict: z.enum(["ok", "warning", "failed"]),
  found: z.string(),
  expected: z.string(),
  mend: z.string().nullable().describe("the command that mends it; null when there is nothing to mend"),
});

/** By command name; "failure" is what any of them prints when it fails. */
export const documents = {
  init: z.looseObject({ ok, dir: z.string(), files: z.array(z.string()) }),
  setup: z.looseObject({
    ok,
    python: z.string(),
    node: z.string(),
    installed: z.array(z.string()),
    seconds: z.number(),
  }),
  doctor: z.looseObject({ ok, checks: z.array(check) }),
  inspect: z.looseObject({
    ok,
    format: z.enum(["nifti", "dicom", "mha", "nrrd", "npy"]),
    sourceOrientation: z.string(),
    sourceShapeXYZ: triple,
    shapeDHW: triple,
    spacingMmDHW: triple,
    orientation: z.literal("RAS"),
    affineRas: z.tuple([row, row, row, row]),
    hu: z.looseObject({
      verdict: z.enum(["ok", "suspect"]),
      min: z.number(),
      max: z.number(),
      reasons: z.array(z.string()),
    }),
    receipt,
    warnings: z.array(warning),
  }),
  preprocess: z.looseObject({
    ok,
    out: z.string(),
    dtype: z.string(),
    shapeDHW: triple,
    presetDigest: z.string(),
    receipt,
  }),
  run: z.looseObject({ ok, runId: z.string(), dir: z.string(), scorecard: z.array(scorecardEntry) }),
  predict: z.looseObject({
    ok,
    runId: z.string(),
    checkpoint: z.string(),
    report: z.string().min(1).nullable(),
    answers: z.array(
      z.looseObject({
        question: z.string(),
        answer: z.string(),
        choice: z.string().nullable(),
        choiceLogProbs: z.array(z.number()).nullable(),
        route,
      }),
    ),
    receipt,
    timing: z.looseObject({
      readSeconds: z.number(),
      encodeSeconds: z.number(),
      generateSeconds: z.number(),
    }),
  }),
  score: z.looseObject({ ok, scorecard: z.array(scorecardEntry) }),
  "runs ls": z.looseObject({ ok, runsDir: z.string(), runs: z.array(runSummary) }),
  "runs show": z.looseObject({
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
  }),
  failure: z.strictObject({
    ok: z.literal(false),
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  }),
} as const;

export type DocumentName = keyof typeof documents;

/** The JSON schema of what a command prints with `--json`: its document, or the failure document. */
export function documentSchema(name: DocumentName): JsonValue {
  const schema = z.toJSONSchema(z.union([documents[name], documents.failure]), { unrepresentable: "any" });
  return JSON.parse(JSON.stringify({ title: `tomoe ${name} --json`, ...schema })) as JsonValue;
}
