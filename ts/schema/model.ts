import type { WindowHu } from "./volume.ts";

/**
 * A CLIP vision transformer; features are read before its last layer, as Phi-3-V does. Mirrors model.proto.
 */
export interface VisionSpec {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlp: number;
}

export interface ProjectorSpec {
  readonly mergeSize: number;
  readonly poolDepth: number;
  readonly poolKind: "mean" | "mean-max";
  readonly separators: boolean;
}

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
}

export interface LiftSpec {
  readonly upperBlocks: number;
  readonly depthRope: boolean;
  readonly ropeBase: number;
  readonly depth: number;
}

export interface MoeSpec {
  readonly tokenExperts: number;
  /** Vision blocks whose MLP becomes experts, 0-based. */
  readonly blocks: readonly number[];
  readonly textWidth: number;
  readonly tasks: readonly string[];
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
}

/** One trainable component and its size, as the worker reports it. */
export interface ParameterGroup {
  readonly component: string;
  readonly parameters: number;
  readonly tensors: number;
}
