import { z } from "zod";
import type { JsonValue } from "../../errors.ts";

/**
 * A sweep as data: what `defineSweep` writes, the ledger keeps, and samplers draw from. Types are inferred from the
 * schemas, which a ledger is read back by.
 */

const json = z.json() as z.ZodType<JsonValue>;

const range = { low: z.number(), high: z.number() } as const;

const plainDimension = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("float"),
    ...range,
    /** Drawn evenly in its logarithm. */
    log: z.boolean(),
    /** Values that a grid takes of it, both ends among them. */
    points: z.int().optional(),
  }),
  z.strictObject({ kind: z.literal("int"), ...range, step: z.int().optional() }),
  z.strictObject({ kind: z.literal("choice"), of: z.array(json).readonly() }),
]);
export type PlainDimension = z.infer<typeof plainDimension>;

const dimension = z.union([
  plainDimension,
  z.strictObject({
    kind: z.literal("when"),
    /** The option of the same space whose value decides. */
    option: z.string(),
    is: json,
    draws: plainDimension,
  }),
]);
/** What values an option of the space takes. */
export type Dimension = z.infer<typeof dimension>;

export const directions = ["max", "min"] as const;
export type Direction = (typeof directions)[number];

export const planSchema = z.strictObject({
  name: z.string(),
  seed: z.int(),
  /** By the dotted path of an option, as `--set` takes it. */
  space: z.record(z.string(), dimension),
  objective: z.strictObject({
    /** "task/metric" of the validation split, as a scorecard names it. */
    metric: z.string(),
    direction: z.enum(directions),
  }),
  sampler: z.enum(["random", "grid"]),
  /** Runs of a trial, each with a seed of its own; the trial's value is their mean. */
  seeds: z.int(),
  /** Times a run that failed is tried again. */
  retries: z.int(),
  /** The sweep ends when the first of them is spent. */
  budget: z.strictObject({
    trials: z.int().optional(),
    /** Optimizer steps of all trials together. */
    steps: z.int().optional(),
    /** Hours that this sweep was worked on. */
    hours: z.number().optional(),
  }),
});
export type SweepPlan = z.infer<typeof planSchema>;

/** Values by the dotted path of an option: what `tomoe run --set-file` takes. */
export type Assignment = Readonly<Record<string, JsonValue>>;

/** An assignment as overrides of an experiment. */
export function overridesFor(assignment: Assignment): readonly string[] {
  return Object.entries(assignment).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
}
