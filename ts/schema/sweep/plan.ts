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

/** When a trial that is behind the others ends early; steps are optimizer steps on volumes. */
const pruner = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("asha"),
    /** The first rung; each further one is `reduction` times the one before. */
    minSteps: z.int(),
    /** Of so many trials one goes on from a rung. */
    reduction: z.int(),
  }),
  z.strictObject({
    kind: z.literal("median"),
    /** Measured after every so many steps, from `minSteps` on. */
    every: z.int(),
    minSteps: z.int(),
    /** Other trials that must have come as far before one is ended. */
    trials: z.int(),
  }),
]);
export type Pruner = z.infer<typeof pruner>;

/** Tree-structured Parzen estimators, by Optuna in a process of its own: what did well is tried near again. */
const tpe = z.strictObject({
  kind: z.literal("tpe"),
  /** Trials that came through, or were pruned, before proposals follow them; they are drawn blindly. */
  startup: z.int(),
});
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
  sampler: z.union([z.enum(["random", "grid"]), tpe]),
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
  pruner: pruner.optional(),
});
export type SweepPlan = z.infer<typeof planSchema>;

/** A plan's sampler in one word. */
export function samplerName({ sampler }: Pick<SweepPlan, "sampler">): string {
  return typeof sampler === "string" ? sampler : sampler.kind;
}

/** Values by the dotted path of an option: what `tomoe run --set-file` takes. */
export type Assignment = Readonly<Record<string, JsonValue>>;

/** An assignment as overrides of an experiment. */
export function overridesFor(assignment: Assignment): readonly string[] {
  return Object.entries(assignment).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
}
