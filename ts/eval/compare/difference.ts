import { addUp, clusterVectors, estimated, leftOut } from "../estimate.ts";
import { type Clusters, sumOf, totalsOf } from "../interval/clusters.ts";
import { jackknifeVariance } from "../interval/corpus.ts";
import { tQuantile, twoSidedP } from "../interval/student.ts";
import type { CorpusNumber, MeanNumber, ScoredNumber } from "../metrics/metric.ts";
import { describeFlips, eachPattern, patternsOf } from "./flips.ts";
import {
  alpha,
  type ClusterDifferences,
  flippedSums,
  invertedInterval,
  pOfShift,
  varianceOf,
} from "./signs.ts";

/** The difference of one number between two systems on the same items. */
export interface Difference {
  readonly first: number;
  readonly second: number;
  /** second - first. */
  readonly difference: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  readonly p: number;
  /** Smallest difference that so many patients show with 80% power. */
  readonly mde: number;
  /** Clusters that have items. */
  readonly clusters: number;
  readonly n: number;
  /** second - first for each seed; null where each system is one run. */
  readonly perSeed: readonly number[] | null;
  /** Test and interval, for the signature. */
  readonly rule: string;
}

/** One number of a system, for each of its seeds. */
export type BySeed = readonly ScoredNumber[];

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Means of a number's items over seeds. */
function overSeeds(numbers: readonly MeanNumber[]): MeanNumber {
  const [first] = numbers;
  if (first === undefined || numbers.length === 1) return first as MeanNumber;
  return {
    ...first,
    kind: first.kind === "binary" ? "within" : first.kind,
    values: first.values.map((_value, at) => meanOf(numbers.map(({ values }) => values[at] ?? 0))),
  };
}

/** Differences of a mean's sums by cluster, each a share of the whole. */
function meanDifferences(first: MeanNumber, second: MeanNumber, clusters: Clusters): ClusterDifferences {
  const change = second.values.map((value, at) => value - (first.values[at] ?? 0));
  const { sums, counts } = totalsOf(change, clusters, second.members);
  const items = sumOf(counts);
  return { differences: sums.map((sum) => sum / items), weights: counts.map((count) => count / items) };
}

function scaled({ differences, weights }: ClusterDifferences, by: number): ClusterDifferences {
  return { differences: differences.map((one) => one * by), weights: weights.map((one) => one * by) };
}

/** One difference a cluster, over all types where the number is a mean over types. */
export function clusterDifferences(first: BySeed, second: BySeed, clusters: Clusters): ClusterDifferences {
  const partsOf = (numbers: BySeed): readonly MeanNumber[] => {
    const lists = numbers.map((one) => (one.shape === "macro" ? one.parts : [one as MeanNumber]));
    return (lists[0] ?? []).map((_part, at) =>
      overSeeds(lists.flatMap((list) => (list[at] === undefined ? [] : [list[at]]))),
    );
  };
  const others = partsOf(second);
  const parts = partsOf(first).flatMap((part, at) => {
    const other = others[at];
    return other === undefined ? [] : [meanDifferences(part, other, clusters)];
  });
  const summed = parts.map((part) => scaled(part, 1 / parts.length));
  const all = {
    differences: addUp(
      summed.map(({ differences }) => differences),
      clusters.names.length,
    ),
    weights: addUp(
      summed.map(({ weights }) => weights),
      clusters.names.length,
    ),
  };
  const kept = Array.from(all.weights.keys()).filter((cluster) => (all.weights[cluster] ?? 0) > 0);
  return {
    differences: Float64Array.from(kept, (cluster) => all.differences[cluster] ?? 0),
    weights: Float64Array.from(kept, (cluster) => all.weights[cluster] ?? 0),
  };
}

/** p of a number over a corpus: the two systems' sums are exchanged, cluster by cluster. */
export function exchangeP(first: CorpusNumber, second: CorpusNumber, clusters: Clusters): number {
  const mine = clusterVectors(first, clusters),
    theirs = clusterVectors(second, clusters);
  const all = addUp([...mine, ...theirs], first.size),
    one = new Float64Array(first.size),
    other = new Float64Array(first.size);
  let observed = 0,
    asFar = 0;
  eachPattern(mine.length, (pattern, turned) => {
    one.fill(0);
    for (let cluster = 0; cluster < mine.length; cluster += 1) {
      const from = turned[cluster] === 1 ? theirs[cluster] : mine[cluster];
      for (let part = 0; part < first.size; part += 1) one[part] = (one[part] ?? 0) + (from?.[part] ?? 0);
    }
    for (let part = 0; part < first.size; part += 1) other[part] = (all[part] ?? 0) - (one[part] ?? 0);
    const distance = Math.abs(second.value(other) - first.value(one));
    if (pattern === 0) observed = distance;
    if (distance >= observed - 1e-12) asFar += 1;
  });
  return asFar / patternsOf(mine.length).count;
}

interface Spread {
  readonly variance: number | null;
  readonly clusters: number;
}

const estimateOf = (number: ScoredNumber, clusters: Clusters): number => estimated(number, clusters).value;

/** Variance over patients of the difference of the means over seeds. */
function patientSpread(first: BySeed, second: BySeed, clusters: Clusters): Spread {
  if (first[0]?.shape !== "corpus") {
    const differences = clusterDifferences(first, second, clusters);
    return { variance: varianceOf(differences), clusters: differences.weights.length };
  }
  const without = (numbers: BySeed): Float64Array => {
    const all = numbers.map((number) => leftOut(number as CorpusNumber, clusters).without);
    return (all[0] ?? new Float64Array(0)).map((_value, at) => meanOf(all.map((one) => one[at] ?? 0)));
  };
  const mine = without(first),
    change = without(second).map((value, at) => value - (mine[at] ?? 0));
  return { variance: change.length < 2 ? null : jackknifeVariance(change), clusters: change.length };
}

const smallest = (variance: number | null, df: number, range: number): number =>
  variance === null
    ? range
    : Math.min(range, (tQuantile(0.975, df) + tQuantile(0.8, df)) * Math.sqrt(variance));

interface Tested {
  readonly p: number;
  readonly low: number;
  readonly high: number;
  readonly rule: string;
}

function testedMean(first: BySeed, second: BySeed, clusters: Clusters, range: number): Tested {
  const differences = clusterDifferences(first, second, clusters),
    sums = flippedSums(differences);
  const { low, high } = invertedInterval(sums, range);
  return {
    p: pOfShift(sums, 0),
    low,
    high,
    rule: `test:cluster-sign-flip(${describeFlips(differences.weights.length)})|ci:inverted95`,
  };
}

/** The interval is made by Student's t; where it and the test disagree about 0 it is drawn to what the test says. */
function testedCorpus(
  [first, second]: readonly [CorpusNumber, CorpusNumber],
  clusters: Clusters,
  { variance }: Spread,
  range: number,
): Tested {
  const p = exchangeP(first, second, clusters);
  const value = estimateOf(second, clusters) - estimateOf(first, clusters);
  const size = clusters.names.length;
  const half = variance === null || size <= 5 ? range : tQuantile(0.975, size - 1) * Math.sqrt(variance);
  const low = Math.max(-range, value - half),
    high = Math.min(range, value + half);
  const rule = `test:cluster-exchange(${describeFlips(size)})|ci:leave-one-cluster-out-t95(0-as-tested)`;
  if (p >= alpha) return { p, low: Math.min(low, 0), high: Math.max(high, 0), rule };
  return {
    p,
    low: value > 0 ? Math.max(low, Number.MIN_VALUE) : low,
    high: value < 0 ? Math.min(high, -Number.MIN_VALUE) : high,
    rule,
  };
}

/** Seeds as a level of their own: patients and seeds both vary. */
function testedSeeds(perSeed: readonly number[], spread: Spread, range: number): Tested {
  const seeds = perSeed.length,
    value = meanOf(perSeed);
  const ofSeeds = perSeed.reduce((sum, one) => sum + (one - value) ** 2, 0) / (seeds - 1) / seeds;
  const ofPatients = spread.variance;
  const rule = "test:t(seeds-and-patients)|ci:t95(seeds-and-patients)";
  if (ofPatients === null) return { p: 1, low: -range, high: range, rule };
  const squared = ofPatients + ofSeeds;
  if (squared === 0) return { p: value === 0 ? 1 : 0, low: value, high: value, rule };
  const df = squared ** 2 / (ofPatients ** 2 / (spread.clusters - 1) + ofSeeds ** 2 / (seeds - 1));
  const half = tQuantile(0.975, Math.max(1, df)) * Math.sqrt(squared);
  return {
    p: twoSidedP(value / Math.sqrt(squared), Math.max(1, df)),
    low: Math.max(-range, value - half),
    high: Math.min(range, value + half),
    rule: `${rule}(df=${df.toFixed(1)})`,
  };
}

/**
 * Compares one number of two systems on the same items.
 *
 * @param first - the number for each seed of the first system; `second` has as many, or one of the two has one.
 */
export function differenceOf(first: BySeed, second: BySeed, clusters: Clusters): Difference | undefined {
  const [one] = first,
    [other] = second;
  if (one === undefined || other === undefined) return undefined;
  const firsts = first.map((number) => estimateOf(number, clusters)),
    seconds = second.map((number) => estimateOf(number, clusters));
  const seeds = Math.max(firsts.length, seconds.length);
  const perSeed = Array.from(
    { length: seeds },
    (_, at) => (seconds[at] ?? seconds[0] ?? 0) - (firsts[at] ?? firsts[0] ?? 0),
  );
  const range = one.bounds.ceiling - one.bounds.floor,
    spread = patientSpread(first, second, clusters);
  const tested =
    seeds > 1
      ? testedSeeds(perSeed, spread, range)
      : one.shape === "corpus" && other.shape === "corpus"
        ? testedCorpus([one, other], clusters, spread, range)
        : testedMean(first, second, clusters, range);
  return {
    first: meanOf(firsts),
    second: meanOf(seconds),
    difference: meanOf(perSeed),
    ciLow: tested.low,
    ciHigh: tested.high,
    p: tested.p,
    mde: smallest(spread.variance, Math.max(1, spread.clusters - 1), range),
    clusters: spread.clusters,
    n: estimated(other, clusters).n,
    perSeed: seeds > 1 ? perSeed : null,
    rule: tested.rule,
  };
}
