import { addUp, clusterVectors, estimated, leftOut } from "../../../../ts/eval/estimate.ts";
import { clustersOf } from "../../../../ts/eval/interval/clusters.ts";
import type { CorpusNumber, MeanNumber } from "../../../../ts/eval/metrics/metric.ts";

const head = { metric: "m", chance: null, majority: null, id: "m", bounds: { floor: 0, ceiling: 1 } };
const mean = (values: readonly number[], members?: readonly number[]): MeanNumber => ({
  ...head,
  shape: "mean",
  kind: "binary",
  values: Float64Array.from(values),
  ...(members === undefined ? {} : { members: Int32Array.from(members) }),
});
const ratio: CorpusNumber = {
  ...head,
  shape: "corpus",
  vectors: Float64Array.of(1, 2, 3, 4, 0, 4),
  size: 2,
  value: (sums) => (sums[0] ?? 0) / (sums[1] ?? 1),
};

describe("a number with its interval", () => {
  it("of a mean counts its items and the clusters that have some", () => {
    const found = estimated(mean([1, 0], [0, 2]), clustersOf(["a", "b", "c"]));
    expect(found).toMatchObject({ value: 0.5, n: 2, clusters: 2, aggregation: "micro", warnings: [] });
  });

  it("of one patient says so", () => {
    const found = estimated(mean([1, 1], [0, 1]), clustersOf(["a", "a", "c"]));
    expect(found).toMatchObject({ low: 0, high: 1, warnings: [{ code: "ONE_PATIENT" }] });
  });

  it("of a mean over types names the rare ones", () => {
    const clusters = clustersOf(["a", "b", "c"]);
    const common = { ...mean([1, 0], [0, 1]), metric: "type.organ" },
      rare = { ...mean([1], [2]), metric: "type.side" };
    const found = estimated({ ...head, shape: "macro", parts: [common, rare] }, clusters);
    expect(found).toMatchObject({ value: 0.75, n: 3, aggregation: "macro-over-types" });
    expect(found.low).toBeGreaterThanOrEqual(0);
    expect(found.high).toBeLessThanOrEqual(1);
    expect(found.warnings).toEqual([
      { code: "RARE_TYPE", message: "m takes in type.side, which rests on one patient" },
    ]);
  });

  it("of a corpus is of the sums, with a warning where patients are few", () => {
    const clusters = clustersOf(["a", "b", "a"]);
    expect(clusterVectors(ratio, clusters)).toEqual([Float64Array.of(1, 6), Float64Array.of(3, 4)]);
    expect(addUp(clusterVectors(ratio, clusters), 2)).toEqual(Float64Array.of(4, 10));
    expect(leftOut(ratio, clusters)).toEqual({ value: 0.4, without: Float64Array.of(3 / 4, 1 / 6) });
    expect(estimated(ratio, clusters)).toMatchObject({
      value: 0.4,
      n: 3,
      clusters: 2,
      aggregation: "corpus",
      warnings: [{ code: "FEW_PATIENTS" }],
    });
  });

  it("takes what a number itself says of leaving one out", () => {
    const own = { ...ratio, without: () => Float64Array.of(0.1, 0.9) };
    expect(leftOut(own, clustersOf(["a", "b", "a"])).without).toEqual(Float64Array.of(0.1, 0.9));
  });
});
