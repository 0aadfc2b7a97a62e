import { z } from "zod";
import { componentNames, objectivePattern } from "./stage.ts";
import { metricsOf, type TaskId, taskIds } from "./task.ts";

/**
 * What a user writes, as zod schemas: every key has a range, a default where one is sane, and a sentence.
 * Unknown keys are refused; `config/resolve` adds the cross-checks that one key alone cannot see.
 */

const count = z.int().positive();
const fraction = z.number().min(0).max(1);
const positive = z.number().positive();

export const windowHuSchema = z
  .strictObject({ low: z.number(), high: z.number() })
  .refine((window) => window.high > window.low, { error: "a window's high must lie above its low" });

const sizeDHW = z.tuple([count, count, count]);

/** PhantomCT: generated, seeded CT-like volumes with reports and questions. */
export const phantomDataSchema = z.strictObject({
  kind: z.literal("phantom"),
  /** Seed of the training phantoms; the held-out ones come from a stream of their own. */
  seed: z.int().nonnegative().default(1),
  volumes: z.strictObject({ train: count, validation: z.int().nonnegative(), test: count }),
  /** Slices of the 2D pre-training set. */
  slices: z.int().nonnegative().default(0),
  sizeDHW: sizeDHW.default([16, 48, 48]),
  windowHu: windowHuSchema.default({ low: -1024, high: 2000 }),
});

/** A folder of one's own scans: manifest.json, cases.jsonl, items.jsonl and the volumes they name. */
export const folderDataSchema = z.strictObject({
  kind: z.literal("folder"),
  path: z.string().min(1),
  sizeDHW,
  windowHu: windowHuSchema,
  /** Slices stack as acquired, or always axial. */
  stack: z.enum(["axial", "acquired"]).default("acquired"),
  /** Replaces the split column: shares of subjects, drawn by seed. */
  split: z
    .strictObject({ train: fraction, validation: fraction, test: fraction, by: z.literal("patient") })
    .optional(),
});

export const dataSchema = z.discriminatedUnion("kind", [phantomDataSchema, folderDataSchema]);

const learningRates = z.union([positive, z.partialRecord(z.enum(componentNames), positive)]);

/** One training phase. */
export const stageSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: "a stage name is lower case with dashes" }),
  /** What it trains on: single slices before the lift, whole volumes after it. */
  data: z.enum(["slices", "volumes"]),
  trains: z.array(z.enum(componentNames)).min(1),
  steps: count,
  learningRate: learningRates,
  /** Volumes (or slices) of the global batch. */
  volumesPerStep: count,
  /** Items drawn per volume and step; all of them when absent. */
  itemsPerVolume: count.optional(),
  /** Weight of each: "language", "patches", "facts", or "facts:NAME" for one fact alone. */
  objectives: z.record(
    z
      .string()
      .regex(objectivePattern, { error: 'an objective is "language", "patches", "facts" or "facts:NAME"' }),
    z.number().positive(),
  ),
  /** Weight of a report's target tokens; answers weigh 1. */
  reportTokenWeight: positive.default(0.3),
  warmupFraction: fraction.default(0.05),
  weightDecay: z.number().nonnegative().default(0),
  clipNorm: positive.default(1),
  /** Experts in force: one shared group, or one group a task. */
  routing: z.enum(["shared", "per-task"]).default("shared"),
  checkpointEvery: count.default(100),
});

/**
 * A small Phi-3-V: CLIP vision transformer, Phi-3-V projector, Phi-3 decoder, pre-trained in 2D by
 * `pretrain`.
 */
export const tinyBaseSchema = z.strictObject({
  kind: z.literal("tiny-phi3v"),
  vision: z.strictObject({
    imageSize: count,
    patchSize: count,
    hidden: count,
    layers: z.int().min(2),
    heads: count,
    mlp: count,
  }),
  language: z.strictObject({
    vocab: z.int().min(300),
    hidden: count,
    layers: count,
    heads: count,
    keyValueHeads: count,
    mlp: count,
    maxPositions: count,
    ropeTheta: positive.default(10_000),
  }),
  /** In-plane tokens merged into one before the projection, per side. */
  mergeSize: count.default(1),
  pretrain: z.array(stageSchema),
});

/** A checkpoint folder in the Phi-3-V layout. */
export const checkpointBaseSchema = z.strictObject({
  kind: z.literal("checkpoint"),
  path: z.string().min(1),
});

export const modelSchema = z.strictObject({
  base: z.discriminatedUnion("kind", [tinyBaseSchema, checkpointBaseSchema]),
  /** Upper vision blocks, of those the features read, that attend over all slices. */
  attention3d: z.strictObject({ upperBlocks: z.int().nonnegative() }),
  depthRope: z.boolean().default(true),
  ropeBase: positive.default(100),
  /** Slices averaged into one before the projection. */
  poolDepth: count.default(1),
  poolKind: z.enum(["mean", "mean-max"]).default("mean"),
  separators: z.boolean().default(false),
  lora: z
    .union([z.literal(false), z.strictObject({ rank: count, alpha: positive })])
    .default({ rank: 16, alpha: 32 }),
  /** One window repeated to three channels, or three windows, one a channel. */
  channelWindowsHu: z
    .array(windowHuSchema)
    .refine((windows) => windows.length === 1 || windows.length === 3, { error: "give one window or three" })
    .default([{ low: -1000, high: 1000 }]),
});

export const routerSchema = z.strictObject({
  kind: z.literal("tgh-moe"),
  tokenExperts: count,
  topK: count,
  tasks: z.array(z.enum(taskIds)).min(1),
  balance: z.enum(["bias", "loss", "none"]).default("bias"),
  biasRate: positive.default(0.001),
  balanceLossWeight: z.number().nonnegative().default(0),
  zLossWeight: z.number().nonnegative().default(0),
  /** Vision blocks whose MLP becomes experts, 0-based; the last block read when absent. */
  blocks: z.array(z.int().nonnegative()).optional(),
  textWidth: count.default(256),
  /** Steps until a plan decided on step n's load governs: n + planLag. */
  planLag: count.default(1),
  /** Below this confidence a prompt falls back and says so. */
  confidenceThreshold: fraction.default(0.5),
});

const metricsSchema = <T extends TaskId>(task: T) =>
  z.strictObject({ metrics: z.array(z.enum(metricsOf(task))).min(1) }).optional();
type TaskSchemas = { readonly [T in TaskId]: ReturnType<typeof metricsSchema<T>> };

/** What judges each task: a key a task, and of metrics those that it can have. */
export const tasksSchema = z.strictObject(
  Object.fromEntries(taskIds.map((task) => [task, metricsSchema(task)])) as TaskSchemas,
);

export const evaluationSchema = z.strictObject({
  split: z.enum(["validation", "test"]).default("test"),
  maxNewTokens: count.default(80),
  bootstrap: z
    .strictObject({ resamples: z.int().min(100), seed: z.int().nonnegative() })
    .default({ resamples: 2000, seed: 0 }),
});

export const executionSchema = z.strictObject({
  /**
   * Intra-op threads of the worker; part of what must match for bit-equal numbers. Tiny models gain little
   * from a second one.
   */
  threads: count.default(1),
  ranks: count.default(1),
  /** Times a dead worker is replaced before the run gives up. */
  maxRestarts: z.int().nonnegative().default(3),
  /** Seconds a step may take before the worker counts as hung. */
  stepDeadlineSeconds: positive.default(120),
  /** Seconds a write waits for a full disk to be freed before the run stops, to be resumed. */
  diskWaitSeconds: z.number().nonnegative().default(300),
});

export const experimentSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, {
    error: "a name is lower case with dashes: it becomes part of the run id",
  }),
  seed: z.int().nonnegative().default(0),
  data: dataSchema,
  model: modelSchema,
  router: routerSchema,
  stages: z.array(stageSchema).min(1),
  tasks: tasksSchema,
  evaluation: evaluationSchema.prefault({}),
  execution: executionSchema.prefault({}),
});

/** What `defineExperiment` takes, before defaults. */
export type ExperimentInput = z.input<typeof experimentSchema>;
/** Defaults filled in and checked key by key; cross-checks and digest are added by `config/resolve`. */
export type ExperimentConfig = z.output<typeof experimentSchema>;
export type StageInput = z.input<typeof stageSchema>;
export type StageConfig = z.output<typeof stageSchema>;
