// Compiled, never run: each @ts-expect-error below is a promise that the mistake under it does not compile.
import {
  amosMm,
  ctRate,
  defineExperiment,
  type Experiment,
  liftTo3d,
  m3d,
  reportTask,
  type ScorecardOf,
  stage,
  tghMoe,
  vqaTask,
} from "../../../../../ts/config/index.ts";

const options = { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } } as const;
const common = {
  name: "typed",
  model: liftTo3d("checkpoints/phi", { attention3d: { upperBlocks: 8 } }),
  router: tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa", "open-vqa"], balance: "bias" }),
  stages: [stage("shared", { trains: ["upperVision", "projector"], steps: 10, learningRate: 5e-5 })],
} as const;

export const questions = defineExperiment({
  ...common,
  data: m3d("data", "vqa", options),
  tasks: { "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }) },
});
type Questions = typeof questions extends Experiment<infer T> ? T : never;
declare const scores: ScorecardOf<Questions>;
export const plane = scores["closed-vqa"].accuracy.types.plane?.value;
// @ts-expect-error M3D asks no such type.
export const shape = scores["closed-vqa"].accuracy.types.shape;

export const rate = defineExperiment({
  ...common,
  data: ctRate("data", "v2", options),
  tasks: {
    report: reportTask({ metrics: ["rouge1"] }),
    "open-vqa": vqaTask({ closed: false, metrics: ["exact"] }),
  },
});

export const wrong = defineExperiment({
  ...common,
  data: m3d("data", "cap", options),
  tasks: {
    // @ts-expect-error M3D-Cap has reports alone.
    "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),
  },
});

export const amos = defineExperiment({
  ...common,
  data: amosMm("data", options).split({ train: 0.8, validation: 0.1, test: 0.1, by: "patient" }),
  tasks: {
    report: reportTask({ metrics: ["rouge1"] }),
    // @ts-expect-error Nor has AMOS-MM open questions, also with splits drawn anew.
    "open-vqa": vqaTask({ closed: false, metrics: ["exact"] }),
  },
});

// @ts-expect-error There are two parts of M3D.
m3d("data", "seg", options);
// @ts-expect-error And two versions of CT-RATE.
ctRate("data", "v3", options);
// @ts-expect-error A side of the grid is a whole number of at least 1.
m3d("data", "cap", { ...options, sizeDHW: [0, 256, 256] });
// @ts-expect-error The builder writes the layout.
m3d("data", "cap", { ...options, layout: "table" });
