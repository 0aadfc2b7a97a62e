import { firstPlan, planContext } from "../../../../../ts/run/train/first-plan.ts";
import { plainPolicy, resolvedWith, stageOf } from "../fixtures.ts";

const resolved = resolvedWith();
const planned = (name: string, lifted = true) => ({ resolved, stage: stageOf(resolved, name).stage, lifted });

describe("planContext", () => {
  it("has the blocks whose MLP becomes experts once the model is lifted, and none before", () => {
    expect(planContext(planned("shared"))).toEqual({
      stage: "shared",
      groups: ["shared"],
      sites: ["vision.blocks.1.mlp"],
      experts: 2,
    });
    expect(planContext(planned("flat", false))).toMatchObject({ stage: "flat", sites: [] });
  });

  it("takes experts and blocks from the recipe", () => {
    const wide = resolvedWith(
      "router.tokenExperts=5",
      "router.blocks=[0,1]",
      "model.attention3d.upperBlocks=2",
    );
    const { stage } = stageOf(wide, "shared");
    expect(planContext({ resolved: wide, stage, lifted: true })).toMatchObject({
      sites: ["vision.blocks.0.mlp", "vision.blocks.1.mlp"],
      experts: 5,
    });
  });
});

describe("firstPlan", () => {
  it("is an empty one in a dense model, of the groups of the stage, and no policy is asked", () => {
    const dense = resolvedWith(
      "router.tokenExperts=0",
      'stages.shared.trains=["projector"]',
      'stages.specific.trains=["projector"]',
    );
    const { stage } = stageOf(dense, "specific");
    const policy = {
      ...plainPolicy(),
      firstPlan: () => {
        throw new RangeError("asked");
      },
    };
    const plan = firstPlan({ resolved: dense, stage, lifted: true, policy, previous: null });
    expect(plan).toMatchObject({ groups: ["report", "closed-vqa", "open-vqa"], layers: [] });
  });

  it("is the policy's once the model is lifted", () => {
    const policy = plainPolicy();
    const asked: unknown[] = [];
    const watched = {
      ...policy,
      firstPlan: (...words: Parameters<typeof policy.firstPlan>) => {
        asked.push(words);
        return policy.firstPlan(...words);
      },
    };
    const plan = firstPlan({ ...planned("specific"), policy: watched, previous: null });
    expect(asked).toEqual([[planContext(planned("specific")), null]]);
    expect(plan).toMatchObject({
      effectiveFromStep: 0,
      topK: 1,
      groups: ["report", "closed-vqa", "open-vqa"],
    });
    expect(plan.layers).toEqual([
      {
        site: "vision.blocks.1.mlp",
        biasGE: [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      },
    ]);
  });

  it("goes on from the plan in force before, but from none of a stage before the lift", () => {
    const policy = plainPolicy();
    const before = firstPlan({ ...planned("shared"), policy, previous: null });
    const layers = [{ site: "vision.blocks.1.mlp", biasGE: [[0.25, -0.5]] }];
    const previous = { ...before, effectiveFromStep: 6, layers };
    const biases = { site: "vision.blocks.1.mlp", biasGE: Array.from({ length: 3 }, () => [0.25, -0.5]) };
    expect(firstPlan({ ...planned("specific"), policy, previous })).toMatchObject({
      effectiveFromStep: 0,
      layers: [biases],
    });
    const flat = firstPlan({ ...planned("flat", false), policy, previous: null });
    expect(firstPlan({ ...planned("shared"), policy, previous: flat })).toEqual(before);
  });

  it("asks no policy before the lift: there are no experts to plan for", () => {
    const policy = {
      ...plainPolicy(),
      firstPlan: (): never => {
        throw new RangeError("it was asked");
      },
    };
    expect(firstPlan({ ...planned("flat", false), policy, previous: null })).toEqual({
      effectiveFromStep: 0,
      topK: 1,
      balanceLossWeight: 0,
      zLossWeight: 0,
      groups: ["shared"],
      layers: [],
    });
  });
});
