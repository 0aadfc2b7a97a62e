import fc from "fast-check";
import { clustersOf, sumOf, totalsOf, withItems } from "../../../../../ts/eval/interval/clusters.ts";

describe("rows by cluster", () => {
  it("have their clusters by name", () => {
    expect(clustersOf(["b", "a", "b"])).toEqual({ names: ["a", "b"], of: Int32Array.of(1, 0, 1) });
  });

  it("are summed and counted", () => {
    const clusters = clustersOf(["b", "a", "b", "c"]);
    expect(totalsOf(Float64Array.of(1, 2, 3, 4), clusters)).toEqual({
      sums: Float64Array.of(2, 4, 4),
      counts: Float64Array.of(1, 2, 1),
    });
  });

  it("are summed over some of them alone; a cluster without any is left out where that is asked for", () => {
    const clusters = clustersOf(["b", "a", "b", "c"]);
    const totals = totalsOf(Float64Array.of(5, 7), clusters, Int32Array.of(0, 3));
    expect(totals.counts).toEqual(Float64Array.of(0, 1, 1));
    expect(withItems(totals)).toEqual({ sums: Float64Array.of(5, 7), counts: Float64Array.of(1, 1) });
    const all = totalsOf(Float64Array.of(1, 1, 1, 1), clusters);
    expect(withItems(all)).toEqual(all);
  });

  it("have the same sums to the last bit in whatever order they come", () => {
    const rows = fc.array(
      fc.tuple(fc.constantFrom("a", "b", "c"), fc.double({ min: 0, max: 1, noNaN: true })),
      {
        minLength: 2,
        maxLength: 60,
      },
    );
    const summed = (list: readonly (readonly [string, number])[]) =>
      totalsOf(
        Float64Array.from(list, ([, value]) => value),
        clustersOf(list.map(([name]) => name)),
      );
    fc.assert(
      fc.property(rows, (list) => {
        expect(summed(list.toReversed())).toEqual(summed(list));
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it("add up", () => {
    expect(sumOf(Float64Array.of(1, 2, 3.5))).toBe(6.5);
    expect(sumOf(new Float64Array(0))).toBe(0);
  });
});
