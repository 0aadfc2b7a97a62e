import { clusterDifferences, differenceOf, exchangeP } from "../../../../../ts/eval/compare/difference.ts";
import { clustersOf } from "../../../../../ts/eval/interval/clusters.ts";
import type { CorpusNumber, MacroNumber, MeanNumber } from "../../../../../ts/eval/metrics/metric.ts";

const head = { metric: "m", chance: null, majority: null, id: "m", bounds: { floor: 0, ceiling: 1 } };
const mean = (values: readonly number[], members?: readonly number[]): MeanNumber => ({
  ...head,
  shape: "mean",
  kind: "within",
  values: Float64Array.from(values),
  ...(members === undefined ? {} : { members: Int32Array.from(members) }),
});
const corpus = (pairs: readonly (readonly [number, number])[]): CorpusNumber => ({
  ...head,
  shape: "corpus",
  vectors: Float64Array.from(pairs.flat()),
  size: 2,
  value: (sums) => (sums[0] ?? 0) / (sums[1] ?? 1),
});
const clusters = clustersOf(["a", "a", "b", "c"]);

describe("the difference of two numbers", () => {
  it("has each cluster's share of it", () => {
    const { differences, weights } = clusterDifferences(
      [mean([0, 0, 0, 0])],
      [mean([1, 0, 0.5, 1])],
      clusters,
    );
    expect(differences).toEqual(Float64Array.of(0.25, 0.125, 0.25));
    expect(weights).toEqual(Float64Array.of(0.5, 0.25, 0.25));
  });

  it("weighs types alike, whatever their items", () => {
    const macro = (first: number, second: number): MacroNumber => ({
      ...head,
      shape: "macro",
      parts: [mean([first, first, first], [0, 1, 2]), mean([second], [3])],
    });
    const { differences, weights } = clusterDifferences([macro(0, 0)], [macro(1, 0.5)], clusters);
    expect(differences.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0.75, 12);
    expect(weights).toEqual(Float64Array.of(1 / 3, 1 / 6, 0.5));
  });

  it("leaves out clusters without items", () => {
    const one = [mean([0, 0], [0, 2])],
      other = [mean([1, 1], [0, 2])];
    expect(clusterDifferences(one, other, clusters).weights).toEqual(Float64Array.of(0.5, 0.5));
    expect(differenceOf(one, other, clusters)).toMatchObject({ clusters: 2, n: 2, difference: 1, p: 0.5 });
  });

  it("over seeds is that of their means", () => {
    const firsts = [mean([0, 0, 0, 0]), mean([0.2, 0.2, 0.2, 0.2])],
      seconds = [mean([0.5, 0.5, 0.5, 0.5]), mean([0.5, 0.5, 0.5, 0.5])];
    const found = differenceOf(firsts, seconds, clusters);
    expect(found?.perSeed).toEqual([0.5, expect.closeTo(0.3, 12)]);
    expect(found?.difference).toBeCloseTo(0.4, 12);
  });

  it("of nothing is none", () => {
    expect(differenceOf([], [mean([1, 1, 1, 1])], clusters)).toBeUndefined();
  });
});

describe("exchanging clusters of a number over a corpus", () => {
  it("is exact: three clusters, all better by as much", () => {
    const three = clustersOf(["a", "b", "c"]);
    const first = corpus([
        [1, 4],
        [1, 4],
        [1, 4],
      ]),
      second = corpus([
        [2, 4],
        [2, 4],
        [2, 4],
      ]);
    expect(exchangeP(first, second, three)).toBe(2 / 8);
    expect(exchangeP(first, first, three)).toBe(1);
  });

  it("has an interval that agrees with it about 0", () => {
    const many = clustersOf(Array.from({ length: 10 }, (_, at) => `c${at}`));
    const first = corpus(Array.from({ length: 10 }, () => [1, 4])),
      second = corpus(Array.from({ length: 10 }, (_, at) => [at % 2 === 0 ? 3 : 2, 4]));
    const found = differenceOf([first], [second], many);
    expect(found?.p).toBeLessThan(0.05);
    expect(found?.ciLow).toBeGreaterThan(0);
    const same = differenceOf([first], [first], many);
    expect(same).toMatchObject({ p: 1, difference: 0 });
    expect(same?.ciLow).toBeLessThanOrEqual(0);
  });
});
