import { huStatistics, statisticsAxis } from "../../../../../../ts/data/volume/look/statistics.ts";

describe("statistics of HU", () => {
  it("are those of all voxels", () => {
    const voxels = Int16Array.from({ length: 1000 }, (_, at) => at - 500);
    expect(huStatistics(voxels)).toMatchObject({
      min: -500,
      max: 499,
      mean: -0.5,
      p01: -490,
      p50: 0,
      p99: 490,
    });
  });

  it("have shares of bins that make one with what lies outside of them", () => {
    const inside = Int16Array.of(-1200, -1199, 0, 1, 1600);
    const { shares } = huStatistics(inside);
    expect(shares).toHaveLength(statisticsAxis.bins);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
    expect([shares[0], shares[24], shares.at(-1)]).toEqual([0.4, 0.4, 0.2]);
    const outside = huStatistics(Float32Array.of(-3000, 5000)).shares;
    expect(outside.every((share) => share === 0)).toBe(true);
  });
});
