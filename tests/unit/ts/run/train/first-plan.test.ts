import { firstPlan, planContext } from "../../../../../ts/run/train/first-plan.ts";
import { plainPolicy, resolvedWith, stageOf } from "../fixtures.ts";

const resolved = resolvedWith();
const planned = (name: string, lifted = true) => ({ resolved, stage: stageOf(resolved, name).stage, lifted });

describe("planContext", () => {
  it("has the blocks whose MLP becomes experts once the model is lifted, and none before", () => {
    expect(planContext(planned("shared"))).toEqual({
      stage: "shared",
      groups: ["shared"],
      blocks: [1],
      experts: 2,
    });
    expect(planContext(planned("flat", false))).toMatchObject({ stage: "flat", blocks: [] });
  });

  it("takes experts and blocks from the recipe", () => {
    const wide = resolvedWith(
      "router.tokenExperts=5",
      "router.blocks=[0,1]",
      "model.attention3d.upperBlocks=2",
    );
    const { stage } = stageOf(wide, "shared");
    expect(planContext({ resolved: wide, stage, lifted: true })).toMatchObject({
      blocks: [0, 1],
      experts: 5,
    });
  });
});

describe("firstPlan", () => {
  it("is the policy's once the model is lifted", () => {
    const policy = plainPolicy();
    const asked: unknown[] = [];
    const watched = {
      ...policy,
      firstPlan: (context: Parameters<typeof policy.firstPlan>[0]) => {
        asked.push(context);
        return policy.firstPlan(context);
      },
    };
    const plan = firstPlan({ ...planned("specific"), policy: watched });
    expect(asked).toEqual([planContext(planned("specific"))]);
    expect(plan).toMatchObject({
      effectiveFromStep: 0,
      topK: 1,
      groups: ["report", "closed-vqa", "open-vqa"],
    });
    expect(plan.layers).toEqual([
      {
        block: 1,
        biasGE: [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      },
    ]);
  });

  it("asks no policy before the lift: there are no experts to plan for", () => {
    const policy = {
      ...plainPolicy(),
      firstPlan: (): never => {
        throw new RangeError("it was asked");
      },
    };
    expect(firstPlan({ ...planned("flat", false), policy })).toEqual({
      effectiveFromStep: 0,
      topK: 1,
      balanceLossWeight: 0,
      zLossWeight: 0,
      groups: ["shared"],
      layers: [],
    });
  });
});
