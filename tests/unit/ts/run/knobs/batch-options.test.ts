import { batchOutcomes } from "../../../../../ts/run/knobs/batch-options.ts";
import { optionsOf } from "../../../../../ts/run/knobs/options.ts";
import type { Outcome } from "../../../../../ts/run/knobs/outcome.ts";
import { corpusOf, newJob } from "../fixtures.ts";
import { stagesAt } from "./stages.ts";

async function outcomes(set: readonly string[], corpus = corpusOf()): Promise<readonly Outcome[]> {
  const test = await newJob({ set, corpus });
  const { resolved } = test.job;
  return batchOutcomes(await test.attempt(), stagesAt(resolved), optionsOf(resolved.config));
}

const effects = (found: readonly Outcome[]) =>
  Object.fromEntries(found.map(({ path, tried, effect }) => [path, [tried, effect]]));

describe("batchOutcomes", () => {
  it("finds other batches where fewer volumes or items are in them, or reports weigh otherwise", async () => {
    const found = effects(await outcomes(["stages.shared.itemsPerVolume=2"]));
    expect(found).toMatchObject({
      "model.base.pretrain.0.volumesPerStep": [1, "batch"],
      "stages.0.volumesPerStep": [1, "batch"],
      "stages.0.itemsPerVolume": [1, "batch"],
      "stages.0.reportTokenWeight": [expect.closeTo(3e-10), "batch"],
    });
    expect(Object.keys(found)).not.toContain("stages.1.itemsPerVolume");
  });

  it("pushes a batch of one volume by one", async () => {
    const found = effects(await outcomes(["stages.shared.volumesPerStep=1"]));
    expect(found["stages.0.volumesPerStep"]).toEqual([2, "batch"]);
  });

  it("finds no effect of items in a stage that reads none", async () => {
    const found = effects(
      await outcomes(['stages.shared.objectives={"facts":1}', 'stages.shared.trains=["upperVision"]']),
    );
    expect(found["stages.0.reportTokenWeight"]?.[1]).toBe("none");
    expect(found["stages.0.volumesPerStep"]?.[1]).toBe("batch");
  });

  it("finds no effect of the weight of reports where none are trained on", async () => {
    const corpus = corpusOf();
    const volumes = {
      ...corpus.volumes,
      cases: corpus.volumes.cases.map((one) => ({
        ...one,
        items: one.items.filter(({ task }) => task !== "report"),
      })),
    };
    const found = effects(await outcomes([], { ...corpus, volumes }));
    expect(found["stages.0.reportTokenWeight"]?.[1]).toBe("none");
    // The slices have reports as before.
    expect(found["model.base.pretrain.0.reportTokenWeight"]?.[1]).toBe("batch");
  });
});
