import fc from "fast-check";
import type { MetricGrid } from "../../../../../ts/track/record/metric-grid.ts";
import {
  decodeIndex,
  encodeIndex,
  pointsABlock,
  type SegmentSeries,
  SeriesCollector,
} from "../../../../../ts/track/series/segment-index.ts";

const grid = (change: Partial<MetricGrid> = {}): MetricGrid => ({
  attempt: 1,
  stage: "shared",
  names: ["loss"],
  measured: [],
  steps: [0, 1, 2],
  wallSeconds: [0, 0, 0],
  values: [[3, 1, 2]],
  ...change,
});

function collected(...grids: readonly MetricGrid[]): readonly SegmentSeries[] {
  const collector = new SeriesCollector();
  for (const one of grids) collector.add(one);
  return collector.series();
}

const plain = (series: readonly SegmentSeries[]) =>
  series.map(({ stage, name, steps, values, blocks, isRising }) => ({
    stage,
    name,
    steps: [...steps],
    values: [...values],
    blocks: [...blocks],
    isRising,
  }));

describe("the series of a segment", () => {
  it("are collected over grids by stage and name, in the order recorded", () => {
    const series = collected(
      grid(),
      grid({ names: ["norm", "loss"], steps: [3], values: [[7], [0.5]] }),
      grid({ stage: "specific", steps: [9], values: [[4]] }),
    );
    expect(plain(series).map(({ stage, name, steps, values }) => [stage, name, steps, values])).toEqual([
      ["shared", "loss", [0, 1, 2, 3], [3, 1, 2, 0.5]],
      ["shared", "norm", [3], [7]],
      ["specific", "loss", [9], [4]],
    ]);
    expect(collected()).toEqual([]);
  });

  it("have a summary for each 256 points, NaN left out of it unless all are", () => {
    const count = pointsABlock + 3;
    const steps = Array.from({ length: count }, (_, at) => at * 2);
    const values = steps.map((step, at) => (at < pointsABlock ? (at === 5 ? Number.NaN : step) : Number.NaN));
    const [series] = collected(grid({ steps, values: [values] }));
    expect(series && [...series.blocks]).toEqual([
      0,
      2 * (pointsABlock - 1),
      0,
      2 * (pointsABlock - 1),
      2 * pointsABlock,
      2 * (count - 1),
      Number.NaN,
      Number.NaN,
    ]);
    expect(series?.isRising).toBe(true);
  });

  it("rise where every step is above the one before, also over blocks", () => {
    const rising = Array.from({ length: 600 }, (_, step) => step);
    const values = [rising];
    expect(collected(grid({ steps: rising, values }))[0]?.isRising).toBe(true);
    for (const at of [1, 256, 599]) {
      const twice = rising.with(at, at - 1);
      expect(collected(grid({ steps: twice, values }))[0]?.isRising).toBe(false);
    }
  });

  it("have infinities as their least and greatest like any number", () => {
    const values = [[Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY]];
    const [series] = collected(grid({ values }));
    expect(series && [...series.blocks]).toEqual([0, 2, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe("the index of a segment", () => {
  const names = fc.array(fc.constantFrom("loss", "norm", "load.0.1", "verlust\u00e9"), {
    minLength: 1,
    maxLength: 3,
  });
  const value = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY));
  const any = fc
    .tuple(
      fc.constantFrom("shared", "specific"),
      fc.uniqueArray(fc.nat({ max: 5000 }), { maxLength: 600 }),
      names,
    )
    .chain(([stage, steps, given]) => {
      const own = [...new Set(given)];
      const column = fc.array(value, { minLength: steps.length, maxLength: steps.length });
      return fc
        .array(column, { minLength: own.length, maxLength: own.length })
        .map((values) => grid({ stage, steps, names: own, values, wallSeconds: steps.map(() => 0) }));
    });

  it("is read back as it was written, bit for bit, wherever it lies in memory", () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 3 }), fc.nat(), fc.nat({ max: 7 }), (grids, length, shift) => {
        const series = collected(...grids);
        const bytes = encodeIndex(series, length);
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        const back = decodeIndex(moved.subarray(shift), length);
        expect(back && plain(back)).toEqual(plain(series));
      }),
      { seed: 20261129, numRuns: 60 },
    );
  });

  it("is none for a segment of another length: it has grown since, or another one lies there", () => {
    const bytes = encodeIndex(collected(grid()), 100);
    expect(decodeIndex(bytes, 100)).toBeDefined();
    for (const length of [0, 99, 101, 100.5]) expect(decodeIndex(bytes, length)).toBeUndefined();
  });

  it("is none once a byte of it differs or it ends early", () => {
    const bytes = encodeIndex(collected(grid(), grid({ names: ["norm"] })), 100);
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 + (at % 255));
      expect(decodeIndex(damaged, 100)).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length += 7)
      expect(decodeIndex(bytes.subarray(0, length), 100)).toBeUndefined();
  });

  it("is none of another version, and none that is text", () => {
    const bytes = encodeIndex(collected(grid()), 100);
    const text = Buffer.from(bytes).toString("latin1").replace("metric-index/1", "metric-index/2");
    expect(decodeIndex(Buffer.from(text, "latin1"), 100)).toBeUndefined();
    expect(decodeIndex(Buffer.from("not an index, but a line of text".repeat(4)), 100)).toBeUndefined();
    expect(decodeIndex(new Uint8Array(0), 0)).toBeUndefined();
  });
});
