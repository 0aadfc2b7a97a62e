import { linearScale, logScale, tickText } from "../../../../ts/plots/scale.ts";

describe("a linear scale", () => {
  it.each([
    [0, 820, 8, [0, 100, 200, 300, 400, 500, 600, 700, 800]],
    [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-0.3, 0.3, 6, [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]],
  ])("from %d to %d has round ticks", (min, max, about, ticks) => {
    expect(linearScale(min, max, [0, 100], about).ticks).toEqual(ticks);
  });

  it("maps its ends to the given pixels, also upside down", () => {
    const scale = linearScale(2, 4, [300, 100], 5);
    expect([scale.toPixel(2), scale.toPixel(3), scale.toPixel(4)]).toEqual([300, 200, 100]);
  });

  it("makes room around a single value", () => {
    const scale = linearScale(5, 5, [0, 100], 4);
    expect(scale.toPixel(5)).toBe(50);
    expect(scale.ticks.length).toBeGreaterThan(1);
  });
});

describe("a logarithmic scale", () => {
  it("has ticks at 1, 2, 5 and maps factors to equal distances", () => {
    const scale = logScale(0.01, 1, [200, 0]);
    expect(scale.ticks).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]);
    expect(scale.toPixel(0.1)).toBeCloseTo(100, 9);
  });

  it("has ticks at powers of ten alone over many of them", () => {
    // Too narrow for two of 1, 2 and 5: even steps, placed by their logarithms.
    const narrow = logScale(0.00235, 0.00398, [0, 100]);
    expect(narrow.ticks.length).toBeGreaterThan(1);
    for (const tick of narrow.ticks) {
      const place = (100 * Math.log(tick / 0.00235)) / Math.log(0.00398 / 0.00235);
      expect(narrow.toPixel(tick)).toBeCloseTo(place, 9);
      expect(place).toBeGreaterThan(0);
      expect(place).toBeLessThan(100);
    }
    expect(logScale(1e-4, 10, [0, 1]).ticks).toEqual([1e-4, 1e-3, 1e-2, 0.1, 1, 10]);
  });
});

it.each([
  [0, "0"],
  [8000, "8,000"],
  [0.05, "0.05"],
  [2e-7, "2e-7"],
  [3e8, "3e8"],
  [-0.25, "-0.25"],
])("a tick of %d reads %s", (value, expected) => {
  expect(tickText(value)).toBe(expected);
});
