import { checkRouterConfig } from "../../../../ts/router/options.ts";
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
