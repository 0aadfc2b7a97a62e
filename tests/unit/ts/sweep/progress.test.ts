import { bestOf, budgetLeft, isOver } from "../../../../ts/sweep/progress.ts";
import { planOf } from "./fixtures.ts";

const spent = { trials: 3, steps: 40, seconds: 1800 };

describe("budgetLeft", () => {
  it("tells what is left of each limit, and of a sampler that runs out before", () => {
    const left = budgetLeft(planOf({ budget: { trials: 5, steps: 100, hours: 2 } }), spent, undefined);
    expect(left).toEqual({ trials: 2, steps: 60, hours: 1.5 });
    expect(budgetLeft(planOf({ budget: { trials: 5 } }), spent, 4).trials).toBe(1);
    expect(budgetLeft(planOf({ budget: {} }), spent, 4)).toEqual({
      trials: 1,
      steps: undefined,
      hours: undefined,
    });
  });
});

describe("isOver", () => {
  it.each([
    [{ trials: 1, steps: 1, hours: 0.1 }, false],
    [{ trials: 0, steps: 1, hours: 0.1 }, true],
    [{ trials: 1, steps: -3, hours: 0.1 }, true],
    [{ trials: 1, steps: 1, hours: 0 }, true],
    [{ trials: undefined, steps: undefined, hours: undefined }, false],
  ])("of %j is %s: the first limit that is spent ends the sweep", (left, expected) => {
    expect(isOver(left)).toBe(expected);
  });
});

describe("bestOf", () => {
  const done = (number: number, value: number) => ({ number, state: "done", value });
  const max = { metric: "m", direction: "max" } as const;
  const min = { metric: "m", direction: "min" } as const;

  it("is the highest or the lowest value, the earlier trial of two alike", () => {
    const trials = [done(0, 0.4), done(1, 0.9), done(2, 0.1), done(3, 0.9), done(4, 0.1)];
    expect([bestOf(trials, max), bestOf(trials, min)]).toEqual([1, 2]);
    expect(bestOf([done(0, -2), done(1, -1)], max)).toBe(1);
  });

  it("is none where no trial is done, whatever value a failed one had", () => {
    expect(bestOf([], max)).toBeNull();
    expect(
      bestOf(
        [
          { number: 0, state: "failed", value: 1 },
          { number: 1, state: "running", value: null },
        ],
        max,
      ),
    ).toBeNull();
  });
});
