import { TomoeError } from "../errors.ts";
import type { ExperimentConfig, StageConfig } from "../schema/experiment.ts";
import type { FactSpec, ModelSpec, PreprocessSpec } from "../schema/model.ts";
import type { ComponentName, ObjectiveName, StageSpec } from "../schema/stage.ts";

/** CLIP's image mean and standard deviation, per channel. Source: openai/clip-vit preprocessor config. */
const clipMean = [0.48145466, 0.4578275, 0.40821073] as const;
const clipStd = [0.26862954, 0.26130258, 0.27577711] as const;

function tinyBase(config: ExperimentConfig) {
  const { base } = config.model;
  if (base.kind !== "tiny-phi3v")
    throw new TomoeError("CONFIG_INVALID", `no architecture is known for base "${base.path}"`, {
      hint: "use tinyPhi3v(...)",
    });
  return base;
}

/** Vision blocks whose output the features read: all but the last, as Phi-3-V taps hidden_states[-2]. */
export function readBlocks(config: ExperimentConfig): number {
  return tinyBase(config).vision.layers - 1;
}

/** Blocks whose MLP becomes experts: as configured, else the last one read. */
export function moeBlocks(config: ExperimentConfig): readonly number[] {
  return config.router.blocks ?? [readBlocks(config) - 1];
}

/** What the worker does to HU values: windows to channels, then CLIP's normalisation. */
export function workerPreprocess(config: ExperimentConfig): Omit<PreprocessSpec, "digest"> {
  return { windows: config.model.channelWindowsHu, mean: clipMean, std: clipStd };
}

/** What the data and the tokenizer add to the configured architecture. */
export interface ModelFacts {
  readonly facts: readonly FactSpec[];
  readonly patchClasses: number;
  /** Size of the fitted vocabulary. */
  readonly vocab: number;
  readonly preprocessDigest: string;
}

/** The whole architecture as the worker takes it. */
export function buildModelSpec(config: ExperimentConfig, facts: ModelFacts): ModelSpec {
  const base = tinyBase(config);
  const { lora } = config.model;
  return {
    vision: base.vision,
    projector: {
      mergeSize: base.mergeSize,
      poolDepth: config.model.poolDepth,
      poolKind: config.model.poolKind,
      separators: config.model.separators,
    },
    language: {
      ...base.language,
      vocab: facts.vocab,
      loraRank: lora === false ? 0 : lora.rank,
      loraAlpha: lora === false ? 0 : lora.alpha,
    },
    lift: {
      upperBlocks: config.model.attention3d.upperBlocks,
      depthRope: config.model.depthRope,
      ropeBase: config.model.ropeBase,
      depth: config.data.sizeDHW[0],
    },
    moe: {
      tokenExperts: config.router.tokenExperts,
      blocks: moeBlocks(config),
      textWidth: config.router.textWidth,
      tasks: config.router.tasks,
    },
    preprocess: { ...workerPreprocess(config), digest: facts.preprocessDigest },
    facts: facts.facts,
    patchClasses: facts.patchClasses,
  };
}

/**
 * One training phase as the worker takes it; its seed is the experiment's, told apart by the stage's
 * position.
 */
export function buildStageSpec(config: ExperimentConfig, stage: StageConfig, index: number): StageSpec {
  const rate = (component: ComponentName): number => {
    const value = typeof stage.learningRate === "number" ? stage.learningRate : stage.learningRate[component];
    if (value === undefined)
      throw new TomoeError(
        "CONFIG_INVALID",
        `stage "${stage.name}" has no learning rate for "${component}"`,
        { hint: "give one rate, or one a component" },
      );
    return value;
  };
  return {
    name: stage.name,
    steps: stage.steps,
    seed: (config.seed * 1000 + index) >>> 0,
    trains: stage.trains.map((component) => ({ component, learningRate: rate(component) })),
    objectives: Object.entries(stage.objectives).map(([objective, weight]) => ({
      objective: objective as ObjectiveName,
      weight,
    })),
    warmupFraction: stage.warmupFraction,
    weightDecay: stage.weightDecay,
    clipNorm: stage.clipNorm,
    routing: stage.routing,
  };
}

/** All phases of a run in the order they run, each with where it stands. */
export function allStages(
  config: ExperimentConfig,
): readonly { readonly stage: StageConfig; readonly index: number }[] {
  const pretrain = config.model.base.kind === "tiny-phi3v" ? config.model.base.pretrain : [];
  return [...pretrain, ...config.stages].map((stage, index) => ({ stage, index }));
}

/** Tokens a fresh tokenizer of this base is fitted to. */
export function baseVocab(config: ExperimentConfig): number {
  return tinyBase(config).language.vocab;
}

/** Side of the square of a slice that the vision tower sees as one patch, in pixels of the slice. */
export function patchPixels(config: ExperimentConfig): number {
  const { patchSize, imageSize } = tinyBase(config).vision;
  return (config.data.sizeDHW[1] * patchSize) / imageSize;
}
