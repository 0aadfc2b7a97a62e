// Compiled, never run: each @ts-expect-error below is a promise that the mistake under it does not compile.
import { ctFolder, defineExperiment, liftTo3d, reportTask, stage, tghMoe, vqaTask, type ScorecardOf, type Experiment } from "../../../../ts/config/index.ts";
export const experiment = defineExperiment({
  name: "chest-ct",
  seed: 7,
  data: ctFolder("data/chest-ct", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } })
    .split({ train: 0.8, validation: 0.1, test: 0.1, by: "patient" }),
  model: liftTo3d("checkpoints/Phi-3.5-vision-instruct", { attention3d: { upperBlocks: 8 }, depthRope: true }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa", "open-vqa"], balance: "bias" }),
  stages: [
    stage("shared", { trains: ["upperVision", "tokenExperts", "projector", "lora"], steps: 8_000, learningRate: 5e-5 }),
    stage("specific", { trains: ["taskExperts", "tokenRouter"], steps: 4_000, learningRate: 2e-5 }),
  ],
  tasks: { report: reportTask({ metrics: ["rouge1", "meteor"] }), "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }) },
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
// @ts-expect-error
ctFolder("x", { sizeDHW: [1, 2, 3], windowHu: { low: 0, high: 1 } }).split({ train: 1.8, validation: 0.1, test: 0.1, by: "patient" });
defineExperiment({
  name: "x", data: ctFolder("data", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } }),
  model: liftTo3d("c", { attention3d: { upperBlocks: 8 }, lora: false }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] }),
  // @ts-expect-error
  stages: [stage("shared", { trains: ["lora"], steps: 8_000, learningRate: 5e-5 })],
  tasks: { report: reportTask({ metrics: ["rouge1"] }) },
});
defineExperiment({
  name: "x", data: ctFolder("data", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } }),
  model: liftTo3d("c", { attention3d: { upperBlocks: 8 } }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] }),
  stages: [stage("shared", { trains: ["lora"], steps: 8_000, learningRate: { lora: 5e-5 } })],
  // @ts-expect-error
  tasks: { "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }) },
});
