import { seededUniform } from "../../../../../ts/eval/index.ts";
import type { Totals } from "../../../../../ts/eval/interval/clusters.ts";
import {
  effectiveItems,
  type ItemKind,
  meanEstimate,
  spreadOf,
  wilson,
} from "../../../../../ts/eval/interval/mean.ts";
import { tQuantile } from "../../../../../ts/eval/interval/student.ts";
import { cells, simulated, table } from "../../../../support/simulated-scores.ts";

const unit = { floor: 0, ceiling: 1 };
const totals = (pairs: readonly (readonly [number, number])[]): Totals => ({
  sums: Float64Array.from(pairs, ([sum]) => sum),
  counts: Float64Array.from(pairs, ([, count]) => count),
});
const repeated = (count: number, of: (at: number) => readonly [number, number]): Totals =>
  totals(Array.from({ length: count }, (_, at) => of(at)));

describe("an interval of a mean", () => {
  // The rule's page works these out, to 1e-6.
  it.each<[string, Totals, ItemKind, number, number]>([
    ["68 patients of one item, all right", repeated(68, () => [1, 1]), "binary", 0.944654, 1],
    [
      "68 patients of one item, one wrong",
      repeated(68, (at) => [at === 0 ? 0 : 1, 1]),
      "binary",
      0.919405,
      0.997465,
    ],
    ["20 patients of five, all right", repeated(20, () => [5, 5]), "binary", 0.883843, 1],
    [
      "20 patients of five, one wrong",
      repeated(20, (at) => [at === 0 ? 4 : 5, 5]),
      "binary",
      0.879493,
      0.999256,
    ],
    [
      "10 patients of five, 3 and 4 right by turns",
      repeated(10, (at) => [3 + (at % 2), 5]),
      "binary",
      0.492875,
      0.848527,
    ],
    [
      "six patients of unlike size",
      totals([
        [3, 3],
        [3, 4],
        [2, 2],
        [0, 1],
        [5, 7],
        [1, 3],
      ]),
      "binary",
      0.321128,
      0.920062,
    ],
    [
      "scores of .4 and .6 by turns",
      repeated(10, (at) => [at % 2 === 0 ? 0.4 : 0.6, 1]),
      "within",
      0.425438,
      0.574562,
    ],
  ])("of %s is as worked out", (_what, data, kind, low, high) => {
    const found = meanEstimate(data, kind, unit);
    expect(found.low).toBeCloseTo(low, 6);
    expect(found.high).toBeCloseTo(high, 6);
  });

  it("has the effective number of items that the page gives", () => {
    const items = (data: Totals): number => effectiveItems(data, tQuantile(0.975, data.counts.length - 1));
    expect(items(repeated(20, () => [5, 5]))).toBeCloseTo(33.3333, 4);
    expect(items(repeated(20, (at) => [at === 0 ? 4 : 5, 5]))).toBeCloseTo(38.020185, 6);
    expect(items(repeated(10, (at) => [3 + (at % 2), 5]))).toBeCloseTo(29.814839, 6);
    expect(
      items(
        totals([
          [3, 3],
          [3, 4],
          [2, 2],
          [0, 1],
          [5, 7],
          [1, 3],
        ]),
      ),
    ).toBeCloseTo(10.03564, 6);
    expect(items(repeated(9, (at) => [at % 2, 1]))).toBe(9);
  });

  it("of one patient is the whole range", () => {
    expect(meanEstimate(totals([[2, 3]]), "binary", unit)).toMatchObject({
      low: 0,
      high: 1,
      clusters: 1,
      rule: "ci:whole-range(why=one-cluster)",
    });
    expect(meanEstimate(totals([[8, 2]]), "within", { floor: 0, ceiling: 10 })).toMatchObject({
      low: 0,
      high: 10,
    });
  });

  it("leaves out patients without items", () => {
    const with0 = totals([
      [3, 3],
      [0, 0],
      [1, 2],
    ]);
    expect(meanEstimate(with0, "binary", unit)).toEqual(
      meanEstimate(
        totals([
          [3, 3],
          [1, 2],
        ]),
        "binary",
        unit,
      ),
    );
  });

  it("of scores with other bounds is that of scores within 0..1, stretched", () => {
    const plain = meanEstimate(
      totals([
        [0.2, 1],
        [0.9, 2],
        [0.4, 1],
      ]),
      "within",
      unit,
    );
    const wide = meanEstimate(
      totals([
        [2, 1],
        [9, 2],
        [4, 1],
      ]),
      "within",
      { floor: 0, ceiling: 10 },
    );
    expect(wide.low).toBeCloseTo(10 * plain.low, 12);
    expect(wide.high).toBeCloseTo(10 * plain.high, 12);
  });

  it("of unbounded scores is Student's: mean 2, standard error of three patients", () => {
    const bounds = { floor: Number.NEGATIVE_INFINITY, ceiling: Number.POSITIVE_INFINITY };
    const { value, low, high, rule } = meanEstimate(
      totals([
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
      "unbounded",
      bounds,
    );
    const half = tQuantile(0.975, 2) * Math.sqrt(1 / 3);
    expect([value, low, high]).toEqual([2, expect.closeTo(2 - half, 10), expect.closeTo(2 + half, 10)]);
    expect(rule).toBe("ci:cluster-t95(df=G-1)");
  });

  it("of scores that do not differ has the width of so many patients, not of rounding", () => {
    const same = meanEstimate(
      repeated(12, () => [0.1 + 0.2, 1]),
      "within",
      unit,
    );
    expect(same.high - same.low).toBeGreaterThan(0.3);
    expect(spreadOf(repeated(12, () => [0.1 + 0.2, 1])).variance).toBe(0);
  });
});

describe("the rule, over simulated patients", () => {
  it("covers the truth: at least .91 in each cell and .94 on average (300 data sets a cell)", () => {
    const found = table(cells, 300, (data, { p }) => {
      const { low, high } = meanEstimate(data, "binary", unit);
      return low <= p && p <= high;
    });
    expect(found.filter(({ share }) => share < 0.91)).toEqual([]);
    expect(found.reduce((sum, { share }) => sum + share, 0) / found.length).toBeGreaterThanOrEqual(0.94);
  });

  it("never lowers a bound when a wrong answer turns right (1,500 random flips)", () => {
    const uniform = seededUniform(8);
    for (let round = 0; round < 1500; round += 1) {
      const patients = 2 + Math.floor(uniform() * 60);
      const data = simulated({ p: 0.3 + 0.69 * uniform(), patients, icc: uniform() * 0.9 }, uniform);
      const at = data.sums.findIndex((sum, patient) => sum < (data.counts[patient] ?? 0));
      if (at < 0) continue;
      const flipped = {
        sums: data.sums.map((sum, patient) => (patient === at ? sum + 1 : sum)),
        counts: data.counts,
      };
      const [before, after] = [meanEstimate(data, "binary", unit), meanEstimate(flipped, "binary", unit)];
      expect(after.low).toBeGreaterThanOrEqual(before.low - 1e-12);
      expect(after.high).toBeGreaterThanOrEqual(before.high - 1e-12);
    }
  });

  it("changes no width by more than a quarter from one patient to the next, from 8 up", () => {
    const width = (patients: number): number => {
      const { low, high } = meanEstimate(
        repeated(patients, (at) => [3 + (at % 2), 5]),
        "binary",
        unit,
      );
      return high - low;
    };
    for (let patients = 8; patients < 80; patients += 1)
      expect(Math.abs(width(patients + 1) / width(patients) - 1)).toBeLessThan(0.25);
  });
});

describe("Wilson's interval", () => {
  it("is the textbook's for 8 of 10, and ends at 0 and 1", () => {
    const { low, high } = wilson(0.8, 10, 1.959964);
    expect(low).toBeCloseTo(0.490162, 5);
    expect(high).toBeCloseTo(0.943318, 5);
    expect(wilson(0, 10, 2).low).toBe(0);
    expect(wilson(1, 10, 2).high).toBe(1);
  });
});
