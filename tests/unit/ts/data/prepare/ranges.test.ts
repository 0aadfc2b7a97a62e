import {
  isHoldable,
  isSize,
  isSpacing,
  isWindow,
  sizesSaid,
  spacingsSaid,
  windowSaid,
} from "../../../../../ts/data/prepare/ranges.ts";

describe("a size", () => {
  it.each([
    [[1, 1, 1], true],
    [[65536, 1, 1], true],
    [[65537, 1, 1], false],
    [[1, 0, 1], false],
    [[1, 1, -1], false],
    [[1.5, 1, 1], false],
    [[Number.NaN, 1, 1], false],
    [[Number.POSITIVE_INFINITY, 1, 1], false],
  ] as const)("of %j: %s", (size, fits) => {
    expect(isSize(size)).toBe(fits);
  });

  it("is held by one array up to 2^31 - 1 voxels", () => {
    expect(isHoldable([1024, 1024, 2047])).toBe(true);
    expect(isHoldable([1024, 1024, 2048])).toBe(false);
    expect(isHoldable([65536, 65536, 65536])).toBe(false);
  });
});

describe("a spacing", () => {
  it.each([
    [[0.01, 100, 1], true],
    [[0.009, 1, 1], false],
    [[1, 100.1, 1], false],
    [[0, 1, 1], false],
    [[-1, 1, 1], false],
    [[Number.NaN, 1, 1], false],
  ] as const)("of %j mm: %s", (spacing, fits) => {
    expect(isSpacing(spacing)).toBe(fits);
  });
});

describe("a window", () => {
  it.each([
    [-1000, 1000, true],
    [-32768, 32767, true],
    [-32769, 0, false],
    [0, 32768, false],
    [40, 40, false],
    [400, -1000, false],
    [Number.NaN, 0, false],
    [0, Number.NaN, false],
  ])("of %d..%d HU: %s", (low, high, fits) => {
    expect(isWindow({ low, high })).toBe(fits);
  });
});

describe("what messages say of a range", () => {
  it("names its ends, which are inside", () => {
    const [least, most] = (/(\d+)\.\.(\d+)/.exec(sizesSaid) ?? []).slice(1).map(Number);
    expect([isSize([least ?? 0, 1, 1]), isSize([(least ?? 0) - 1, 1, 1])]).toEqual([true, false]);
    expect([isSize([most ?? 0, 1, 1]), isSize([(most ?? 0) + 1, 1, 1])]).toEqual([true, false]);
    const [nearest, farthest] = (/([\d.]+?)\.\.(\d+) mm/.exec(spacingsSaid) ?? []).slice(1).map(Number);
    expect(isSpacing([nearest ?? 0, farthest ?? 0, 1])).toBe(true);
    const [low, high] = (/(-\d+)\.\.(\d+)/.exec(windowSaid) ?? []).slice(1).map(Number);
    expect(isWindow({ low: low ?? 0, high: high ?? 0 })).toBe(true);
    expect([isWindow({ low: (low ?? 0) - 1, high: 0 }), isWindow({ low: 0, high: (high ?? 0) + 1 })]).toEqual(
      [false, false],
    );
  });
});
