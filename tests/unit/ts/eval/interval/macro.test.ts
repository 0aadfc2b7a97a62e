import type { Totals } from "../../../../../ts/eval/interval/clusters.ts";
import { macroEstimate, togetherness } from "../../../../../ts/eval/interval/macro.ts";
import { meanEstimate } from "../../../../../ts/eval/interval/mean.ts";

const unit = { floor: 0, ceiling: 1 };
const part = (pairs: readonly (readonly [number, number])[]) => {
  const totals: Totals = {
    sums: Float64Array.from(pairs, ([sum]) => sum),
    counts: Float64Array.from(pairs, ([, count]) => count),
  };
  return { totals, estimate: meanEstimate(totals, "binary", unit) };
};

const one = part([
  [2, 2],
  [1, 2],
  [2, 2],
  [0, 1],
]);
const other = part([
  [1, 1],
  [0, 1],
  [0, 0],
  [1, 2],
]);

describe("a mean over types", () => {
  it("has the interval that the rule's page works out for two types on four patients", () => {
    expect([one.estimate.low, one.estimate.high]).toEqual([
      expect.closeTo(0.179111, 6),
      expect.closeTo(0.966267, 6),
    ]);
    expect([other.estimate.low, other.estimate.high]).toEqual([
      expect.closeTo(0.04175, 6),
      expect.closeTo(0.95825, 6),
    ]);
    expect(togetherness([one, other])[1]).toBeCloseTo(0.228477, 6);
    const { value, low, high } = macroEstimate([one, other]);
    expect(value).toBeCloseTo(0.607143, 6);
    expect(low).toBeCloseTo(0.217121, 6);
    expect(high).toBeCloseTo(0.892735, 6);
  });

  it("of one type is that type's", () => {
    const { value, low, high } = macroEstimate([one]);
    expect([value, low, high]).toEqual([
      one.estimate.value,
      expect.closeTo(one.estimate.low, 12),
      expect.closeTo(one.estimate.high, 12),
    ]);
  });

  it("is widened by a type on one patient, which has the whole range", () => {
    const rare = part([
      [1, 1],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const without = macroEstimate([one, one]),
      withRare = macroEstimate([one, rare]);
    expect(withRare.value - withRare.low).toBeGreaterThan(without.value - without.low - 0.3);
    expect(rare.estimate).toMatchObject({ low: 0, high: 1 });
    expect(withRare.value - withRare.low).toBeGreaterThan(0.5);
  });

  it("counts types that share no patient as independent, and those that go apart as well", () => {
    const left = part([
        [1, 2],
        [2, 2],
        [0, 0],
        [0, 0],
      ]),
      right = part([
        [0, 0],
        [0, 0],
        [1, 2],
        [2, 2],
      ]);
    expect(togetherness([left, right])).toEqual(Float64Array.of(1, 0, 0, 1));
    const up = part([
        [0, 2],
        [2, 2],
      ]),
      down = part([
        [2, 2],
        [0, 2],
      ]);
    expect(togetherness([up, down])[1]).toBe(0);
    expect(togetherness([up, up])[1]).toBeCloseTo(2 / 7, 12);
  });
});
