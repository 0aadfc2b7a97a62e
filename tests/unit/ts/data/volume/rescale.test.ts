import { isHeldWithin, rescale } from "../../../../../ts/data/volume/rescale.ts";
import { caught } from "../../../../support/caught.ts";

describe("isHeldWithin", () => {
  it.each([
    [1, -1024, [0, 4095], true],
    [-1, 0, [-32767, 32767], true],
    [1, 0, [-32768, 32767], true],
    [1, 1, [-32768, 32767], false],
    [16, -1024, [0, 4095], false],
    [0.5, 0, [0, 4], false],
    [1, 0.5, [0, 4], false],
    [Number.NaN, 0, [0, 4], false],
  ] as const)("of slope %d, intercept %d and %j is %s", (slope, intercept, [low, high], wanted) => {
    expect(isHeldWithin({ slope, intercept }, { low, high })).toBe(wanted);
    expect(isHeldWithin({ slope, intercept }, undefined)).toBe(false);
  });
});

describe("rescale", () => {
  it("hands over int16 that needs no scaling without a copy", () => {
    const stored = Int16Array.of(-1000, 40);
    expect(rescale(stored, [{ length: 2, slope: 1, intercept: 0 }])).toEqual({ voxels: stored, exact: true });
    expect(rescale(stored, [{ length: 2, slope: 1, intercept: 0 }]).voxels).toBe(stored);
  });

  it("stays int16 while every result is whole and in range", () => {
    const { voxels, exact } = rescale(Uint16Array.of(0, 24, 4095), [
      { length: 3, slope: 1, intercept: -1024 },
    ]);
    expect([...voxels]).toEqual([-1024, -1000, 3071]);
    expect(voxels.BYTES_PER_ELEMENT).toBe(2);
    expect(exact).toBe(true);
  });

  it.each([
    ["int16 of uint16", Uint16Array.of(0, 24, 4095), 1, -1024, Int16Array.of(-1024, -1000, 3071)],
    ["int16 of int16", Int16Array.of(-5, 7), 2, 1, Int16Array.of(-9, 15)],
    ["float32 of int32", Int32Array.of(-4, 9), 0.5, 0, Float32Array.of(-2, 4.5)],
    ["float32 of float32", Float32Array.of(0.5, -1), 1, 0, Float32Array.of(0.5, -1)],
  ] as const)("writes %s into the memory of the stored numbers", (_, stored, slope, intercept, wanted) => {
    const { voxels, exact } = rescale(stored, [{ length: stored.length, slope, intercept }]);
    expect(voxels).toEqual(wanted);
    expect(voxels.buffer).toBe(stored.buffer);
    expect(exact).toBe(true);
  });

  it.each([
    ["a fraction at the very end", [1, 0.5]],
    ["an offset out of range at the very end", [1, 40_000]],
    ["a slope of NaN at the very end", [Number.NaN, 0]],
  ] as const)("has spoiled nothing when %s is found", (_, [slope, intercept]) => {
    const stored = Uint16Array.from({ length: 1000 }, (_value, i) => i);
    const runs = [
      { length: 999, slope: 1, intercept: 1 },
      { length: 1, slope, intercept },
    ];
    const make = (): Float32Array | Int16Array => rescale(stored, runs).voxels;
    if (Number.isNaN(slope)) expect(make).toThrow("1 of 1000 voxels are NaN");
    else expect([...make().subarray(0, 3)]).toEqual([1, 2, 3]);
    expect([...stored.subarray(0, 3)]).toEqual([0, 1, 2]);
  });

  it("takes the word of known bounds where they prove that int16 will do, and looks where they do not", () => {
    const runs = [{ length: 2, slope: 1, intercept: -1024 }];
    const short = rescale(Uint16Array.of(0, 4095), runs, { low: 0, high: 4095 });
    expect([...short.voxels]).toEqual([-1024, 3071]);
    const wide = rescale(Uint16Array.of(0, 65535), runs, { low: 0, high: 65535 });
    expect([...wide.voxels]).toEqual([-1024, 64511]);
    const held = rescale(Uint16Array.of(0, 30000), runs, { low: 0, high: 65535 });
    expect(held.voxels).toEqual(Int16Array.of(-1024, 28976));
  });

  it("gives each run its own slope and intercept", () => {
    const { voxels } = rescale(Int16Array.of(1, 2, 3, 4), [
      { length: 2, slope: 2, intercept: 0 },
      { length: 2, slope: 1, intercept: -10 },
    ]);
    expect([...voxels]).toEqual([2, 4, -7, -6]);
  });

  it.each([
    ["a fraction", Int16Array.of(1, 3), 0.5, 0, [0.5, 1.5]],
    ["a value above int16", Int32Array.of(40000, 1), 1, 0, [40000, 1]],
    ["a value below int16", Int32Array.of(-40000, 1), 1, 0, [-40000, 1]],
  ])("turns to float32 for %s", (_, stored, slope, intercept, wanted) => {
    const { voxels, exact } = rescale(stored, [{ length: stored.length, slope, intercept }]);
    expect(voxels.BYTES_PER_ELEMENT).toBe(4);
    expect([...voxels]).toEqual(wanted);
    expect(exact).toBe(true);
  });

  it("says so when float32 rounds", () => {
    expect(rescale(Float64Array.of(0.1), [{ length: 1, slope: 1, intercept: 0 }]).exact).toBe(false);
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1e300]])(
    "refuses %d and counts such voxels",
    async (value) => {
      const error = await caught(() =>
        rescale(Float64Array.of(0.5, value, value), [{ length: 3, slope: 1, intercept: 0 }]),
      );
      expect(error.code).toBe("DATA_NOT_HU");
      expect(error.message).toContain("2 of 3 voxels");
      expect(error.details).toMatchObject({ cause: "not-finite", voxels: 2 });
    },
  );
});
