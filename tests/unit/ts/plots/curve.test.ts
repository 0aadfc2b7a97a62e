import fc from "fast-check";
import { perPixelColumn, smooth } from "../../../../ts/plots/curve.ts";

const points = (values: readonly number[]) => values.map((value, step) => ({ step, value }));

describe("the smoothed line", () => {
  it("is the mean of the points the window reaches, against a slow reference, within 1e-9", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (values, window) => {
          const half = Math.floor(window / 2);
          const smoothed = smooth(points(values), window);
          for (const [index, { value }] of smoothed.entries()) {
            const inside = values.filter(
              (_, at) => at >= index - half && at <= index + Math.min(half, index),
            );
            expect(value).toBeCloseTo(inside.reduce((a, b) => a + b, 0) / inside.length, 9);
          }
        },
      ),
      { seed: 3, numRuns: 100 },
    );
  });

  it("begins at the first value and leaves a constant alone", () => {
    expect(smooth(points([8, 1, 1, 1, 1, 1, 1]), 5)[0]).toEqual({ step: 0, value: 8 });
    expect(smooth(points([2, 2, 2, 2]), 3).map(({ value }) => value)).toEqual([2, 2, 2, 2]);
    expect(smooth([], 9)).toEqual([]);
  });
});

describe("thinning to pixel columns", () => {
  it("keeps the first, lowest, highest and last point of every column, in order", () => {
    const values = Array.from(
      { length: 5000 },
      (_, step) => Math.sin(step / 50) + (step === 1234 ? 100 : 0) - (step === 4321 ? 50 : 0),
    );
    const thin = perPixelColumn(points(values), (step) => step / 10);
    expect(thin.length).toBeLessThanOrEqual(4 * 500);
    expect(thin.map(({ step }) => step)).toEqual([...thin].map(({ step }) => step).sort((a, b) => a - b));
    expect(thin).toContainEqual({ step: 1234, value: values[1234] });
    expect(thin).toContainEqual({ step: 4321, value: values[4321] });
    expect(thin[0]?.step).toBe(0);
    expect(thin.at(-1)?.step).toBe(4999);
  });

  it("leaves few points as they are", () => {
    expect(perPixelColumn(points([3, 1, 2]), (step) => step)).toEqual(points([3, 1, 2]));
  });
});
