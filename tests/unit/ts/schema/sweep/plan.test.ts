import { applyOverrides } from "../../../../../ts/config/set.ts";
import { overridesFor, planSchema, samplerName } from "../../../../../ts/schema/sweep/plan.ts";
import { planOf } from "../../sweep/fixtures.ts";

describe("planSchema", () => {
  it("takes a plan with every kind of option as it is", () => {
    const plan = planOf({
      space: {
        rate: { kind: "float", low: 0, high: 1, log: false, points: 3 },
        count: { kind: "int", low: 1, high: 9, step: 2 },
        way: { kind: "choice", of: ["a", null, [1], { deep: true }] },
        only: { kind: "when", option: "way", is: "a", draws: { kind: "int", low: 1, high: 2 } },
      },
      budget: { trials: 3, steps: 40, hours: 0.5 },
    });
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it.each([
    ["another kind of option", { space: { a: { kind: "normal", mean: 0 } } }],
    ["an option that says more than it should", { space: { a: { kind: "choice", of: [], why: 1 } } }],
    [
      "a condition on a condition",
      { space: { a: { kind: "when", option: "b", is: 1, draws: { kind: "when" } } } },
    ],
    ["a direction that is none", { objective: { metric: "m", direction: "up" } }],
    ["another sampler", { sampler: "luck" }],
    ["a sampler by a model without what it needs", { sampler: "tpe" }],
    ["one that says more than it should", { sampler: { kind: "tpe", startup: 1, gamma: 2 } }],
  ])("refuses %s", (_, change) => {
    expect(planSchema.safeParse({ ...planOf(), ...change }).success).toBe(false);
  });
});

describe("samplerName", () => {
  it("is one word, whatever else a sampler says", () => {
    expect(samplerName(planOf())).toBe("random");
    expect(samplerName(planOf({ sampler: { kind: "tpe", startup: 3 } }))).toBe("tpe");
  });
});

describe("overridesFor", () => {
  it("writes an assignment so that overrides read the same values back", () => {
    const assignment = { "a.b": 0.001, "a.c": "none", "a.d": [1, 2], "a.e": true, "a.f": "1", "a.g": null };
    const set = overridesFor(assignment);
    expect(set[0]).toBe("a.b=0.001");
    const { value } = applyOverrides({ a: {} }, set);
    expect(value).toEqual({ a: { b: 0.001, c: "none", d: [1, 2], e: true, f: "1", g: null } });
  });
});
