import { hovers, importing } from "../../../../support/compiler.ts";

const script = importing(
  ["ctFolder", "defineExperiment", "liftTo3d", "phantomCt", "stage", "tghMoe"],
  "ts/config/index.ts",
  `phantomCt({ volumes: { train: 8, validation: 0, test: 4 }, slices: 16 });
ctFolder("scans", { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 }, stack: "axial" });
liftTo3d("weights", { attention3d: { upperBlocks: 8 }, poolDepth: 4 });
tghMoe({ tokenExperts: 4, topK: 2, tasks: ["report"] });
stage("shared", { trains: ["lora"], steps: 10, learningRate: 5e-5, objectives: { language: 1 } });
declare const parts: Omit<Parameters<typeof defineExperiment>[0], "execution" | "evaluation" | "seed">;
defineExperiment({ ...parts, execution: { maxRestarts: 2 }, evaluation: { bootstrap: { resamples: 200 } } });`,
);

/** An option as it is written, and what an editor must say of it. */
const sentences: readonly (readonly [string, string])[] = [
  [
    "slices",
    "Slices of the 2D pre-training set.\n\nA whole number of at least 0. Unit: slices. Default: `0`.",
  ],
  ["train", "Volumes to train on."],
  ["stack", "Default: `acquired`."],
  ["upperBlocks", "Upper vision blocks, of those the features read, that attend over all slices."],
  ["poolDepth", "A whole number of at least 1. Unit: slices. Default: `1`."],
  [
    "topK",
    "Experts chosen per image token.\n\nA whole number of at least 1, at most tokenExperts. Unit: experts.",
  ],
  ["tasks", "Tasks the model has: the groups of the task level; a prompt is never routed to another."],
  ["trains", "The components or parts that move; all others are frozen."],
  ["steps", "Optimizer steps.\n\nA whole number of at least 1. Unit: steps."],
  ["learningRate", "The highest learning rate: one for all it trains, or one for each name."],
  ["objectives", "Default: `{language: 1}`."],
  ["maxRestarts", "Times a dead worker is replaced before the run gives up."],
  [
    "resamples",
    "Read from recipes that name it, and of no effect: intervals have a closed form and draw nothing.\n\nA whole number of at least 100.",
  ],
];

describe("what an editor shows over an option", () => {
  it("is its sentence, its range, its unit and its default, as the table says them", async () => {
    const shown = await hovers(
      script,
      sentences.map(([option]) => option),
    );
    sentences.forEach(([option, says], at) => {
      expect(`${option}: ${shown[at]}`).toContain(says);
    });
  });
});
