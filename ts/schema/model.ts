import type { WindowHu } from "./volume.ts";

/** float32, repeatable bit for bit; or products in bfloat16, with gates, logits and losses in float32. */
export const precisions = ["strict", "fast"] as const;
export type Precision = (typeof precisions)[number];

/** Whether something is done to the blocks of the tower and the layers of the decoder. */
export const blockWays = ["none", "blocks"] as const;
export type BlockWay = (typeof blockWays)[number];

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
  readonly separators: boolean;
}

/** Depth pooling inside the projector. */
export interface PoolSpec {
  readonly depth: number;
  readonly kind: "mean" | "mean-max";
}

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
  /** Standard deviation of the first weights. */
  readonly initialStd: number;
  readonly normEpsilon: number;
}

/** Adapters on linear layers of the decoder, and of the vision blocks that are read. */
export interface LoraSpec {
  /** 0 = no adapters. */
  readonly rank: number;
  readonly alpha: number;
  /** Linear layers that get adapters, by the base's names; empty without adapters. */
  readonly targets: readonly string[];
  readonly initial: LoraInitial;
  /** Share of what an adapter reads that is dropped while it trains, below 1. */
  readonly dropout: number;
  /** Linear layers of the vision blocks that get adapters. */
  readonly visionTargets: readonly string[];
}

/** The Phi-3-V architecture at explicit sizes, trained from scratch. */
export interface Phi3vBase {
  readonly kind: "phi3v";
  readonly vision: VisionSpec;
  readonly projector: ProjectorSpec;
  readonly language: LanguageSpec;
}

/** Parts of a 2D model that can be drawn anew: the control for what its published weights are worth. */
export const redrawnParts = ["vision", "projector", "language"] as const;
export type RedrawnPart = (typeof redrawnParts)[number];

/** A family's published files; the worker reads its config. */
export interface PublishedBase {
  readonly kind: "published";
  /** Published model_type. */
  readonly family: string;
  /** `config.json` as RFC 8785 canonical JSON. */
  readonly config: string;
  readonly weightsDigest: string;
  readonly imageSize: number;
  /** Longest sequence that is admitted; it pins the set of rotary frequencies. */
  readonly maxPositions: number;
  /** How image tokens of a volume are laid out, by the family's names. */
  readonly layout: string;
  /** Parts whose published weights are left out and drawn at random in their place. */
  readonly redraw: readonly RedrawnPart[];
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
  /** Where experts stand, shallowest first: "vision.blocks.16.mlp". */
  readonly sites: readonly string[];
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
  readonly base: Phi3vBase | PublishedBase;
  readonly pool: PoolSpec;
  readonly lora: LoraSpec;
  readonly lift: LiftSpec;
  readonly moe: MoeSpec;
  readonly preprocess: PreprocessSpec;
  readonly facts: readonly FactSpec[];
  readonly patchClasses: number;
  readonly precision: Precision;
  /** What a backward pass needs of the insides of blocks: kept, or computed again. */
  readonly recompute: BlockWay;
  readonly compile: BlockWay;
  /** Of captions, in lower case, for the objective "words"; empty without it. */
  readonly words: readonly string[];
}

/** One trainable component and its size, as the worker reports it. */
export interface ParameterGroup {
  readonly component: string;
  readonly parameters: number;
  readonly tensors: number;
}

/** A base whose sizes stand in the message itself; of the others the worker knows them from their files. */
export type ExplicitBase = Phi3vBase;
