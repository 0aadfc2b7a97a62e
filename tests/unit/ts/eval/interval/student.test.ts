import { tQuantile, twoSidedP } from "../../../../../ts/eval/interval/student.ts";

describe("quantiles of Student's t", () => {
  // Tables of the distribution; 1 and 2 degrees have closed forms.
  it.each([
    [0.975, 1, Math.tan(Math.PI * 0.475)],
    [0.975, 2, 4.302652729911275],
    [0.975, 5, 2.570581835636314],
    [0.975, 9, 2.2621571628540993],
    [0.975, 19, 2.093024054408263],
    [0.975, 59, 2.000995378088259],
    [0.8, 19, 0.86095055026893],
    [0.8, 1, Math.tan(Math.PI * 0.3)],
    [0.975, 1e7, 1.9599642],
  ])("at %d with %d degrees of freedom is %d", (p, df, t) => {
    expect(tQuantile(p, df)).toBeCloseTo(t, 6);
    expect(Math.abs(tQuantile(p, df) / t - 1)).toBeLessThan(df > 1e6 ? 1e-6 : 1e-10);
  });

  it("undo the distribution, also for degrees that are not whole", () => {
    for (const df of [1, 1.7, 4, 33.3, 500])
      for (const p of [0.6, 0.8, 0.975, 0.999])
        expect(twoSidedP(tQuantile(p, df), df)).toBeCloseTo(2 * (1 - p), 10);
  });

  it("fall with the degrees of freedom", () => {
    const rising = [1, 2, 3, 5, 8, 20, 100, 1000].map((df) => tQuantile(0.975, df));
    expect(rising).toEqual(rising.toSorted((a, b) => b - a));
  });
});

describe("p of a value of Student's t", () => {
  it("is 1 at 0, and the same on both sides", () => {
    expect(twoSidedP(0, 7)).toBe(1);
    expect(twoSidedP(-2.3, 7)).toBe(twoSidedP(2.3, 7));
    expect(twoSidedP(1, 1)).toBeCloseTo(0.5, 12);
  });
});
