// The rival of real-2d: the same base, not lifted, given the 16 slices of a volume as 16 images one behind the
// other (256 image tokens). Its tower, which sees one slice at a time, stays as published; steps and items are equal.
import { defineExperiment, liftTo3d, stage, tghMoe } from "tomoe";
import { base, data, evaluation, execution, shared, tasks } from "./real-2d.ts";

export const experiment = defineExperiment({
  name: "real-2d-images",
  seed: 7,
  data,
  model: liftTo3d(base, { ...shared, attention3d: { upperBlocks: 0 }, poolDepth: 1 }),
  router: tghMoe({ tokenExperts: 0, topK: 1, tasks: ["report", "closed-vqa", "open-vqa"], balance: "none" }),
  stages: [
    stage("warm-up", {
      trains: ["factHeads"],
      steps: 40,
      volumesPerStep: 4,
      objectives: { facts: 1 },
      learningRate: { factHeads: 1e-3 },
      checkpointEvery: 20,
    }),
    stage("shared", {
      trains: ["projector", "lora"],
      steps: 36,
      volumesPerStep: 4,
      itemsPerVolume: 2,
      objectives: { language: 1 },
      learningRate: { projector: 3e-5, lora: 1e-4 },
      reportTokenWeight: 0.05,
      checkpointEvery: 12,
    }),
    stage("last", {
      trains: ["projector", "lora"],
      steps: 18,
      volumesPerStep: 4,
      itemsPerVolume: 2,
      objectives: { language: 1 },
      learningRate: { projector: 3e-5, lora: 1e-4 },
      reportTokenWeight: 0.05,
      checkpointEvery: 9,
    }),
  ],
  tasks,
  evaluation,
  execution,
});
