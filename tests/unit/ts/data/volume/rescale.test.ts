import { rescale } from "../../../../../ts/data/volume/rescale.ts";
import { caught } from "../../../../support/caught.ts";

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
