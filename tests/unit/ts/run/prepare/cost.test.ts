import { costOf, costText, type DryRunCost } from "../../../../../ts/run/prepare/cost.ts";
import { exampleFacts } from "../../../../support/base-facts.ts";
import { withoutPython } from "../../../../support/without-python.ts";
import { plainPolicy, resolvedOn, resolvedWith } from "../fixtures.ts";

const here = { policy: plainPolicy(), device: "cpu", signal: new AbortController().signal } as const;

/** The cost of the small experiment with some values set. */
async function counted(
  ...set: readonly string[]
): Promise<Extract<DryRunCost, { readonly trainable: number }>> {
  const cost = await costOf({ resolved: resolvedWith(...set), ...here });
  if (cost.parameters === null) throw new RangeError(cost.notChecked);
  return cost;
}

const huge = "model.base.language.mlp=1000000000";

describe("the cost of a run", () => {
  it("of a published base whose files are not there is refused as the worker refuses it, not passed over", async () => {
    await expect(costOf({ resolved: resolvedOn(exampleFacts), ...here })).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      what: expect.stringContaining("tokenizer.json"),
    });
  });

  // Of a model that fits no memory, which none is taken to find out; that the small one fits tests/unit/ts/run says.
  it("is of every component and stage, each size that of the widest stage, and says whether it fits", async () => {
    const cost = await counted(huge);
    expect(cost.stages.map(({ name }) => name)).toEqual(["flat", "shared", "specific"]);
    for (const size of ["trainable", "activationBytes", "checkpointBytes", "stepFlops"] as const)
      expect(cost[size]).toBe(Math.max(...cost.stages.map((stage) => stage[size])));
    expect(cost.fits).toBe(false);
    expect(cost.parameters.language).toBeGreaterThan(1e10);
    expect(Object.keys(cost.parameters)).toEqual(
      expect.arrayContaining(["taskExperts", "tokenRouter", "language"]),
    );
    expect(cost.parameters).not.toHaveProperty("tokenExperts");
    const { off = 0, task = 0, question = 0 } = cost.guidanceGain ?? {};
    expect([off >= task, task >= question, question >= 1]).toEqual([true, true, true]);
    expect(costText(cost)).toMatch(/by text guidance: off \d\.\d\d, task \d\.\d\d, question \d\.\d\d times/);
  });

  it("is not checked where no Python is there, and says what is missing", async () => {
    const cost = await withoutPython(() => costOf({ resolved: resolvedWith(), ...here }));
    expect(cost).toMatchObject({ parameters: null, stepFlops: null, fits: null });
    expect(costText(cost)).toContain("cost not checked: [ENVIRONMENT] TOMOE_PYTHON is /nowhere/python");
  });
});
