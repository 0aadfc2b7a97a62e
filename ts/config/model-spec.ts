import { bug, TomoeError } from "../errors.ts";
import type { BaseFacts } from "../schema/base-facts.ts";
import type { ExperimentConfig, StageConfig } from "../schema/experiment.ts";
import type { FactSpec, ModelSpec, Precision, PreprocessSpec } from "../schema/model.ts";
import type { ObjectiveName, StageSpec, TrainedName } from "../schema/stage.ts";
import type { BaseFilesPlace, RunStart } from "./bases/base.ts";
import { architectureOf, baseOf } from "./bases/index.ts";

/** Where experts stand: in place of the MLP of the configured blocks. */
export function moeSites(config: ExperimentConfig): readonly string[] {
  return moeBlocks(config).map((block) => `vision.blocks.${block}.mlp`);
}

/** Blocks whose MLP becomes experts: none in a dense model, else as configured, else the last one read. */
export function moeBlocks(config: ExperimentConfig): readonly number[] {
  if (config.router.tokenExperts === 0) return [];
  return config.router.blocks ?? [architectureOf(config).blocksRead - 1];
}

/** What the worker does to HU values: windows to channels, then the base's normalisation. */
export function workerPreprocess(config: ExperimentConfig): Omit<PreprocessSpec, "digest"> {
  return { windows: config.model.channelWindowsHu, ...baseOf(config).pixels };
}

/** What the data and the tokenizer add to the configured architecture. */
export interface ModelFacts {
  readonly facts: readonly FactSpec[];
  readonly patchClasses: number;
  /** Words of captions, where a stage reads them. */
  readonly words: readonly string[];
  /** Size of the fitted vocabulary; of no meaning for a base that brings its own. */
  readonly vocab: number;
  readonly preprocessDigest: string;
}

/** What a run computes in: the device was asked where the recipe left it to that. */
export function precisionOf({ execution }: ExperimentConfig): Precision {
  if (execution.precision === "auto") throw bug("no device was asked for what execution.precision is");
  return execution.precision;
}

/** The whole architecture as the worker takes it. */
export function buildModelSpec(config: ExperimentConfig, facts: ModelFacts): ModelSpec {
  const architecture = architectureOf(config);
  const { lora, poolDepth, poolKind, separators } = config.model;
  return {
    base: architecture.spec({ vocab: facts.vocab, separators }),
    pool: { depth: poolDepth, kind: poolKind },
    lora:
      lora === false
        ? { rank: 0, alpha: 0, targets: [], initial: "kaiming-uniform", dropout: 0, visionTargets: [] }
        : { ...lora, targets: lora.targets ?? architecture.loraTargets },
    lift: {
      upperBlocks: config.model.attention3d.upperBlocks,
      depthRope: config.model.depthRope,
      ropeBase: config.model.ropeBase,
      depth: config.data.sizeDHW[0],
    },
    moe: {
      tokenExperts: config.router.tokenExperts,
      sites: moeSites(config),
      textGuidance: config.router.textGuidance,
      textWidth: config.router.textWidth,
      tasks: config.router.tasks,
      routerStd: config.router.routerStd,
    },
    preprocess: { ...workerPreprocess(config), digest: facts.preprocessDigest },
    facts: facts.facts,
    patchClasses: facts.patchClasses,
    precision: precisionOf(config),
    recompute: config.execution.recompute,
    compile: config.execution.compile,
    words: facts.words,
  };
}

/** Stages an experiment may have before the seeds of one run into those of the next. */
const seedsOfExperiment = 1000;

/**
 * Seed of a stage: `seed * 1000 + index`, as a uint32, so that stages of one experiment and experiments of
 * neighbouring seeds draw from streams of their own.
 */
export function stageSeed(seed: number, index: number): number {
  return (seed * seedsOfExperiment + index) >>> 0;
}

/** One training phase as the worker takes it. */
export function buildStageSpec(config: ExperimentConfig, stage: StageConfig, index: number): StageSpec {
  const rate = (component: TrainedName): number => {
    const value = typeof stage.learningRate === "number" ? stage.learningRate : stage.learningRate[component];
    if (value === undefined)
      throw new TomoeError(
        "CONFIG_INVALID",
        `stage "${stage.name}" has no learning rate for "${component}"`,
        { hint: "Give one rate for all, or one a name." },
      );
    return value;
  };
  return {
    name: stage.name,
    steps: stage.steps,
    seed: stageSeed(config.seed, index),
    trains: stage.trains.map((component) => ({ component, learningRate: rate(component) })),
    objectives: Object.entries(stage.objectives).map(([objective, weight]) => ({
      objective: objective as ObjectiveName,
      weight,
    })),
    warmupFraction: stage.warmupFraction,
    weightDecay: stage.weightDecay,
    clipNorm: stage.clipNorm,
    routing: stage.routing,
    optimizer: stage.optimizer,
    microBatch: stage.microBatch,
    tooLong: stage.tooLong,
    taskCosineEvery: stage.taskCosineEvery,
    sharePrefix: stage.sharePrefix,
  };
}

/** Expert groups of a stage: one shared, or one a task. */
export function groupsOf(config: ExperimentConfig, stage: StageConfig): readonly string[] {
  return stage.routing === "per-task" ? config.router.tasks : ["shared"];
}

/** All phases of a run in the order they run, each with where it stands. */
export function allStages(
  config: ExperimentConfig,
): readonly { readonly stage: StageConfig; readonly index: number }[] {
  return [...baseOf(config).pretrain, ...config.stages].map((stage, index) => ({ stage, index }));
}

/** Tokens a fresh tokenizer of this base is fitted to; undefined for a base that brings its own. */
export function fittedVocab(config: ExperimentConfig): number | undefined {
  return architectureOf(config).fittedVocab;
}

/** Where the published files lie that the base's weights come from; undefined for one trained from scratch. */
export function baseFiles(config: ExperimentConfig): BaseFilesPlace | undefined {
  return baseOf(config).files;
}

/** What the published files were found to be; undefined for a base that is trained from scratch. */
export function publishedFacts(config: ExperimentConfig): BaseFacts | undefined {
  return baseOf(config).facts;
}

/** The run whose state is the start; undefined where a base is. */
export function runStart(config: ExperimentConfig): RunStart | undefined {
  return baseOf(config).start;
}

/** Side of the square of a slice that the vision tower sees as one patch, in pixels of the slice. */
export function patchPixels(config: ExperimentConfig): number {
  const { patchSize, imageSize } = architectureOf(config);
  return (config.data.sizeDHW[1] * patchSize) / imageSize;
}
