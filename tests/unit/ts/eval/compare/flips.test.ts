import {
  describeFlips,
  eachPattern,
  patternsOf,
  seededBits,
  seededUniform,
} from "../../../../../ts/eval/compare/flips.ts";

const patterns = (clusters: number): readonly string[] => {
  const seen: string[] = [];
  eachPattern(clusters, (_pattern, turned) => seen.push(turned.join("")));
  return seen;
};

describe("patterns of signs", () => {
  it.each([1, 2, 3, 6, 12])("are all of them for %d clusters, the observed one first", (clusters) => {
    const seen = patterns(clusters);
    expect(seen[0]).toBe("0".repeat(clusters));
    expect(new Set(seen).size).toBe(2 ** clusters);
    expect(seen).toHaveLength(2 ** clusters);
    expect(describeFlips(clusters)).toBe(`exact,patterns=${2 ** clusters}`);
  });

  it("are 9,999 draws and the observed one for more, the same each time", () => {
    const seen = patterns(40);
    expect(seen).toHaveLength(10_000);
    expect(seen[0]).toBe("0".repeat(40));
    expect(patterns(40)).toEqual(seen);
    const turned = seen.reduce((sum, one) => sum + [...one].filter((sign) => sign === "1").length, 0);
    expect(turned / (9_999 * 40)).toBeCloseTo(0.5, 2);
    expect(patternsOf(13)).toEqual({ count: 10_000, isExact: false });
    expect(describeFlips(13)).toBe("draws=9999,seed=0,prng=splitmix32");
  });
});

describe("the stream of a seed", () => {
  it("is one, and another for another seed", () => {
    const [one, again, other] = [seededBits(5), seededBits(5), seededBits(6)];
    const list = Array.from({ length: 20 }, one);
    expect(Array.from({ length: 20 }, again)).toEqual(list);
    expect(Array.from({ length: 20 }, other)).not.toEqual(list);
  });

  it("is uniform: mean 1/2 and variance 1/12 over 20,000 draws", () => {
    const uniform = seededUniform(1);
    const drawn = Array.from({ length: 20_000 }, uniform);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
  });
});
