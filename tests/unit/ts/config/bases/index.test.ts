import { architectureOf, baseOf } from "../../../../../ts/config/bases/index.ts";
import { liftTo3d, resolveExperiment } from "../../../../../ts/config/index.ts";
import type { ExperimentConfig } from "../../../../../ts/schema/experiment.ts";
import { modelOptions } from "../../../../../ts/schema/options/model.ts";
import { experiment, raised } from "../experiment.ts";

const { config } = resolveExperiment(experiment().input);
const withFolder = {
  model: liftTo3d("weights/phi", { attention3d: { upperBlocks: 2 } }),
} as unknown as Pick<ExperimentConfig, "model">;

describe("the table of bases", () => {
  it("has a row for every kind that a recipe may name", () => {
    const kinds = modelOptions.base.of.map(({ options }) => options.kind.value);
    expect([config, withFolder].map(({ model }) => model.base.kind).sort()).toEqual([...kinds].sort());
    expect(baseOf(config).title).toBe("tinyPhi3v");
    expect(baseOf(withFolder).title).toBe('"weights/phi"');
  });

  it("gives the sizes of a base that is known, and refuses the others by name", () => {
    expect(architectureOf(config).vision.hidden).toBe(64);
    expect(raised(() => architectureOf(withFolder))).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining('no architecture is known for base "weights/phi"'),
    });
  });
});
