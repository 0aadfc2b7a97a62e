import { resolveExperiment } from "../../../../ts/config/index.ts";
import { experiment } from "../../../../ts/recipes/real-2d.ts";
import { experiment as rival } from "../../../../ts/recipes/real-2d-images.ts";
import type { BaseFacts } from "../../../../ts/schema/base-facts.ts";
import type { ExperimentConfig } from "../../../../ts/schema/experiment.ts";
import { exampleFacts } from "../../../support/base-facts.ts";

/** What the files of the base say, as far as the recipes lean on it. */
const opened: BaseFacts = {
  ...exampleFacts,
  vision: {
    ...exampleFacts.vision,
    blocks: 12,
    blocksRead: 12,
    patchSize: 14,
    taps: [{ block: 11, finalNorm: true }],
  },
  use: { imageSize: 112, maxPositions: 1024, layout: "internvl" },
  tokens: { perSlice: 16, mergeSize: 2 },
};

function resolved(input: typeof experiment.input, ...set: readonly string[]): ExperimentConfig {
  return resolveExperiment(input, { set, opened }).config;
}

const lengths = (config: ExperimentConfig) =>
  config.stages.map(({ steps, volumesPerStep, itemsPerVolume }) => ({
    steps,
    volumesPerStep,
    itemsPerVolume,
  }));

describe("real-2d", () => {
  it("differs from its arm with a random tower in that tower alone", () => {
    const { model, ...rest } = resolved(experiment.input);
    const { model: random, ...other } = resolved(experiment.input, 'model.base.redraw=["vision"]');
    expect(other).toEqual(rest);
    expect({ ...random, base: { ...random.base, redraw: [] } }).toEqual({ ...model });
  });

  it("shares data, 2D phases, tasks, controls, steps and items with the rival that is not lifted", () => {
    const [lifted, images] = [resolved(experiment.input), resolved(rival.input)];
    for (const part of ["seed", "data", "tasks", "evaluation", "execution"] as const)
      expect(images[part]).toEqual(lifted[part]);
    expect(images.model.base).toEqual(lifted.model.base);
    expect(lengths(images)).toEqual(lengths(lifted));
    expect([
      images.model.attention3d.upperBlocks,
      images.router.tokenExperts,
      images.model.poolDepth,
    ]).toEqual([0, 0, 1]);
  });
});
