import { checkRouterConfig, emptyPlan, planNumberProblems } from "../../../../ts/router/options.ts";
import { policyConfig, thrownBy } from "../../../support/router-policies.ts";

describe("the policy's configuration", () => {
  it("is taken as written, and the recipe's other router keys are left to the model", () => {
    const written = { ...policyConfig, kind: "tgh-moe", tokenExperts: 4, textWidth: 256 };
    expect(checkRouterConfig(written)).toEqual(policyConfig);
  });

  it.each([
    [{ topK: 0 }, "topK"],
    [{ topK: 1.5 }, "topK"],
    [{ biasRate: 0 }, "biasRate"],
    [{ planLag: 0 }, "planLag"],
    [{ confidenceThreshold: 1.1 }, "confidenceThreshold"],
    [{ zLossWeight: -1 }, "zLossWeight"],
    [{ tasks: [] }, "tasks"],
  ])("refuses %o, naming it", (change, named) => {
    expect(thrownBy(() => checkRouterConfig({ ...policyConfig, ...change }))).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(named),
    });
  });

  it("names every problem at once", () => {
    const error = thrownBy(() => checkRouterConfig({ ...policyConfig, topK: 0, planLag: -1 })) as {
      readonly details: { readonly issues: readonly { readonly path: string }[] };
    };
    expect(error.details.issues.map(({ path }) => path)).toEqual(["topK", "planLag"]);
  });
});

describe("a plan's numbers", () => {
  const plan = {
    effectiveFromStep: 0,
    topK: 2,
    balanceLossWeight: 0,
    zLossWeight: 0.1,
    groups: ["shared"],
    layers: [{ site: "vision.blocks.1.mlp", biasGE: [[0, 0.5]] }],
  };

  it("are in the ranges of the recipe's, and what is not is told in its words", () => {
    expect(planNumberProblems(plan)).toEqual([]);
    expect(planNumberProblems({ ...plan, topK: 0, zLossWeight: -1 })).toEqual([
      "topK must be a whole number of at least 1",
      "zLossWeight must be a number of at least 0",
    ]);
  });

  it("are the recipe's alone where there are no experts yet", () => {
    const config = { ...policyConfig, topK: 3, zLossWeight: 0.2, kind: "tgh-moe", tokenExperts: 4 };
    expect(emptyPlan(["shared"], config)).toEqual({
      effectiveFromStep: 0,
      topK: 3,
      balanceLossWeight: policyConfig.balanceLossWeight,
      zLossWeight: 0.2,
      groups: ["shared"],
      layers: [],
    });
  });
});
