import type { WindowHu } from "./volume.ts";

/** float32, repeatable bit for bit; or products in bfloat16, with gates, logits and losses in float32. */
export const precisions = ["strict", "fast"] as const;
export type Precision = (typeof precisions)[number];

/** A CLIP vision transformer. Mirrors model.proto. */
export interface VisionSpec {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlp: number;
  /** Blocks in front of the feature tap, below `layers`. */
  readonly blocksRead: number;
  /** Of the MLPs. */
  readonly activation: "quick_gelu";
  readonly normEpsilon: number;
}

export interface ProjectorSpec {
  readonly mergeSize: number;
  readonly poolDepth: number;
  readonly poolKind: "mean" | "mean-max";
  readonly separators: boolean;
}

/** The decoder's linear layers, which adapters can be put on. */
export const loraTargets = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"] as const;
export type LoraTarget = (typeof loraTargets)[number];

/** First values of the adapters' A; B starts at zero, so that they change nothing at step 0. */
export const loraInitials = ["kaiming-uniform"] as const;
export type LoraInitial = (typeof loraInitials)[number];

/** A Phi-3 decoder. */
export interface LanguageSpec {
  readonly vocab: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly mlp: number;
  readonly maxPositions: number;
  readonly ropeTheta: number;
  readonly loraRank: number;
  readonly loraAlpha: number;
  /** Linear layers that get adapters; empty without adapters. */
  readonly loraTargets: readonly LoraTarget[];
  readonly loraInitial: LoraInitial;
  /** Standard deviation of the first weights. */
  readonly initialStd: number;
  readonly normEpsilon: number;
}

export interface LiftSpec {
  readonly upperBlocks: number;
  readonly depthRope: boolean;
  readonly ropeBase: number;
  readonly depth: number;
}

/** What the gates read beside an image token. */
export const textGuidances = ["off", "task", "question"] as const;

export interface MoeSpec {
  readonly tokenExperts: number;
  /** Vision blocks whose MLP becomes experts, 0-based. */
  readonly blocks: readonly number[];
  readonly textGuidance: (typeof textGuidances)[number];
  readonly textWidth: number;
  readonly tasks: readonly string[];
  /** Standard deviation of the gates' first weights. */
  readonly routerStd: number;
}

/** The worker's half of the preprocess contract. */
export interface PreprocessSpec {
  readonly digest: string;
  readonly windows: readonly WindowHu[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface FactSpec {
  readonly name: string;
  readonly classes: number;
}

export interface ModelSpec {
  readonly vision: VisionSpec;
  readonly projector: ProjectorSpec;
  readonly language: LanguageSpec;
  readonly lift: LiftSpec;
  readonly moe: MoeSpec;
  readonly preprocess: PreprocessSpec;
  readonly facts: readonly FactSpec[];
  readonly patchClasses: number;
  readonly precision: Precision;
}

/** One trainable component and its size, as the worker reports it. */
export interface ParameterGroup {
  readonly component: string;
  readonly parameters: number;
  readonly tensors: number;
}
