import type { ObjectiveName } from "../schema/stage.ts";

/**
 * What `InRange` holds the options of each builder against; the schema checks the same at run time. "any"
 * leaves an option to its type.
 */

export interface StageRules {
  readonly trains: "any";
  readonly steps: "count";
  readonly learningRate: "rates";
  readonly volumesPerStep: "count";
  readonly itemsPerVolume: "count";
  readonly objectives: { readonly [objective in ObjectiveName]: "positive" };
  readonly reportTokenWeight: "positive";
  readonly warmupFraction: "fraction";
  readonly weightDecay: "nonNegative";
  readonly clipNorm: "positive";
  readonly optimizer: {
    readonly kind: "any";
    readonly betas: "any";
    readonly epsilon: "positive";
    readonly schedule: "any";
    readonly decays: "any";
  };
  readonly checkpointEvery: "count";
}

export interface TinyRules {
  readonly vision: {
    readonly imageSize: "count";
    readonly patchSize: "count";
    readonly hidden: "count";
    readonly layers: "count";
    readonly heads: "count";
    readonly mlp: "count";
  };
  readonly language: {
    readonly vocab: "count";
    readonly hidden: "count";
    readonly layers: "count";
    readonly heads: "count";
    readonly keyValueHeads: "count";
    readonly mlp: "count";
    readonly maxPositions: "count";
    readonly ropeTheta: "positive";
    readonly initialStd: "positive";
  };
  readonly mergeSize: "count";
  readonly pretrain: "any";
}

export interface LiftRules {
  readonly attention3d: { readonly upperBlocks: "whole" };
  readonly depthRope: "any";
  readonly ropeBase: "positive";
  readonly poolDepth: "count";
  readonly poolKind: "any";
  readonly separators: "any";
  readonly lora: {
    readonly rank: "count";
    readonly alpha: "positive";
    readonly targets: "any";
    readonly initial: "any";
  };
  readonly channelWindowsHu: "any";
}

export interface MoeRules {
  readonly tokenExperts: "count";
  readonly topK: "count";
  readonly tasks: "any";
  readonly balance: "any";
  readonly biasRate: "positive";
  readonly balanceLossWeight: "nonNegative";
  readonly zLossWeight: "nonNegative";
  readonly blocks: "any";
  readonly textWidth: "count";
  readonly routerStd: "positive";
  readonly planLag: "count";
  readonly confidenceThreshold: "fraction";
}

export interface PhantomRules {
  readonly seed: "whole";
  readonly volumes: { readonly train: "count"; readonly validation: "whole"; readonly test: "count" };
  readonly slices: "whole";
  readonly sizeDHW: "any";
  readonly windowHu: "any";
}

export interface EvaluationRules {
  readonly split: "any";
  readonly maxNewTokens: "count";
  readonly generate: "any";
  readonly answer: "any";
  readonly batching: { readonly volumes: "count"; readonly sequences: "count"; readonly cacheBytes: "count" };
  readonly reportRequest: "any";
  readonly bootstrap: { readonly resamples: "count"; readonly seed: "whole" };
}

export interface ExecutionRules {
  readonly threads: "count";
  readonly ranks: "count";
  readonly maxRestarts: "whole";
  readonly stepDeadlineSeconds: "positive";
  readonly diskWaitSeconds: "nonNegative";
}
