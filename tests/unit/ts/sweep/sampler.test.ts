import type { Dimension } from "../../../../ts/schema/sweep/plan.ts";
import { blindSampler, inOrder, isActive, rounded, samplerOf } from "../../../../ts/sweep/sampler.ts";
import { balance, planOf, rates } from "./fixtures.ts";

const trials = Array.from({ length: 400 }, (_, trial) => trial);

describe("the random sampler", () => {
  const space: Readonly<Record<string, Dimension>> = {
    rate: rates,
    share: { kind: "float", low: 0.25, high: 0.75, log: false },
    topK: { kind: "int", low: 1, high: 4 },
    hidden: { kind: "int", low: 16, high: 65, step: 16 },
    balance,
    weight: {
      kind: "when",
      option: "balance",
      is: "loss",
      draws: { kind: "float", low: 1, high: 2, log: false },
    },
  };
  const sampler = blindSampler(planOf({ space }));
  const all = trials.map((trial) => sampler.propose(trial));

  it("never runs out", () => {
    expect(sampler.most).toBeUndefined();
  });

  it("proposes by the number alone, in whatever order and by whichever process it is asked", () => {
    const again = blindSampler(planOf({ space }));
    for (const trial of [399, 3, 3, 0]) expect(again.propose(trial)).toEqual(all[trial]);
    expect(blindSampler(planOf({ space, seed: 8 })).propose(0)).not.toEqual(all[0]);
  });

  it("stays in every range, and comes to each end of it", () => {
    for (const { rate, share, topK, hidden } of all) {
      expect(rate).toBeGreaterThanOrEqual(1e-4);
      expect(rate).toBeLessThanOrEqual(1e-2);
      expect(share).toBeGreaterThanOrEqual(0.25);
      expect(share).toBeLessThanOrEqual(0.75);
      expect([1, 2, 3, 4]).toContain(topK);
      expect([16, 32, 48, 64]).toContain(hidden);
    }
    expect(new Set(all.map(({ topK }) => topK)).size).toBe(4);
    expect(new Set(all.map(({ hidden }) => hidden)).size).toBe(4);
    expect(new Set(all.map((one) => one.balance))).toEqual(new Set(["bias", "loss", "none"]));
  });

  it("draws a logarithmic range evenly over its decades, with digits that can be typed", () => {
    const below = all.filter(({ rate }) => Number(rate) < 1e-3).length;
    expect(Math.abs(below - 200)).toBeLessThan(60);
    for (const { rate } of all) expect(Number(Number(rate).toPrecision(6))).toBe(rate);
  });

  it("has a conditional option where its condition holds, and nowhere else", () => {
    for (const assignment of all) expect("weight" in assignment).toBe(assignment.balance === "loss");
    expect(all.some((assignment) => "weight" in assignment)).toBe(true);
  });

  it("draws an option as before when another one joins the space", () => {
    const wider = blindSampler(planOf({ space: { extra: rates, ...space } }));
    for (const trial of [0, 5, 9]) {
      const { extra, ...rest } = wider.propose(trial);
      expect(typeof extra).toBe("number");
      expect(rest).toEqual(all[trial]);
    }
  });

  it("names options in the order of the space", () => {
    const [first = {}] = all;
    expect(Object.keys(first)).toEqual(Object.keys(space).filter((path) => path in first));
  });
});

describe("the grid sampler", () => {
  it("proposes each point once and knows how many there are", () => {
    const sampler = blindSampler(
      planOf({ sampler: "grid", space: { balance, topK: { kind: "int", low: 1, high: 2 } } }),
    );
    expect(sampler.most).toBe(6);
    const all = trials.slice(0, 6).map((trial) => sampler.propose(trial));
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(6);
    expect(all[1]).toEqual({ balance: "bias", topK: 2 });
  });
});

describe("samplerOf", () => {
  const before = { trials: [], points: [] };
  it("gives what a blind sampler draws, and says of no library", async () => {
    for (const sampler of ["random", "grid"] as const) {
      const plan = planOf({ sampler, space: { balance, topK: { kind: "int", low: 1, high: 2 } } });
      const own = samplerOf(plan);
      expect(own?.most).toBe(blindSampler(plan).most);
      expect(await own?.propose(4, before)).toEqual({ assignment: blindSampler(plan).propose(4) });
      await own?.close();
      await own?.close();
    }
  });
  it("has none for a plan that proposes by a model", () => {
    expect(samplerOf(planOf({ sampler: { kind: "tpe", startup: 2 } }))).toBeUndefined();
  });
});

describe("what a proposal is made of", () => {
  it("has six digits, and never leaves its range by them", () => {
    expect(rounded(rates, 0.00123456789)).toBe(0.00123457);
    const narrow = { kind: "float", low: 1.0000001, high: 1.0000004, log: false } as const;
    for (const value of [1.0000001, 1.0000003, 1.0000004])
      expect([narrow.low, narrow.high]).toContain(rounded(narrow, value));
  });
  it("stands in the order of the space, without what is not there", () => {
    const entries = [["b", rates] as const, ["a", rates] as const, ["c", rates] as const];
    expect(Object.keys(inOrder(entries, { a: 1, b: 2 }))).toEqual(["b", "a"]);
  });
});

describe("isActive", () => {
  const when: Dimension = { kind: "when", option: "sizes", is: [1, 2], draws: rates };
  it("compares values, not identities, and takes plain options as they are", () => {
    expect(isActive(when, { sizes: [1, 2] })).toBe(true);
    expect(isActive(when, { sizes: [2, 1] })).toBe(false);
    expect(isActive(when, {})).toBe(false);
    expect(isActive(rates, {})).toBe(true);
  });
});
