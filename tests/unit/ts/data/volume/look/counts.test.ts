import { countValues, quantiles } from "../../../../../../ts/data/volume/look/counts.ts";

describe("counting values", () => {
  it("puts each value into the bin it lies in, the end into the last one", () => {
    const values = Float32Array.from([0, 0.9, 1, 2.5, 4, 4]);
    expect(countValues(values, 0, 4, 4)).toEqual({
      low: 0,
      high: 4,
      shares: [2 / 6, 1 / 6, 1 / 6, 2 / 6],
      below: 0,
      above: 0,
    });
  });

  it("tells what lies outside, and loses nothing", () => {
    const values = Int16Array.from({ length: 1000 }, (_, index) => index - 500);
    const { shares, below, above } = countValues(values, -100, 99, 7);
    expect([below, above]).toEqual([0.4, 0.4]);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(0.2, 12);
  });
});

describe("quantiles", () => {
  it("are the values below which those shares lie, also of a sample", () => {
    const values = Int16Array.from({ length: 200_000 }, (_, index) => (index * 7919) % 1000);
    const [low = 0, middle = 0, high = 0] = quantiles(values, [0.01, 0.5, 0.99]);
    // Within one percent of the range, which the sample of 50,000 gives.
    expect(Math.abs(low - 10)).toBeLessThan(10);
    expect(Math.abs(middle - 500)).toBeLessThan(10);
    expect(Math.abs(high - 990)).toBeLessThan(10);
  });

  it("of one value are that value", () => {
    expect(quantiles(Float32Array.of(-3), [0, 0.5, 1])).toEqual([-3, -3, -3]);
  });
});
