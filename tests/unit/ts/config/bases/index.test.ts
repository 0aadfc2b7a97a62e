import { architectureOf, baseOf } from "../../../../../ts/config/bases/index.ts";
import { folder, fromRun, liftTo3d, resolveExperiment, weights } from "../../../../../ts/config/index.ts";
import type { ExperimentConfig } from "../../../../../ts/schema/experiment.ts";
import { modelOptions } from "../../../../../ts/schema/options/model.ts";
import { experiment, raised } from "../experiment.ts";

type Model = Pick<ExperimentConfig, "model">;

const { config } = resolveExperiment(experiment().input);
const attention3d = { upperBlocks: 2 } as const;
const withFolder = { model: liftTo3d(folder("weights/phi"), { attention3d }) } as unknown as Model;
const withWeights = { model: liftTo3d(weights("w"), { attention3d }) } as unknown as Model;
const withRun = { model: liftTo3d(fromRun("r"), { attention3d }) } as unknown as Model;

describe("the table of bases", () => {
  it("has a row for every kind that a recipe may name", () => {
    const kinds = modelOptions.base.of.map(({ options }) => options.kind.value);
    const models = [config, withFolder, withWeights, withRun];
    expect(models.map(({ model }) => model.base.kind).sort()).toEqual([...kinds].sort());
    expect(models.map((one) => baseOf(one).title)).toEqual([
      "tinyPhi3v",
      '"weights/phi"',
      'weights("w")',
      'fromRun("r")',
    ]);
  });

  it("gives the sizes of a base that is known, and refuses the others by name", () => {
    expect(architectureOf(config).fittedVocab).toBe(512);
    expect(raised(() => architectureOf(withFolder))).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining('no architecture is known of base "weights/phi": it was not opened'),
    });
  });
});
