import type { Dimension, SweepPlan } from "../../../../ts/schema/sweep/plan.ts";
import { checkPlan } from "../../../../ts/sweep/check-plan.ts";
import { balance, planOf, rates } from "./fixtures.ts";

const problemOf = (change: Partial<SweepPlan>): string =>
  checkPlan(planOf(change))
    .map(({ path, message }) => `${path}: ${message}`)
    .join("\n");
const ofDimension = (dimension: Dimension, change: Partial<SweepPlan> = {}): string =>
  problemOf({ ...change, space: { option: dimension } });

describe("checkPlan", () => {
  it("finds nothing wrong with a plan that can be carried out", () => {
    expect(checkPlan(planOf())).toEqual([]);
    expect(problemOf({ sampler: "grid", budget: {}, space: { balance } })).toBe("");
    expect(problemOf({ budget: { hours: 0.5 } })).toBe("");
    expect(problemOf({ budget: { steps: 100 }, seeds: 3, retries: 0 })).toBe("");
  });

  it.each<readonly [string, Dimension, string]>([
    [
      "an end that is its beginning",
      { ...rates, high: 1e-4 },
      "ends at 0.0001, which is not above its beginning",
    ],
    ["ends upside down", { kind: "int", low: 4, high: 1 }, "ends at 1, which is not above its beginning 4"],
    [
      "an end that is no number",
      { kind: "float", low: 0, high: Number.NaN, log: false },
      "its ends are 0 and NaN",
    ],
    [
      "an end without end",
      { kind: "float", low: 0, high: Infinity, log: false },
      "its ends are 0 and Infinity",
    ],
    ["a logarithm of 0", { kind: "float", low: 0, high: 1, log: true }, "begins above 0, found 0"],
    ["half a step", { kind: "int", low: 1, high: 4, step: 0.5 }, "ends and step are whole numbers"],
    ["no step", { kind: "int", low: 1, high: 4, step: 0 }, "a step of 0 finds nothing between 1 and 4"],
    ["a step over the range", { kind: "int", low: 1, high: 4, step: 9 }, "a step of 9 finds nothing"],
    ["one point", { ...rates, points: 1 }, "points is a whole number of at least 2, found 1"],
    ["no choice", { kind: "choice", of: [] }, "it offers nothing to choose from"],
    ["a choice twice", { kind: "choice", of: [[1], 2, [1]] }, "it offers [1] twice"],
  ])("refuses %s", (_, dimension, message) => {
    expect(ofDimension(dimension)).toContain(`space.option: `);
    expect(ofDimension(dimension)).toContain(message);
    const hidden: Dimension = { kind: "when", option: "balance", is: "loss", draws: dimension as never };
    expect(problemOf({ space: { balance, option: hidden } })).toContain(message);
  });

  it.each<readonly [string, Partial<SweepPlan>, string]>([
    ["an empty space", { space: {} }, "space: it is empty: there is nothing to try"],
    ["a name with a blank", { name: "my rates" }, "name: a name is lower case with dashes"],
    ["a name that leaves the folder", { name: "../up" }, "name: "],
    [
      "a seed of its own",
      { space: { seed: { kind: "int", low: 1, high: 9 } } },
      "space.seed: each run of a trial",
    ],
    ["the split", { space: { "evaluation.split": balance } }, "space.evaluation.split: trials are judged"],
    ["the name of runs", { space: { name: balance } }, "space.name: "],
    ["no end", { budget: {} }, 'budget: a sweep by "random" needs an end'],
    [
      "no end of one by a model",
      { budget: {}, sampler: { kind: "tpe", startup: 1 } },
      'budget: a sweep by "tpe" needs an end',
    ],
    [
      "a start of half a trial",
      { sampler: { kind: "tpe", startup: 0.5 } },
      "sampler.startup: a whole number of at least 0, found 0.5",
    ],
    ["no trial", { budget: { trials: 0 } }, "budget.trials: a whole number of at least 1, found 0"],
    ["half a step", { budget: { steps: 0.5 } }, "budget.steps: a whole number"],
    ["hours backwards", { budget: { hours: -1 } }, "budget.hours: a number above 0, found -1"],
    ["no runs", { seeds: 0 }, "seeds: a whole number of at least 1, found 0"],
    ["retries without end", { retries: Infinity }, "retries: a whole number of at least 0, found Infinity"],
    ["a seed below 0", { seed: -1 }, "seed: a whole number of at least 0, found -1"],
    [
      "a grid of how many",
      { sampler: "grid" },
      "space.stages.shared.learningRate: a grid needs to know how many",
    ],
  ])("refuses %s", (_, change, message) => {
    expect(problemOf(change)).toContain(message);
  });

  it("refuses a grid that nobody waits for", () => {
    const wide = { kind: "int", low: 1, high: 1000 } as const;
    expect(problemOf({ sampler: "grid", space: { a: wide, b: wide } })).toContain("a grid of 1000000 points");
  });

  it.each<readonly [string, Readonly<Record<string, Dimension>>, string | undefined]>([
    ["is not there", {}, "it depends on balance, which is not in the space"],
    ["is what every object has", { toString: rates }, "which is not in the space"],
    [
      "is conditional itself",
      { balance: { kind: "when", option: "x", is: 1, draws: balance as never } },
      "conditional itself",
    ],
    [
      "never has the value",
      { balance: { kind: "choice", of: ["bias", "none"] } },
      'balance never becomes "loss"',
    ],
    ["has it", { balance }, undefined],
  ])("holds a condition against the option it depends on, which %s", (_, others, message) => {
    const weight: Dimension = { kind: "when", option: "balance", is: "loss", draws: rates };
    const said = problemOf({ space: { ...others, weight } });
    if (message === undefined) expect(said).toBe("");
    else expect(said).toContain(`space.weight: ${message.startsWith("it") ? message : ""}`);
    expect(said).toContain(message ?? "");
  });

  it("lets whole numbers decide, by their steps", () => {
    const count: Dimension = { kind: "int", low: 0, high: 8, step: 4 };
    const on = (is: number): string =>
      problemOf({ space: { count, weight: { kind: "when", option: "count", is, draws: rates } } });
    expect([on(0), on(4), on(8)]).toEqual(["", "", ""]);
    expect([on(2), on(12)].every((said) => said.includes("never becomes"))).toBe(true);
  });

  it("tells every problem at once", () => {
    expect(
      checkPlan(planOf({ name: "A B", seeds: 0, budget: {}, space: {} })).map(({ path }) => path),
    ).toEqual(["name", "space", "seeds", "budget"]);
  });
});

describe("checkPlan of a pruner", () => {
  it.each<readonly [SweepPlan["pruner"], string]>([
    [{ kind: "asha", minSteps: 0, reduction: 3 }, "pruner.minSteps: a whole number of at least 1, found 0"],
    [{ kind: "asha", minSteps: 5, reduction: 1 }, "pruner.reduction: a whole number of at least 2, found 1"],
    [
      { kind: "median", every: 0.5, minSteps: 1, trials: 1 },
      "pruner.every: a whole number of at least 1, found 0.5",
    ],
    [
      { kind: "median", every: 5, minSteps: 5, trials: 0 },
      "pruner.trials: a whole number of at least 1, found 0",
    ],
    [{ kind: "median", every: 5, minSteps: 5, trials: 1 }, ""],
    [{ kind: "asha", minSteps: 5, reduction: 2 }, ""],
  ])("says of %j: %s", (pruner, message) => {
    expect(problemOf({ pruner })).toBe(message);
  });
});
