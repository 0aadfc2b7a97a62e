import fc from "fast-check";
import { HuCounts, huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";

describe("huHistogram", () => {
  it("counts shares of half-open ranges like a slow count", () => {
    const voxels = Int16Array.of(-32768, -1000, -1000, 0, 40, 41, 32767);
    const histogram = huHistogram(voxels);
    for (const [low, high] of [
      [-1000, -999],
      [-1000, 41],
      [0, 1 << 20],
      [-(1 << 20), 0],
      [32767, 1 << 20],
      [-32768, -32767],
    ] as const) {
      expect(histogram.share(low, high)).toBeCloseTo(
        voxels.filter((hu) => hu >= low && hu < high).length / voxels.length,
        12,
      );
    }
    expect([histogram.count, histogram.min, histogram.max]).toEqual([7, -32768, 32767]);
  });

  it("puts fractions into the bin below and values beyond int16 into the ends", () => {
    const histogram = huHistogram(Float32Array.of(-0.5, 0.5, 1e6, -1e6));
    expect(histogram.share(-1, 0)).toBe(0.25);
    expect(histogram.share(0, 1)).toBe(0.25);
    expect(histogram.share(32767, 32768)).toBe(0.25);
    expect(histogram.share(-32768, -32767)).toBe(0.25);
    expect([histogram.min, histogram.max]).toEqual([-1e6, 1e6]);
  });

  it("finds the densest run inside its bounds alone", () => {
    const histogram = huHistogram(Int16Array.of(10, 11, 12, 500, 500, 500, 500));
    expect(histogram.densest(0, 100, 3)).toEqual({ start: 10, share: 3 / 7 });
    expect(histogram.densest(0, 1000, 3).share).toBeCloseTo(4 / 7, 12);
    expect(histogram.densest(600, 700, 5).share).toBe(0);
  });
});

describe("HuCounts", () => {
  it("counts as a map does, wherever in memory the voxels begin", () => {
    const numbers = fc.int16Array({ minLength: 0, maxLength: 40 });
    fc.assert(
      fc.property(numbers, fc.nat(3), fc.boolean(), (values, from, isFloat) => {
        const memory = isFloat
          ? new Float32Array(from + values.length)
          : new Int16Array(from + values.length);
        const voxels = memory.subarray(from);
        voxels.set(values);
        const histogram = new HuCounts().add(voxels).add(voxels).histogram();
        const counts = new Map<number, number>();
        for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 2);
        for (const [value, count] of counts) expect(histogram.voxels(value, value + 1)).toBe(count);
        expect(histogram.count).toBe(2 * values.length);
        if (values.length === 0) return;
        expect([histogram.min, histogram.max]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  const values = Array.from({ length: 1003 }, (_, i) => ((i * i * 7919) % 4000) - 1500);

  it.each([
    ["int16", Int16Array.from(values)],
    ["float32", Float32Array.from(values)],
  ] as const)("counts parts of any length as it counts the whole, in %s", (_, voxels) => {
    const counts = new HuCounts();
    for (let at = 0, step = 1; at < voxels.length; at += step, step = (step % 13) + 1)
      counts.add(voxels.subarray(at, at + step));
    const [parts, whole] = [counts.histogram(), huHistogram(voxels)];
    expect([parts.count, parts.min, parts.max]).toEqual([1003, Math.min(...voxels), Math.max(...voxels)]);
    for (const [low, high] of [
      [-1500, -1000],
      [-1000, 0],
      [-3, 40],
      [2499, 2500],
      [Number.NEGATIVE_INFINITY, 17],
    ] as const) {
      expect(parts.voxels(low, high)).toBe(voxels.filter((hu) => hu >= low && hu < high).length);
      expect(whole.share(low, high)).toBe(parts.voxels(low, high) / 1003);
    }
  });

  it.each([
    ["int16", Int16Array.from(values)],
    ["float32", Float32Array.from(values, (value) => 40 * value + 0.5)],
  ] as const)("counts few voxels as it counts many, in %s", (_, voxels) => {
    const times = 17;
    const many = new HuCounts();
    for (let time = 0; time < times; time++) many.add(voxels);
    const [few, all] = [huHistogram(voxels), many.histogram()];
    expect(times * voxels.length).toBeGreaterThan(16384);
    expect([all.count, all.min, all.max]).toEqual([times * few.count, few.min, few.max]);
    for (let bound = -40_000; bound < 40_000; bound += 61) {
      expect(all.voxels(bound, 40_000)).toBe(times * few.voxels(bound, 40_000));
      expect(all.voxels(-40_000, bound)).toBe(times * few.voxels(-40_000, bound));
    }
    for (const [low, high, width] of [
      [-1500, 2500, 7],
      [-32768, 32767, 50],
      [3000, 3100, 3],
    ] as const) {
      const [of, ofAll] = [few.densest(low, high, width), all.densest(low, high, width)];
      expect(ofAll.start).toBe(of.start);
      expect(ofAll.share).toBeCloseTo(of.share, 12);
    }
  });
});
