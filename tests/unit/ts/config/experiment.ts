// A small experiment of two phases, for the tests of the configuration.
import type { BaseOf, FullComponent } from "../../../../ts/config/build/parts.ts";
import {
  defineExperiment,
  type LiftOptions,
  liftTo3d,
  phantomCt,
  pretrain2d,
  reportTask,
  stage,
  tghMoe,
  tinyPhi3v,
  vqaTask,
} from "../../../../ts/config/index.ts";

/** The experiment anew, since a test may write into what it holds. */
export function experiment() {
  return defineExperiment({
    name: "tiny",
    seed: 7,
    data: phantomCt({ volumes: { train: 8, validation: 0, test: 4 }, slices: 16 }),
    model: liftTo3d(
      tinyPhi3v({
        vision: { imageSize: 48, patchSize: 12, hidden: 64, layers: 5, heads: 4, mlp: 128 },
        language: {
          vocab: 512,
          hidden: 64,
          layers: 2,
          heads: 4,
          keyValueHeads: 4,
          mlp: 128,
          maxPositions: 256,
        },
        pretrain: [
          pretrain2d("vision-2d", {
            trains: ["lowerVision", "upperVision", "patchHead"],
            steps: 4,
            learningRate: 1e-3,
            objectives: { patches: 1 },
          }),
        ],
      }),
      { attention3d: { upperBlocks: 2 }, poolDepth: 16 },
    ),
    router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa"] }),
    stages: [
      stage("shared", {
        trains: ["upperVision", "tokenExperts", "projector", "language"],
        steps: 4,
        learningRate: 1e-3,
      }),
      stage("specific", {
        trains: ["taskExperts", "tokenRouter"],
        steps: 4,
        learningRate: { taskExperts: 1e-3, tokenRouter: 1e-4 },
      }),
    ],
    tasks: {
      report: reportTask({ metrics: ["rouge1"] }),
      "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),
    },
  });
}

/** The same on a base that has to be opened: one phase in 2D with adapters, two after the lift. */
export function onBase(base: BaseOf<FullComponent>, lift: Partial<LiftOptions> = {}) {
  const { input } = experiment();
  const options = { attention3d: { upperBlocks: 2 }, poolDepth: 4, ...lift };
  return { ...input, model: { ...options, base } as typeof input.model };
}

/** The error a call raises, as code, message and details. */
export function raised(call: () => unknown): {
  readonly code: unknown;
  readonly message: string;
  readonly details: {
    readonly problems?: readonly {
      readonly path: string;
      readonly message: string;
      readonly didYouMean?: string;
      readonly line?: number;
    }[];
  };
} {
  try {
    call();
  } catch (error) {
    return error as ReturnType<typeof raised>;
  }
  throw new Error("nothing was raised");
}
