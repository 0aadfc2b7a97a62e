import { z } from "zod";
import type { JsonValue } from "../../errors.ts";
import { planSchema } from "./plan.ts";

export const sweepFormat = "tomoe.sweep/1";

const json = z.json() as z.ZodType<JsonValue>;
const number = z.int().nonnegative();

/** The first record of a ledger: all that is needed to go on with a sweep, or to do one of its trials again. */
const header = z.strictObject({
  kind: z.literal("sweep"),
  format: z.literal(sweepFormat),
  sweepId: z.string(),
  /** Counts the sweeps of the folder in the order they were made, whatever the clock said. */
  ordinal: number,
  createdAt: z.string(),
  plan: planSchema,
  /** What `defineExperiment` was given. */
  input: json,
  /** Overrides that hold for every trial. */
  set: z.array(z.string()),
  /** SHA-256 over plan, input and overrides: the recipe of this sweep. */
  digest: z.string(),
  /** Whether its experiment has a router policy of the user's own, which no ledger can hold. */
  ownPolicy: z.boolean(),
  runsDir: z.string(),
  device: z.enum(["auto", "cpu", "cuda"]),
  /** Threads of each worker in place of the recipe's, where trials at once had to share processors. */
  threads: z.int().positive().optional(),
});
export type SweepHeader = z.infer<typeof header>;

/** Which run of which trial: `member` counts its seeds, `attempt` the times that one was tried. */
const ofRun = { trial: number, member: number, attempt: number } as const;

const outcome = {
  value: z.number().nullable(),
  /** Optimizer steps done. */
  steps: number,
  reason: z.string().nullable(),
} as const;

/** A line of the ledger, in the order things happened. */
export const recordSchema = z.discriminatedUnion("kind", [
  header,
  z.strictObject({
    kind: z.literal("trial"),
    trial: number,
    assignment: z.record(z.string(), json),
    seed: number,
    /** The library that proposed it, with its version: another one may propose otherwise. None where we did. */
    by: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("run"), ...ofRun, seed: number, runId: z.string() }),
  /** The objective in the middle of a run, after so many steps on volumes; `done` counts those before the lift too. */
  z.strictObject({ kind: z.literal("point"), ...ofRun, steps: number, done: number, value: z.number() }),
  z.strictObject({
    kind: z.literal("run-ended"),
    ...ofRun,
    state: z.enum(["done", "pruned", "failed"]),
    runId: z.string().nullable(),
    ...outcome,
    /** Whether trying again can change anything. */
    final: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("trial-ended"),
    trial: number,
    state: z.enum(["done", "pruned", "failed"]),
    ...outcome,
  }),
  /** Time that was worked on the sweep since the record before it of this kind, by one process. */
  z.strictObject({ kind: z.literal("worked"), seconds: z.number() }),
]);
export type SweepRecord = z.infer<typeof recordSchema>;
export type RunEnd = Extract<SweepRecord, { readonly kind: "run-ended" }>;
export type PointRecord = Extract<SweepRecord, { readonly kind: "point" }>;
