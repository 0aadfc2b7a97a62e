import { type RoutingPlan, routingPlanSchema } from "../../../../ts/schema/router.ts";

const plan: RoutingPlan = {
  effectiveFromStep: 3,
  topK: 2,
  balanceLossWeight: 0,
  zLossWeight: 0.001,
  groups: ["shared"],
  layers: [{ site: "vision.blocks.1.mlp", biasGE: [[0, -0.5, 0.25]] }],
};

describe("routingPlanSchema", () => {
  it("takes a plan as it is, also one before there are experts", () => {
    expect(routingPlanSchema.parse(plan)).toEqual(plan);
    expect(routingPlanSchema.parse({ ...plan, layers: [] })).toEqual({ ...plan, layers: [] });
  });

  it.each([
    ["a step before the first", { effectiveFromStep: -1 }],
    ["half a step", { effectiveFromStep: 0.5 }],
    ["no expert", { topK: 0 }],
    ["a weight below 0", { balanceLossWeight: -0.1 }],
    ["a weight that is no number", { zLossWeight: Number.NaN }],
    ["no group", { groups: [] }],
    ["a layer without biases", { layers: [{ site: "vision.blocks.1.mlp" }] }],
    [
      "a bias that is no number",
      { layers: [{ site: "vision.blocks.1.mlp", biasGE: [[Number.POSITIVE_INFINITY]] }] },
    ],
    ["a field of another version", { temperature: 1 }],
  ])("refuses %s", (_what, change) => {
    expect(routingPlanSchema.safeParse({ ...plan, ...change }).success).toBe(false);
  });
});
