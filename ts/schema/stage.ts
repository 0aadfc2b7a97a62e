import type { ExpertLoad } from "./router.ts";

/** Components a stage may train; which of them exist depends on the model. */
export const componentNames = [
  "lowerVision", "upperVision", "tokenExperts", "tokenRouter", "taskExperts", "projector", "language", "lora", "patchHead", "factHeads",
] as const;
export type ComponentName = (typeof componentNames)[number];

export const objectiveNames = ["language", "patches", "facts"] as const;
export type ObjectiveName = (typeof objectiveNames)[number];

/** Mirrors stage.proto: which components train, for how many optimizer steps, at what rates, on which objectives. */
export interface StageSpec {
  readonly name: string;
  readonly steps: number;
  readonly seed: number;
  readonly trains: readonly { readonly component: ComponentName; readonly learningRate: number }[];
  readonly objectives: readonly { readonly objective: ObjectiveName; readonly weight: number }[];
  readonly warmupFraction: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly routing: "shared" | "per-task";
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
  readonly seconds: number;
  readonly rank: number;
}
