import { gridOf, gridValues, mostPoints } from "../../../../ts/sweep/grid.ts";
import { balance } from "./fixtures.ts";

describe("gridValues", () => {
  it("takes every value of a choice and every whole number of a range, by its step", () => {
    expect(gridValues(balance)).toEqual(["bias", "loss", "none"]);
    expect(gridValues({ kind: "int", low: 2, high: 4 })).toEqual([2, 3, 4]);
    expect(gridValues({ kind: "int", low: 0, high: 7, step: 3 })).toEqual([0, 3, 6]);
  });

  it("takes as many numbers of a range as it says, both ends as they were written", () => {
    expect(gridValues({ kind: "float", low: 0, high: 1, log: false, points: 5 })).toEqual([
      0, 0.25, 0.5, 0.75, 1,
    ]);
    expect(gridValues({ kind: "float", low: 1e-4, high: 1e-1, log: true, points: 4 })).toEqual([
      0.0001, 0.001, 0.01, 0.1,
    ]);
    expect(gridValues({ kind: "float", low: 1 / 3, high: 2 / 3, log: false, points: 2 })).toEqual([
      1 / 3,
      2 / 3,
    ]);
  });

  it("knows nothing to take of a range that does not say how many", () => {
    expect(gridValues({ kind: "float", low: 0, high: 1, log: false })).toBeUndefined();
  });
});

describe("gridOf", () => {
  const topK = { kind: "int", low: 1, high: 2 } as const;
  const weight = {
    kind: "when",
    option: "balance",
    is: "loss",
    draws: { kind: "float", low: 1, high: 3, log: false, points: 3 },
  } as const;

  it("lays out every combination, the last option by its path changing fastest, in whatever order they stand", () => {
    const on = { kind: "choice", of: [true, false] } as const;
    for (const space of [
      { topK, on },
      { on, topK },
    ])
      expect(gridOf(space)).toEqual([
        { on: true, topK: 1 },
        { on: true, topK: 2 },
        { on: false, topK: 1 },
        { on: false, topK: 2 },
      ]);
  });

  it("multiplies by a conditional option only where it is there, wherever it stands", () => {
    const points = gridOf({ weight, balance, topK });
    expect(points.length).toBe(2 * (2 + 3));
    expect(points.filter((point) => point.balance === "loss").map(({ weight: value }) => value)).toEqual([
      1, 2, 3, 1, 2, 3,
    ]);
    expect(points.filter((point) => point.balance !== "loss").every((point) => !("weight" in point))).toBe(
      true,
    );
    expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(points.length);
  });

  it("is one point of nothing for an empty space, and its size is bounded before it is laid out", () => {
    expect(gridOf({})).toEqual([{}]);
    expect(mostPoints({ weight, balance, topK })).toBe(18);
    expect(mostPoints({ huge: { kind: "int", low: 1, high: 10_000_000 } })).toBe(10_000_000);
    expect(mostPoints({ open: { kind: "float", low: 0, high: 1, log: false } })).toBe(1);
  });
});
