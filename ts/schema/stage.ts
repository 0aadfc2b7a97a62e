import type { Pattern } from "./options/row.ts";
import type { ExpertLoad } from "./router.ts";
import type { TaskId } from "./task.ts";

/** Components a stage may train; which of them exist depends on the model. */
export const componentNames = [
  "lowerVision",
  "upperVision",
  "tokenExperts",
  "tokenRouter",
  "taskExperts",
  "projector",
  "language",
  "lora",
  "visionLora",
  "patchHead",
  "factHeads",
  "wordHead",
] as const;
export type ComponentName = (typeof componentNames)[number];

type Tower = "vision" | "vision.blocks" | `vision.blocks.${number}`;

/** The dotted names of what each component holds, and of what holds it. */
export interface PartsOfComponent {
  readonly lowerVision: Tower | "vision.lower" | "vision.embedding" | "vision.norm";
  readonly upperVision: Tower | "vision.upper";
  readonly tokenExperts: "vision.experts" | "vision.experts.shared";
  readonly tokenRouter: "vision.gates";
  readonly taskExperts: "vision.experts" | `vision.experts.${TaskId}`;
  readonly projector: never;
  readonly language: never;
  readonly lora: "language.lora";
  readonly visionLora: "vision.lora";
  readonly patchHead: "heads" | "heads.patch";
  readonly factHeads: "heads" | "heads.facts";
  readonly wordHead: "heads" | "heads.words";
}

/** A part of a model by its dotted name, or a parent of parts. */
export type PartName = PartsOfComponent[ComponentName];
/** What a stage may train: a component, or a part by its dotted name. */
export type TrainedName = ComponentName | PartName;

export const partPattern: Pattern<PartName> = {
  fits: /^(vision(\.(lower|upper|embedding|norm|lora|gates|(blocks(\.(0|[1-9]\d*))?)|(experts(\.[a-z][a-z-]*)?)))?|language\.lora|heads(\.(patch|facts|words))?)$/,
  says: "a part by its dotted name, as vision.blocks.16",
};

/**
 * What a stage may be trained on: answer tokens, dense patch labels, all facts, one fact with a weight of its
 * own, or the words of captions.
 */
export const objectivePattern = /^(language|patches|words|facts|facts:[A-Za-z][A-Za-z0-9]*)$/;
export type ObjectiveName = "language" | "patches" | "words" | "facts" | `facts:${string}`;

/** How gradients become steps; mirrors stage.proto, which says what each name means. */
export interface OptimizerSpec {
  readonly kind: "adamw";
  readonly betas: readonly number[];
  readonly epsilon: number;
  readonly schedule: "cosine" | "linear" | "constant" | "stable-decay";
  readonly decays: "matrices";
}

/**
 * Mirrors stage.proto: which components train, for how many optimizer steps, at what rates, on which
 * objectives.
 */
export interface StageSpec {
  readonly name: string;
  readonly steps: number;
  readonly seed: number;
  readonly trains: readonly { readonly component: TrainedName; readonly learningRate: number }[];
  readonly objectives: readonly { readonly objective: ObjectiveName; readonly weight: number }[];
  readonly warmupFraction: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly routing: "shared" | "per-task";
  readonly optimizer: OptimizerSpec;
  /** Volumes of a rank that pass at once; 0: all of them. */
  readonly microBatch: number;
  /** What becomes of an answer that does not fit the positions: "cut-report" cuts it at its end. */
  readonly tooLong: "refuse" | "cut-report";
  /** Steps between two looks at how the gradients of the tasks agree; 0: never. */
  readonly taskCosineEvery: number;
  /** Whether items whose image tokens are equal pass behind them once in the language model. */
  readonly sharePrefix: boolean;
}

/** The cosine between two tasks' gradients in one block; mirrors stage.proto. */
export interface TaskCosine {
  readonly block: string;
  readonly one: string;
  readonly other: string;
  readonly cosine: number;
}

/** What one optimizer step gave; mirrors stage.proto. */
export interface StepResult {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRateScale: number;
  readonly objectiveLosses: Readonly<Record<string, number>>;
  readonly planDigest: string;
  readonly batchDigest: string;
  readonly expertLoad: ExpertLoad;
  /** The terms whose sum is the loss, each with its weight: objectives, "balance" and "z" where they weigh. */
  readonly terms: Readonly<Record<string, number>>;
  /** At the steps that look at them; none at others. */
  readonly cosines: readonly TaskCosine[];
  readonly seconds: number;
  readonly rank: number;
}

/** Tensors of one component that have one rate and one weight decay; mirrors stage.proto. */
export interface OptimizerGroup {
  readonly component: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly tensors: number;
  /** Numbers in them. */
  readonly parameters: number;
}
