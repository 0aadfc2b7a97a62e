import { askOf, assignmentOf } from "../../../../ts/sampler/ask.ts";
import { canonicalJson } from "../../../../ts/schema/digest.ts";
import type { Dimension } from "../../../../ts/schema/sweep/plan.ts";
import { type Before, trialSeed } from "../../../../ts/sweep/index.ts";
import { balance, planOf, rates } from "../sweep/fixtures.ts";

const weight: Dimension = {
  kind: "when",
  option: "balance",
  is: "loss",
  draws: { kind: "float", low: 1, high: 2, log: false },
};
const hidden: Dimension = { kind: "int", low: 16, high: 65, step: 16 };
const plan = planOf({
  space: { rate: rates, weight, hidden, balance },
  sampler: { kind: "tpe", startup: 4 },
});

type Trials = Before["trials"];
const trial = (number: number, change: Partial<Trials[number]>): Trials[number] => ({
  number,
  assignment: {},
  seed: 1,
  begun: [],
  ended: [],
  end: undefined,
  ...change,
});
const ended = (number: number, state: "done" | "pruned" | "failed", value: number | null) =>
  ({ kind: "trial-ended", trial: number, state, value, steps: 2, reason: null }) as const;

describe("askOf", () => {
  it("tells the space in numbers: a choice by its places, steps by the last number they come to", () => {
    const { dimensions, ...rest } = askOf(plan, 5, { trials: [], points: [] });
    expect(rest).toEqual({
      kind: "ask",
      sampler: "tpe",
      startup: 4,
      direction: "max",
      seed: trialSeed(plan.seed, 5),
      tried: [],
    });
    const found = [
      { name: "balance", kind: "choice", low: 0, high: 2, log: false, step: 1, when: null },
      { name: "hidden", kind: "int", low: 16, high: 64, log: false, step: 16, when: null },
      { name: "rate", kind: "float", low: 1e-4, high: 1e-2, log: true, step: 1, when: null },
      {
        name: "weight",
        kind: "float",
        low: 1,
        high: 2,
        log: false,
        step: 1,
        when: { name: "balance", value: 1 },
      },
    ];
    expect(dimensions).toEqual(found);
  });

  it("is the same of a plan that a ledger has kept, in canonical JSON", () => {
    const kept = JSON.parse(canonicalJson(plan, "a plan")) as typeof plan;
    expect(Object.keys(kept.space)).not.toEqual(Object.keys(plan.space));
    const before = { trials: [], points: [] };
    expect(JSON.stringify(askOf(kept, 3, before))).toBe(JSON.stringify(askOf(plan, 3, before)));
  });

  it("tells every trial before, with what was measured in its middle, and none of later ones", () => {
    const before: Before = {
      trials: [
        trial(0, { assignment: { rate: 0.001, hidden: 32, balance: "none" }, end: ended(0, "done", 0.5) }),
        trial(1, {
          assignment: { rate: 0.002, weight: 1.5, hidden: 16, balance: "loss" },
          end: ended(1, "pruned", 0.2),
        }),
        trial(2, { assignment: { balance: "bias" }, end: ended(2, "failed", null) }),
        trial(3, { assignment: { rate: 0.003 } }),
        trial(4, { assignment: { rate: 0.004 } }),
      ],
      points: [
        { kind: "point", trial: 1, member: 0, attempt: 0, steps: 4, done: 9, value: 0.1 },
        { kind: "point", trial: 4, member: 0, attempt: 0, steps: 4, done: 9, value: 0.9 },
        { kind: "point", trial: 1, member: 0, attempt: 0, steps: 8, done: 13, value: 0.2 },
      ],
    };
    expect(askOf(plan, 4, before).tried).toEqual([
      { state: "done", values: { rate: 0.001, hidden: 32, balance: 2 }, value: 0.5, points: [] },
      {
        state: "pruned",
        values: { rate: 0.002, weight: 1.5, hidden: 16, balance: 1 },
        value: 0.2,
        points: [
          [4, 0.1],
          [8, 0.2],
        ],
      },
      { state: "failed", values: { balance: 0 }, value: null, points: [] },
      { state: "open", values: { rate: 0.003 }, value: null, points: [] },
    ]);
  });

  it("finds a value among choices by what it is, not by which object", () => {
    const of = [[1, 2], { deep: true }, null] as const;
    const sizes = planOf({ space: { sizes: { kind: "choice", of } }, sampler: { kind: "tpe", startup: 0 } });
    const trials = [
      trial(0, { assignment: { sizes: { deep: true } } }),
      trial(1, { assignment: { sizes: null } }),
    ];
    const { tried } = askOf(sizes, 2, { trials, points: [] });
    expect(tried).toMatchObject([{ values: { sizes: 1 } }, { values: { sizes: 2 } }]);
  });
});

describe("assignmentOf", () => {
  const whole = { balance: 1, hidden: 48, rate: 0.00123456789, weight: 1.25 };

  it("is in the order of the space, in digits that can be typed, with the values of choices", () => {
    const assignment = assignmentOf(plan, whole) ?? {};
    expect(Object.entries(assignment)).toEqual([
      ["rate", 0.00123457],
      ["weight", 1.25],
      ["hidden", 48],
      ["balance", "loss"],
    ]);
  });

  it("has a conditional option where its condition holds, and nowhere else", () => {
    const { weight: _weight, ...without } = whole;
    expect(assignmentOf(plan, { ...without, balance: 0 })).toEqual({
      rate: 0.00123457,
      hidden: 48,
      balance: "bias",
    });
    expect(assignmentOf(plan, without)).toBeUndefined();
    expect(assignmentOf(plan, { ...whole, balance: 0 })).toBeUndefined();
  });

  it.each([
    ["a place that no choice has", { ...whole, balance: 3 }],
    ["a number between the steps", { ...whole, hidden: 40 }],
    ["a part of a whole number", { ...whole, hidden: 16.5 }],
    ["a number below its range", { ...whole, rate: 1e-5 }],
    ["a number above its range", { ...whole, weight: 3 }],
    ["an option that the space does not have", { ...whole, more: 1 }],
    ["an option too few", { balance: 0, hidden: 48 }],
    ["what objects inherit", { ...whole, toString: 1 }],
  ])("is none for %s", (_, values) => {
    expect(assignmentOf(plan, values)).toBeUndefined();
  });
});
