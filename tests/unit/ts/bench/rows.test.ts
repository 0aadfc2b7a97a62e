import type { BenchRow } from "../../../../ts/bench/index.ts";
import { documentOf, lineOf, median, missedTargets, quantile, ratiosOf } from "../../../../ts/bench/index.ts";

const row: BenchRow = {
  name: "transport.tensor",
  what: "64 MiB, shard",
  oursMs: 4,
  peerMs: 400,
  floorMs: 6,
  targets: [
    { against: "peer", atLeast: 8 },
    { against: "floor", atLeast: 0.5 },
  ],
  details: { rounds: 9 },
};

describe("a row of a benchmark", () => {
  it("compares by peer and floor time over ours", () => {
    expect(ratiosOf(row)).toEqual({ peer: 100, floor: 1.5 });
    expect(ratiosOf({ ...row, floorMs: null })).toEqual({ peer: 100, floor: null });
  });

  it("meets a target exactly at it and misses it just below", () => {
    const at = (oursMs: number) => missedTargets({ ...row, oursMs }).map(({ against }) => against);
    expect([at(12), at(12.001), at(50), at(50.001)]).toEqual([[], ["floor"], ["floor"], ["peer", "floor"]]);
  });

  it("misses a target against what was not measured, or is no number", () => {
    expect(missedTargets({ ...row, floorMs: null })).toEqual([{ against: "floor", atLeast: 0.5 }]);
    expect(missedTargets({ ...row, oursMs: Number.NaN })).toHaveLength(2);
  });

  it("is one line: ours, peer, floor, ratio, target, verdict", () => {
    expect(lineOf(row)).toBe(
      "transport.tensor 64 MiB, shard: ours 4.00 ms | peer 400 ms | floor 6.00 ms | ratio 100x peer, 1.50x floor | target >= 8x peer, >= 0.5x floor ok",
    );
    expect(lineOf({ ...row, oursMs: 60 })).toContain("MISSED peer, floor");
    expect(lineOf({ ...row, peerMs: null, floorMs: null, targets: [] })).toBe(
      "transport.tensor 64 MiB, shard: ours 4.00 ms | peer - | floor - | ratio - | target -",
    );
  });

  it("is in the document with its ratios and what it missed", () => {
    expect(documentOf([row])).toEqual({
      ok: true,
      rows: [{ ...row, ratios: { peer: 100, floor: 1.5 }, missed: [] }],
    });
    expect(documentOf([row, { ...row, oursMs: 60 }])).toMatchObject({ ok: false });
  });
});

describe("the statistics", () => {
  it("take the middle, or the mean of the middle two, and leave the input as it is", () => {
    const values = [3, 1, 2];
    expect([median(values), median([4, 1, 3, 2]), median([7]), median([])]).toEqual([2, 2.5, 7, Number.NaN]);
    expect(values).toEqual([3, 1, 2]);
  });

  it("take the value below which a share lies", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([
      quantile(values, 0.99),
      quantile(values, 0.5),
      quantile(values, 0),
      quantile(values, 1),
      quantile([], 0.5),
    ]).toEqual([99, 50, 1, 100, Number.NaN]);
  });
});
