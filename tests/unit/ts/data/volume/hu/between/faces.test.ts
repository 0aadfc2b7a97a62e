import {
  correlation,
  cut,
  difference,
  differences,
  faceOf,
  median,
  spread,
  stepOf,
  tissueOf,
} from "../../../../../../../ts/data/volume/hu/between/faces.ts";

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe("faces of a volume", () => {
  it("are the voxels across one axis, the first of the other two fastest, cut to what is measured", () => {
    const voxels = Int16Array.from({ length: 24 }, (_, i) => (i === 5 ? 3000 : i === 6 ? -3000 : i));
    const shape = [2, 3, 4] as const;
    expect([...faceOf(voxels, shape, 0, 1)]).toEqual([1, 3, 1500, 7, 9, 11, 13, 15, 17, 19, 21, 23]);
    expect([...faceOf(voxels, shape, 1, 0)]).toEqual([0, 1, -1100, 7, 12, 13, 18, 19]);
    expect([...faceOf(voxels, shape, 2, 3)]).toEqual([18, 19, 20, 21, 22, 23]);
    expect([cut(99), cut(-2000), cut(9999)]).toEqual([99, -1100, 1500]);
  });

  it("of a large volume take every so many columns and rows", () => {
    expect([stepOf(1), stepOf(64), stepOf(127), stepOf(128), stepOf(512)]).toEqual([1, 1, 1, 2, 8]);
    expect(faceOf(new Int16Array(128 * 256), [128, 256, 1], 2, 0)).toHaveLength(64 * 64);
    expect(faceOf(new Int16Array(128 * 256), [128, 256, 1], 2, 0, 32)).toHaveLength(32 * 32);
  });

  it("are compared where either holds tissue", () => {
    const [a, b] = tissueOf(floats(-1000, -1000, 40, 1500, -500), floats(-1000, 50, -1000, 1500, 1500));
    expect([[...a], [...b]]).toEqual([
      [-1000, 40, -500],
      [50, -1000, 1500],
    ]);
  });

  it("differ, spread and correlate as statistics have it", () => {
    expect(difference(floats(1, 2, 3), floats(2, 0, 3))).toBe(1);
    expect(differences([floats(0, 0), floats(2, 4), floats(2, 4)])).toEqual([3, 0]);
    expect(spread(floats(1, 3, 1, 3))).toBe(1);
    expect(correlation(floats(1, 2, 3), floats(2, 4, 6))).toBeCloseTo(1, 12);
    expect(correlation(floats(1, 2, 3), floats(3, 2, 1))).toBeCloseTo(-1, 12);
    expect([median([]), median([5]), median([9, 1, 5])]).toEqual([0, 5, 5]);
  });
});
