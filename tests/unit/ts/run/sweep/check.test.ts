import { checkSweep } from "../../../../../ts/run/sweep/check.ts";
import type { SweepPlan } from "../../../../../ts/schema/sweep/plan.ts";
import { caught } from "../../../../support/caught.ts";
import { planOf, rates } from "../../sweep/fixtures.ts";
import { removeScratch, started } from "./fixtures.ts";

afterAll(removeScratch);

const checked = (change: Partial<SweepPlan>, set?: readonly string[]) => {
  const { options } = started();
  const { experiment } = options.sweep;
  return checkSweep(planOf(change), { ...options, experiment, set: set ?? options.set });
};

describe("checkSweep", () => {
  it("passes a sweep that can be carried out", async () => {
    await expect(
      checked({
        space: {
          "stages.shared.learningRate": rates,
          "stages.1.steps": { kind: "int", low: 1, high: 4 },
          "router.balance": { kind: "choice", of: ["bias", "none"] },
          "evaluation.batching": { kind: "choice", of: [{ volumes: 4 }, { volumes: 8 }] },
        },
      }),
    ).resolves.toMatchObject({ config: { evaluation: { split: "validation" } } });
  });

  it.each<readonly [string, Partial<SweepPlan>, string]>([
    ["an empty space", { space: {} }, "sweep rates: space: it is empty"],
    [
      "a range upside down",
      { space: { "router.topK": { kind: "int", low: 2, high: 1 } } },
      "not above its beginning 2",
    ],
    [
      "an option that is none, with the one that was meant",
      { space: { "router.topk": { kind: "int", low: 1, high: 2 } } },
      'space.router.topk: 1 does not fit: --set router.topk: unknown key; did you mean "topK"?',
    ],
    [
      "a stage that is none",
      { space: { "stages.sharde.steps": { kind: "int", low: 1, high: 2 } } },
      'no entry "sharde"',
    ],
    [
      "an end outside the option's range",
      { space: { "router.confidenceThreshold": { kind: "float", low: 0.5, high: 1.5, log: false } } },
      "space.router.confidenceThreshold: 1.5 does not fit",
    ],
    [
      "a choice that is none",
      { space: { "router.balance": { kind: "choice", of: ["bias", "luck"] } } },
      'space.router.balance: "luck" does not fit',
    ],
    [
      "a metric that the recipe does not measure, with those that it does",
      { objective: { metric: "closed-vqa/acuracy.micro", direction: "max" } },
      'the recipe does not measure "closed-vqa/acuracy.micro", did you mean "closed-vqa/accuracy.micro"?; it measures closed-vqa/accuracy.micro, closed-vqa/accuracy.macro',
    ],
  ])("refuses %s", async (_, change, message) => {
    const refused = await caught(() => checked(change));
    expect([refused.code, refused.exitCode]).toEqual(["CONFIG_INVALID", 64]);
    expect(refused.message).toContain(message);
    expect(refused.hint).toContain("nothing was begun");
  });

  it("tells what is wrong with options and objective at once", async () => {
    const refused = await caught(() =>
      checked({
        space: { "router.topk": { kind: "int", low: 1, high: 2 } },
        objective: { metric: "report/rouge1", direction: "max" },
      }),
    );
    expect(refused.message).toContain("2 problems in the sweep rates:");
    expect(refused.details.problems).toEqual([
      { path: "space.router.topk", message: expect.any(String) },
      { path: "objective.metric", message: expect.any(String) },
    ]);
  });

  it("tells what is wrong with the experiment itself as the experiment's", async () => {
    const { options } = started();
    const refused = await caught(() => checked({}, [...options.set, "router.topK=9"]));
    expect(refused.message).toContain("router.topK: 9 is more than tokenExperts");
  });

  it("refuses data without a validation split before anything is read", async () => {
    const { options } = started();
    const none = 'data.volumes={"train":2,"validation":0,"test":1}';
    const refused = await caught(() => checked({}, [...options.set, none]));
    expect([refused.code, refused.exitCode]).toEqual(["DATA_EMPTY", 65]);
    expect(refused.message).toContain('no case in the split "validation"');
  });
});
