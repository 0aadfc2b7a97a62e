import {
  type ClusterDifferences,
  flippedSums,
  holm,
  invertedInterval,
  pOfShift,
  varianceOf,
} from "../../../../../ts/eval/compare/signs.ts";
import { seededUniform } from "../../../../../ts/eval/index.ts";

const even = (differences: readonly number[]): ClusterDifferences => ({
  differences: Float64Array.from(differences, (one) => one / differences.length),
  weights: new Float64Array(differences.length).fill(1 / differences.length),
});
const pOf = (differences: readonly number[]): number => pOfShift(flippedSums(even(differences)), 0);

describe("the test by signs of clusters", () => {
  it.each([
    ["three patients, all better", [1, 1, 1], 2 / 8],
    ["twelve patients, all better", Array<number>(12).fill(2), 2 / 4096],
    ["six patients, one worse", [1, 1, 1, 2, 2, -1], 10 / 64],
    ["no difference at all", [0, 0, 0, 0, 0, 0, 0], 1],
    ["one patient", [5], 1],
  ])("of %s is exact", (_what, differences, p) => {
    expect(pOf(differences)).toBeCloseTo(p, 12);
  });

  it("is the same for the two systems exchanged, and where all differences are larger", () => {
    const differences = [0.3, -0.1, 0.2, 0.4, 0.1, -0.2, 0.3];
    expect(pOf(differences.map((one) => -one))).toBe(pOf(differences));
    expect(pOf(differences.map((one) => 7 * one))).toBe(pOf(differences));
  });

  it("rejects two equal systems in no more than one of twenty comparisons, from 5 to 160 patients", () => {
    const uniform = seededUniform(21);
    for (const [patients, sets] of [
      [5, 200],
      [8, 200],
      [12, 100],
      [20, 40],
      [60, 40],
      [160, 20],
    ] as const) {
      let rejected = 0;
      for (let set = 0; set < sets; set += 1) {
        const differences = Array.from({ length: patients }, () => Math.round(4 * (uniform() - uniform())));
        if (pOf(differences) < 0.05) rejected += 1;
      }
      // The level and three standard deviations of the count.
      expect(rejected).toBeLessThanOrEqual(0.05 * sets + 3 * Math.sqrt(0.05 * 0.95 * sets));
      if (patients === 5) expect(rejected).toBe(0);
    }
  });
});

describe("the interval of a difference", () => {
  it("holds 0 exactly where p is .05 or more, and always the difference", () => {
    const uniform = seededUniform(31);
    let apart = 0;
    for (let set = 0; set < 150; set += 1) {
      const shift = uniform() - 0.5;
      const one = even(Array.from({ length: 4 + (set % 9) }, () => shift + uniform() - 0.5));
      const sums = flippedSums(one),
        { low, high } = invertedInterval(sums, 2);
      const value = sums.differences[0] ?? Number.NaN;
      expect(low <= value && value <= high).toBe(true);
      expect(low <= 0 && 0 <= high).toBe(pOfShift(sums, 0) >= 0.05);
      if (pOfShift(sums, 0) < 0.05) apart += 1;
    }
    expect(apart).toBeGreaterThan(10);
  });

  it("of five patients or fewer is the whole range", () => {
    for (const patients of [1, 2, 3, 4, 5])
      expect(invertedInterval(flippedSums(even(Array<number>(patients).fill(0.5))), 1)).toEqual({
        low: -1,
        high: 1,
      });
  });

  it("is about as wide as Student's where differences are about normal", () => {
    const uniform = seededUniform(41);
    const one = even(Array.from({ length: 40 }, () => uniform() + uniform() + uniform() - 1.4));
    const { low, high } = invertedInterval(flippedSums(one), 2);
    const half = 2.0226909 * Math.sqrt(varianceOf(one) ?? Number.NaN);
    expect((high - low) / (2 * half)).toBeGreaterThan(0.9);
    expect((high - low) / (2 * half)).toBeLessThan(1.1);
  });
});

describe("the variance of a difference", () => {
  it("is that of a mean over patients, and unknown of one", () => {
    expect(varianceOf(even([1, 2, 3, 4]))).toBeCloseTo(5 / 3 / 4, 12);
    expect(varianceOf(even([1]))).toBeNull();
  });
});

describe("Holm's correction", () => {
  it("multiplies the least by their number, the next by one less, and never falls", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
