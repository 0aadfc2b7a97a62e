// Compiled, never run: each @ts-expect-error below is a promise that the mistake under it does not compile.
import {
  ctFolder,
  defineExperiment,
  type Experiment,
  liftTo3d,
  phantomCt,
  reportTask,
  type ScorecardOf,
  stage,
  tghMoe,
  tinyPhi3v,
  vqaTask,
} from "../../../../../ts/config/index.ts";
export const experiment = defineExperiment({
  name: "chest-ct",
  seed: 7,
  data: ctFolder("data/chest-ct", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } }).split({
    train: 0.8,
    validation: 0.1,
    test: 0.1,
    by: "patient",
  }),
  model: liftTo3d("checkpoints/Phi-3.5-vision-instruct", {
    attention3d: { upperBlocks: 8 },
    depthRope: true,
  }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa", "open-vqa"], balance: "bias" }),
  stages: [
    stage("shared", {
      trains: ["upperVision", "tokenExperts", "projector", "lora"],
      steps: 8_000,
      learningRate: 5e-5,
    }),
    stage("specific", { trains: ["taskExperts", "tokenRouter"], steps: 4_000, learningRate: 2e-5 }),
  ],
  tasks: {
    report: reportTask({ metrics: ["rouge1", "meteor"] }),
    "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),
  },
});
type K = typeof experiment extends Experiment<infer T> ? T : never;
declare const sc: ScorecardOf<K>;
export const a: number = sc["closed-vqa"].accuracy.micro.value;
export const b: number = sc.report.rouge1.value;
// @ts-expect-error
sc["closed-vqa"].rouge1;
// @ts-expect-error
sc["open-vqa"];
// @ts-expect-error
stage("shared", { trains: ["eyes"], steps: 8_000, learningRate: 5e-5 });
// @ts-expect-error
stage("shared", { trains: ["lora"], steps: 0, learningRate: 5e-5 });
// @ts-expect-error
stage("shared", { trains: ["lora"], steps: 1.5, learningRate: 5e-5 });
// @ts-expect-error
stage("shared", { trains: ["lora"], steps: 10, learningRate: -5e-5 });
// @ts-expect-error
tghMoe({ tokenExperts: 4, topK: 5, tasks: ["report"] });
// @ts-expect-error
tghMoe({ tokenExperts: 4, topK: 2, tasks: ["reports"] });
tghMoe({ tokenExperts: 4, topK: 4, tasks: ["report"] });
// @ts-expect-error
vqaTask({ closed: true, metrics: ["rouge1"] });
ctFolder("x", { sizeDHW: [1, 2, 3], windowHu: { low: 0, high: 1 } }).split({
  // @ts-expect-error
  train: 1.8,
  validation: 0.1,
  test: 0.1,
  by: "patient",
});
defineExperiment({
  name: "x",
  data: ctFolder("data", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } }),
  model: liftTo3d("c", { attention3d: { upperBlocks: 8 }, lora: false }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] }),
  // @ts-expect-error
  stages: [stage("shared", { trains: ["lora"], steps: 8_000, learningRate: 5e-5 })],
  tasks: { report: reportTask({ metrics: ["rouge1"] }) },
});
defineExperiment({
  name: "x",
  data: ctFolder("data", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } }),
  model: liftTo3d("c", { attention3d: { upperBlocks: 8 } }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] }),
  stages: [stage("shared", { trains: ["lora"], steps: 8_000, learningRate: { lora: 5e-5 } })],
  // @ts-expect-error
  tasks: { "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }) },
});

const withParts = {
  name: "x",
  data: ctFolder("data", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] }),
  tasks: { report: reportTask({ metrics: ["rouge1"] }) },
} as const;
const lifted = { attention3d: { upperBlocks: 8 } } as const;
defineExperiment({
  ...withParts,
  model: liftTo3d("c", lifted),
  stages: [
    stage("shared", {
      trains: ["vision.blocks.16", "vision.experts.shared", "vision.gates", "language.lora"],
      steps: 8,
      learningRate: { "vision.blocks.16": 1e-5, "vision.experts.shared": 1e-4, "language.lora": 1e-3 },
    }),
    stage("specific", { trains: ["vision.experts.report", "projector"], steps: 8, learningRate: 1e-5 }),
  ],
});
defineExperiment({
  ...withParts,
  model: liftTo3d("c", { ...lifted, lora: false }),
  // @ts-expect-error
  stages: [stage("shared", { trains: ["language.lora"], steps: 8, learningRate: 1e-5 })],
});
// @ts-expect-error
stage("shared", { trains: ["vision.block.16"], steps: 8, learningRate: 5e-5 });
// @ts-expect-error
stage("shared", { trains: ["vision.blocks.last"], steps: 8, learningRate: 5e-5 });
// @ts-expect-error
stage("shared", { trains: ["vision.experts.triage"], steps: 8, learningRate: 5e-5 });
// @ts-expect-error
stage("shared", { trains: ["vision.gates"], steps: 8, learningRate: { "vision.upper": 5e-5 } });

const vision = { imageSize: 48, patchSize: 12, hidden: 64, layers: 4, heads: 4, mlp: 128 } as const;
const language = {
  vocab: 512,
  hidden: 64,
  layers: 2,
  heads: 4,
  keyValueHeads: 4,
  mlp: 128,
  maxPositions: 256,
} as const;
tinyPhi3v({ vision, language, pretrain: [] });
// @ts-expect-error
tinyPhi3v({ vision: { ...vision, hidden: 0 }, language, pretrain: [] });
// @ts-expect-error
tinyPhi3v({ vision, language: { ...language, ropeTheta: -1 }, pretrain: [] });
// @ts-expect-error
tinyPhi3v({ vision, language, mergeSiz: 2, pretrain: [] });
// @ts-expect-error
liftTo3d("c", { attention3d: { upperBlocks: -1 } });
// @ts-expect-error
liftTo3d("c", { attention3d: { upperBlocks: 2 }, poolDepth: 0 });
// @ts-expect-error
liftTo3d("c", { attention3d: { upperBlocks: 2 }, lora: { rank: 1.5, alpha: 32 } });
// @ts-expect-error
liftTo3d("c", { attention3d: { upperBlocks: 2 }, poolDept: 4 });
liftTo3d("c", { attention3d: { upperBlocks: 2 }, lora: { rank: 8, alpha: 0.5 } });
liftTo3d("c", { attention3d: { upperBlocks: 2 }, lora: { dropout: 0.05, visionTargets: ["fc1"] } });
// @ts-expect-error
liftTo3d("c", { attention3d: { upperBlocks: 2 }, lora: { dropout: 1 } });
// @ts-expect-error
phantomCt({ volumes: { train: 0, validation: 0, test: 4 } });
// @ts-expect-error
phantomCt({ volumes: { train: 8, validation: 0, test: 4 }, slices: 1.5 });
// @ts-expect-error
phantomCt({ seed: -1, volumes: { train: 8, validation: 0, test: 4 } });
// @ts-expect-error
tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"], confidenceThreshold: 1.5 });
tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"], textGuidance: "off" });
tghMoe({ tokenExperts: 0, topK: 2, tasks: ["report"], route: "oracle" });
// @ts-expect-error
tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"], textWidth: 0 });
// @ts-expect-error
tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"], textGuidance: "answer" });
// @ts-expect-error
stage("shared", { trains: ["lora"], steps: 10, learningRate: 5e-5, objectives: { languag: 1 } });
// @ts-expect-error
stage("shared", { trains: ["lora"], steps: 10, learningRate: 5e-5, objectives: { language: -1 } });
// @ts-expect-error
stage("shared", { trains: ["lora"], steps: 10, learningRate: { lora: 0 } });
// @ts-expect-error
stage("shared", { trains: ["lora"], steps: 10, learningRate: 5e-5, stepz: 3 });
stage("warm-up", {
  trains: ["lora"],
  steps: 10,
  learningRate: 5e-5,
  objectives: { language: 1, "facts:phase": 0.5 },
  weightDecay: 0,
  warmupFraction: 0.99,
});
const parts = {
  name: "x",
  data: phantomCt({ volumes: { train: 8, validation: 0, test: 4 } }),
  model: liftTo3d("c", { attention3d: { upperBlocks: 8 } }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] }),
  stages: [stage("shared", { trains: ["lora"], steps: 10, learningRate: 5e-5 })],
  tasks: { report: reportTask({ metrics: ["rouge1"] }) },
} as const;
defineExperiment({
  ...parts,
  seed: 0,
  evaluation: { maxNewTokens: 24, bootstrap: { resamples: 200, seed: 0 } },
  execution: { maxRestarts: 0, diskWaitSeconds: 0.5 },
});
// @ts-expect-error
defineExperiment({ ...parts, seed: -1 });
// @ts-expect-error
defineExperiment({ ...parts, seed: 1.5 });
// @ts-expect-error
defineExperiment({ ...parts, evaluation: { maxNewTokens: 0 } });
// @ts-expect-error
defineExperiment({ ...parts, execution: { maxRestarts: -1 } });
// @ts-expect-error
defineExperiment({ ...parts, execution: { maxRestart: 1 } });
/** What is only a number is left to the schema. */
export const counted = (steps: number, seed: number) =>
  defineExperiment({
    ...parts,
    seed,
    stages: [stage("shared", { trains: ["lora"], steps, learningRate: steps })],
  });
