import { corpusEstimate, jackknifeVariance } from "../../../../../ts/eval/interval/corpus.ts";
import { wilson } from "../../../../../ts/eval/interval/mean.ts";
import { tQuantile } from "../../../../../ts/eval/interval/student.ts";

describe("leaving one cluster out", () => {
  it("gives the usual variance of a mean where the number is one", () => {
    const values = [1, 4, 2, 7, 6];
    const mean = values.reduce((sum, value) => sum + value, 0) / 5;
    const without = Float64Array.from(values, (value) => (5 * mean - value) / 4);
    const usual = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4 / 5;
    expect(jackknifeVariance(without)).toBeCloseTo(usual, 12);
  });

  it("makes Wilson's interval of a number with bounds", () => {
    const without = Float64Array.of(0.3, 0.32, 0.28, 0.31);
    const found = corpusEstimate(0.3, without, { floor: 0, ceiling: 1 });
    const n = (0.3 * 0.7) / jackknifeVariance(without);
    expect(found).toMatchObject({ value: 0.3, clusters: 4, ...wilson(0.3, n, tQuantile(0.975, 3)) });
    expect(found.rule).toBe("ci:leave-one-cluster-out(wilson95,n=v(1-v)/V,df=G-1)");
    const wide = corpusEstimate(
      3,
      without.map((value) => 10 * value),
      { floor: 0, ceiling: 10 },
    );
    expect(wide.low).toBeCloseTo(10 * found.low, 12);
  });

  it("makes Student's of one without", () => {
    const bounds = { floor: 0, ceiling: Number.POSITIVE_INFINITY };
    const { low, high } = corpusEstimate(5, Float64Array.of(4, 5, 6), bounds);
    expect((low + high) / 2).toBeCloseTo(5, 12);
    expect(high - 5).toBeCloseTo(tQuantile(0.975, 2) * Math.sqrt((2 / 3) * 2), 12);
  });

  it("has a width where nothing differs, and the whole range of one cluster", () => {
    expect(corpusEstimate(1, Float64Array.of(1, 1, 1, 1), { floor: 0, ceiling: 1 }).low).toBeLessThan(0.7);
    expect(corpusEstimate(0.4, Float64Array.of(0), { floor: 0, ceiling: 1 })).toMatchObject({
      low: 0,
      high: 1,
    });
  });
});
