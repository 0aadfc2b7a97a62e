// The embedded default: PhantomCT, a tiny Phi-3-V pre-trained in 2D, lifted to 3D, trained in two stages,
// scored on held-out phantoms.
// Steps are fixed, so a second run of the same seed on the same machine gives the same numbers. How it was
// found: LOG.md beside this file.
import {
  defineExperiment,
  liftTo3d,
  phantomCt,
  pretrain2d,
  reportTask,
  stage,
  tghMoe,
  tinyPhi3v,
  vqaTask,
} from "tomoe";

export const experiment = defineExperiment({
  name: "phantom-tiny",
  seed: 7,
  data: phantomCt({ seed: 1, volumes: { train: 1_000, validation: 0, test: 160 }, slices: 4_096 }),
  model: liftTo3d(
    tinyPhi3v({
      vision: { imageSize: 48, patchSize: 12, hidden: 64, layers: 4, heads: 2, mlp: 128 },
      language: {
        vocab: 640,
        hidden: 64,
        layers: 2,
        heads: 4,
        keyValueHeads: 4,
        mlp: 192,
        maxPositions: 512,
      },
      pretrain: [
        pretrain2d("vision-2d", {
          trains: ["lowerVision", "upperVision", "patchHead", "factHeads"],
          steps: 900,
          learningRate: 4e-3,
          volumesPerStep: 32,
          objectives: { patches: 1, facts: 0.3 },
        }),
        pretrain2d("language-2d", {
          trains: ["lowerVision", "upperVision", "projector", "language"],
          steps: 550,
          volumesPerStep: 8,
          objectives: { language: 1 },
          learningRate: { lowerVision: 9e-4, upperVision: 9e-4, projector: 3e-3, language: 3e-3 },
        }),
      ],
    }),
    {
      attention3d: { upperBlocks: 2 },
      depthRope: true,
      ropeBase: 10,
      poolDepth: 16,
      poolKind: "mean-max",
      lora: false,
      channelWindowsHu: [
        { low: -1000, high: 200 },
        { low: -160, high: 360 },
        { low: -100, high: 900 },
      ],
    },
  ),
  router: tghMoe({
    tokenExperts: 4,
    topK: 2,
    tasks: ["report", "closed-vqa", "open-vqa"],
    balance: "bias",
    textWidth: 32,
  }),
  stages: [
    // Facts of order along the axis are what the lifted blocks must learn anew; they get weights of their
    // own.
    stage("warm-up", {
      trains: ["upperVision", "tokenExperts", "tokenRouter", "factHeads"],
      steps: 220,
      learningRate: 4e-3,
      volumesPerStep: 32,
      objectives: { facts: 1, "facts:vesselOrNodules": 0.5, "facts:granulomaHigher": 0.3 },
    }),
    stage("shared", {
      trains: ["upperVision", "tokenExperts", "tokenRouter", "projector", "language", "factHeads"],
      steps: 300,
      learningRate: 2e-3,
      volumesPerStep: 8,
      objectives: { language: 1, facts: 0.5, "facts:vesselOrNodules": 0.1 },
    }),
    stage("specific", {
      trains: ["taskExperts", "tokenRouter", "projector", "language"],
      steps: 150,
      learningRate: 1e-3,
      volumesPerStep: 8,
      objectives: { language: 1 },
    }),
  ],
  tasks: {
    report: reportTask({ metrics: ["rouge1", "bleu1"] }),
    "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),
    "open-vqa": vqaTask({ closed: false, metrics: ["exact", "rouge1"] }),
  },
});
