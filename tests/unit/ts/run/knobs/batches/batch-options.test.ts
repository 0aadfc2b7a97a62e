import { policyFor } from "../../../../../../ts/run/choose-policy.ts";
import { batchOutcomes } from "../../../../../../ts/run/knobs/batches/batch-options.ts";
import { optionsOf } from "../../../../../../ts/run/knobs/options.ts";
import type { Outcome } from "../../../../../../ts/run/knobs/outcome.ts";
import { corpusOf, newJob, resolvedWith } from "../../fixtures.ts";
import { stagesAt } from "../stages.ts";

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

  it("finds items behind one prefix where volume, experts and what the gates read are the same", async () => {
    const shared = async (...set: readonly string[]) => {
      const on = ["shared", "specific"].map((name) => `stages.${name}.sharePrefix=true`);
      const found = effects(await outcomes([...on, "model.base.pretrain.flat.sharePrefix=true", ...set]));
      return ["model.base.pretrain.0", "stages.0", "stages.1"].map((at) => found[`${at}.sharePrefix`]);
    };
    const rounds = [false, "memory"],
      nothing = [false, "none"];
    // Slices have no experts yet; a report, a closed and an open question are three tasks and three prompts.
    expect(await shared("router.textGuidance=off")).toEqual([rounds, rounds, nothing]);
    expect(await shared("router.textGuidance=task")).toEqual([rounds, nothing, nothing]);
    expect(await shared("router.textGuidance=question")).toEqual([rounds, nothing, nothing]);
    const dense = [
      "router.tokenExperts=0",
      'stages.shared.trains=["upperVision","language"]',
      'stages.specific.trains=["language"]',
    ];
    expect(await shared("router.textGuidance=task", ...dense)).toEqual([rounds, rounds, rounds]);
  });

  it("says nothing of a shared prefix that nobody asked for", async () => {
    expect(Object.keys(effects(await outcomes([]))).some((path) => path.endsWith("sharePrefix"))).toBe(false);
  });

  it("finds other batches where volumes are changed otherwise, and mirrors only what has mirror images", async () => {
    const found = effects(await outcomes(["stages.shared.augment.gain=0.1"]));
    expect(found).toMatchObject({
      "stages.0.augment.gain": [0, "batch"],
      "stages.0.augment.shiftHu": [1, "batch"],
      "stages.1.augment.rotateDegrees": [1, "batch"],
      "model.base.pretrain.0.augment.gain": [expect.any(Number), "batch"],
    });
    expect(Object.keys(found).filter((path) => path.endsWith(".flip"))).toEqual([]);
  });

  it("finds that a flip changes something where one of the volumes can be mirrored, and nothing where none can", async () => {
    const flipped = async (can: (place: number) => boolean): Promise<unknown> => {
      const corpus = corpusOf();
      const mirrors = new Map(
        corpus.volumes.cases.map((entry, place) => [
          entry.row.case,
          can(place) ? { entry } : { item: null, why: "words that are not sure" },
        ]),
      );
      const found = effects(await outcomes(["stages.shared.augment.flip=0.5"], { ...corpus, mirrors }));
      expect(Object.keys(found)).not.toContain("model.base.pretrain.0.augment.flip");
      return found["stages.0.augment.flip"];
    };
    expect(await flipped((place) => place === 2)).toEqual([0, "batch"]);
    expect(await flipped(() => false)).toEqual([1, "none"]);
  });

  it("finds where items go otherwise, of what was asked for and a policy of the recipe's", async () => {
    const routed = async (...set: readonly string[]): Promise<Record<string, unknown>> => {
      const resolved = resolvedWith(...set);
      const test = await newJob({ set, policy: policyFor(resolved) });
      const found = batchOutcomes(
        await test.attempt(),
        stagesAt(resolved, policyFor(resolved)),
        optionsOf(resolved.config),
      );
      return effects(found.filter(({ path }) => path.startsWith("router.")));
    };
    expect(await routed()).toEqual({});
    // Random routes part items that classifier and labels send alike.
    expect(await routed("router.route=label")).toEqual({ "router.route": ["random", "batch"] });
    expect(await routed("router.route=random", "router.routeSeed=3")).toMatchObject({
      "router.routeSeed": [1, "batch"],
    });
    expect(await routed("router.routeSeed=3")).toEqual({ "router.routeSeed": [expect.anything(), "none"] });
    expect(await routed("router.route=label", "router.confidenceThreshold=0.7")).toMatchObject({
      "router.confidenceThreshold": [1, "none"],
    });
    const own = effects(await outcomes(["router.route=label"]));
    expect(Object.keys(own)).not.toContain("router.route");
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
