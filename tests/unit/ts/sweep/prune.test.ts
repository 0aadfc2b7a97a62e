import type { Pruner } from "../../../../ts/schema/sweep/plan.ts";
import { isPoint, isPruned, type TrialPoint } from "../../../../ts/sweep/prune.ts";
import { planOf } from "./fixtures.ts";

const asha: Pruner = { kind: "asha", minSteps: 10, reduction: 3 };
const medianRule: Pruner = { kind: "median", every: 5, minSteps: 10, trials: 2 };
const steps = Array.from({ length: 100 }, (_, at) => at + 1);
const at = (trial: number, value: number, after = 10): TrialPoint => ({ trial, steps: after, value });

describe("isPoint", () => {
  it("is a rung of ASHA, each so many times the one before", () => {
    expect(steps.filter((step) => isPoint(planOf({ pruner: asha }), step))).toEqual([10, 30, 90]);
  });

  it("is every so many steps for the median rule, from the first that counts", () => {
    const due = steps.filter((step) => isPoint(planOf({ pruner: medianRule }), step));
    expect([due[0], due[1], due.length]).toEqual([10, 15, 19]);
  });

  it("is never without a pruner", () => {
    expect(steps.some((step) => isPoint(planOf(), step))).toBe(false);
  });
});

describe("ASHA", () => {
  const plan = planOf({ pruner: asha });

  it("lets the first trial of a rung go on, and then the best third of all that came so far", () => {
    const values = [0.5, 0.4, 0.6, 0.55, 0.7, 0.1, 0.65];
    const points: TrialPoint[] = [];
    const pruned = values.map((value, trial) => {
      points.push(at(trial, value));
      return isPruned(plan, points, trial);
    });
    // Of one to five the best alone goes on, of six and seven the best two.
    expect(pruned).toEqual([false, true, false, true, false, true, false]);
  });

  it("looks for the lowest where lower is better", () => {
    const objective = { metric: "m", direction: "min" } as const;
    const points = [at(0, 0.5), at(1, 0.4), at(2, 0.6)];
    expect(
      [1, 2].map((trial) => isPruned({ ...plan, objective }, points.slice(0, trial + 1), trial)),
    ).toEqual([false, true]);
  });

  it("compares what came as far, and nothing else", () => {
    const points = [at(0, 0.9, 30), at(1, 0.2)];
    expect(isPruned(plan, points, 1)).toBe(false);
    expect(isPruned(plan, [at(0, 0.9), at(0, 0.95, 30), at(1, 0.2)], 1)).toBe(true);
    expect(isPruned(plan, [at(0, 0.1), at(0, 0.95, 30), at(1, 0.2)], 1)).toBe(false);
  });

  it("decides by what stood before, so that a later look decides alike", () => {
    const points = [at(0, 0.5), at(1, 0.6), at(2, 0.9), at(3, 0.95)];
    expect(isPruned(plan, points, 1)).toBe(false);
    expect(isPruned(plan, points, 0)).toBe(false);
  });

  it("lets trials that are alike go on together, and one that has no point", () => {
    expect(isPruned(plan, [at(0, 0.5), at(1, 0.5)], 1)).toBe(false);
    expect(isPruned(plan, [at(0, 0.5)], 7)).toBe(false);
    expect(isPruned(planOf(), [at(0, 0.9), at(1, 0.1)], 1)).toBe(false);
  });

  it("counts a trial that was tried again once, with its newest value", () => {
    const points = [at(0, 0.9), at(0, 0.1), at(1, 0.5)];
    expect(isPruned(plan, points, 1)).toBe(false);
  });
});

describe("the median rule", () => {
  const plan = planOf({ pruner: medianRule });

  it("waits for as many others as it says, then ends what is worse than their median", () => {
    expect(isPruned(plan, [at(0, 0.9), at(1, 0.1)], 1)).toBe(false);
    const three = [at(0, 0.25), at(1, 0.5)];
    expect(isPruned(plan, [...three, at(2, 0.37)], 2)).toBe(true);
    expect(isPruned(plan, [...three, at(2, 0.375)], 2)).toBe(false);
    expect(isPruned(plan, [...three, at(2, 0.9), at(3, 0.49)], 3)).toBe(true);
    expect(isPruned(plan, [...three, at(2, 0.9), at(3, 0.5)], 3)).toBe(false);
  });

  it("looks for the lowest where lower is better, and compares with the same step alone", () => {
    const objective = { metric: "m", direction: "min" } as const;
    const others = [at(0, 0.25), at(1, 0.5)];
    expect(isPruned({ ...plan, objective }, [...others, at(2, 0.4)], 2)).toBe(true);
    expect(isPruned({ ...plan, objective }, [...others, at(2, 0.3)], 2)).toBe(false);
    expect(isPruned(plan, [at(0, 0.9, 15), at(1, 0.9, 15), at(2, 0.1)], 2)).toBe(false);
  });

  it("takes the middle one of an odd number of others", () => {
    const three = [at(0, 0.1), at(1, 0.9), at(2, 0.5)];
    expect(isPruned(plan, [...three, at(3, 0.49)], 3)).toBe(true);
    expect(isPruned(plan, [...three, at(3, 0.5)], 3)).toBe(false);
  });
});
