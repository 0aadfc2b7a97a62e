/** Values 0..1 of one cluster's items, in one stratum. */
export interface ClusterSums {
  readonly sum: number;
  readonly count: number;
}

export interface Bootstrap {
  /** Resamples, at least 100. */
  readonly resamples: number;
  readonly seed: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How an interval was made: percentiles of resamples, or a stand-in where those would claim too much. */
export type IntervalRule = "percentile" | "wilson-few-clusters" | "unseen-share-no-spread";

export interface ClusterEstimate extends Interval {
  readonly value: number;
  readonly rule: IntervalRule;
}

// Taken once: where a host wraps the global object (test runners do) a look-up costs more than the
// arithmetic.
const { floor, imul } = Math;

/** splitmix32: one seed, one stream, the same on every machine. */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = imul(x ^ (x >>> 16), 0x21f0aaad);
    x = imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}

const z95 = 1.959963984540054;

/** Below this many clusters percentiles of resamples are too narrow to be called 95%. */
export const fewClusters = 10;

/** Resamples of equal clusters differ by no more than the rounding of their sums. */
const rounding = 1e-12;

/** Bounds of what one item can score. */
export interface Bounds {
  readonly floor: number;
  readonly ceiling: number;
}

const unit: Bounds = { floor: 0, ceiling: 1 };

/**
 * Wilson's 95% interval of a mean of values within `bounds` over n independent units: no such mean varies
 * more than a share does.
 * Source: Wilson 1927.
 */
export function wilson(value: number, n: number, bounds: Bounds = unit): Interval {
  const width = bounds.ceiling - bounds.floor,
    share = (value - bounds.floor) / width;
  const z2 = (z95 * z95) / n,
    centre = (share + z2 / 2) / (1 + z2);
  const half = (z95 / (1 + z2)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n));
  return {
    low: bounds.floor + width * Math.max(0, centre - half),
    high: bounds.floor + width * Math.min(1, centre + half),
  };
}

/**
 * For units that do not differ: those not seen may make up z^2 / (n + z^2) of all (Wilson's bound at zero)
 * and score anything.
 * At the floor and the ceiling this is Wilson's interval.
 */
export function unseenShare(value: number, n: number, bounds: Bounds = unit): Interval {
  const unseen = (z95 * z95) / (n + z95 * z95);
  return {
    low: value * (1 - unseen) + bounds.floor * unseen,
    high: value * (1 - unseen) + bounds.ceiling * unseen,
  };
}

/** Quantile 0..1 by linear interpolation between order statistics (numpy's default); `sorted` ascends. */
export function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1),
    below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN,
    high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (at - below);
}

/** The table in flat arrays, so that a resample allocates nothing. */
interface FlatTable {
  readonly clusters: number;
  readonly strata: number;
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

function flatten(table: readonly (readonly ClusterSums[])[]): FlatTable {
  const strata = table[0]?.length ?? 0;
  const cells = table.flat();
  return {
    clusters: table.length,
    strata,
    sums: Float64Array.from(cells, ({ sum }) => sum),
    counts: Float64Array.from(cells, ({ count }) => count),
  };
}

/**
 * Mean over strata of the mean over items, over drawn clusters; one stratum gives the plain mean. Strata
 * without items are left out.
 */
function meanOfStrata(
  flat: FlatTable,
  draw: (place: number) => number,
  sums: Float64Array,
  counts: Float64Array,
): number {
  sums.fill(0);
  counts.fill(0);
  for (let place = 0; place < flat.clusters; place += 1) {
    const row = draw(place) * flat.strata;
    for (let s = 0; s < flat.strata; s += 1) {
      sums[s] = (sums[s] ?? 0) + (flat.sums[row + s] ?? 0);
      counts[s] = (counts[s] ?? 0) + (flat.counts[row + s] ?? 0);
    }
  }
  let total = 0,
    present = 0;
  for (let s = 0; s < flat.strata; s += 1) {
    const count = counts[s] ?? 0;
    if (count === 0) continue;
    total += (sums[s] ?? 0) / count;
    present += 1;
  }
  return present === 0 ? Number.NaN : total / present;
}

/** Clusters that hold items of the stratum that has the fewest: what a mean over strata rests on. */
const restsOn = (table: readonly (readonly ClusterSums[])[]): number =>
  Math.min(
    ...(table[0] ?? [])
      .map((_cell, s) => table.filter((row) => (row[s]?.count ?? 0) > 0).length)
      .filter((held) => held > 0),
  );

/** The statistic of every resample, ascending. */
export function resampledMeans(
  table: readonly (readonly ClusterSums[])[],
  bootstrap: Bootstrap,
): Float64Array {
  const flat = flatten(table);
  const uniform = seededUniform(bootstrap.seed);
  const sums = new Float64Array(flat.strata),
    counts = new Float64Array(flat.strata);
  const draw = (): number => floor(uniform() * flat.clusters);
  return new Float64Array(bootstrap.resamples).map(() => meanOfStrata(flat, draw, sums, counts)).sort();
}

/**
 * 95% interval of a mean by resampling whole clusters (patients), so that several questions on one patient do
 * not make it too narrow.
 * With several strata (question types) the statistic is the unweighted mean of their means, taken anew in
 * every resample.
 *
 * With fewer than 10 clusters resamples say too little: Wilson's interval over the clusters stands in. Where
 * no cluster differs from another
 * resampling would give an interval of no width: the unseen-share interval stands in. `rule` says which it
 * is.
 *
 * @param table - clusters x strata, at least one of each.
 * @param bounds - what one item can score; 0..1 when absent.
 */
export function clusterInterval(
  table: readonly (readonly ClusterSums[])[],
  bootstrap: Bootstrap,
  bounds: Bounds = unit,
): ClusterEstimate {
  const flat = flatten(table);
  const value = meanOfStrata(
    flat,
    (place) => place,
    new Float64Array(flat.strata),
    new Float64Array(flat.strata),
  );
  const around = ({ low, high }: Interval, rule: IntervalRule): ClusterEstimate => ({
    value,
    low: Math.min(low, value),
    high: Math.max(high, value),
    rule,
  });
  if (table.length < fewClusters) return around(wilson(value, restsOn(table), bounds), "wilson-few-clusters");
  const means = resampledMeans(table, bootstrap);
  const percentile = { low: quantile(means, 0.025), high: quantile(means, 0.975) };
  if (percentile.high - percentile.low > rounding) return around(percentile, "percentile");
  return around(unseenShare(value, restsOn(table), bounds), "unseen-share-no-spread");
}

/** The rule and its parameters, for a signature. */
export function describeRule(rule: IntervalRule, bootstrap: Bootstrap): string {
  if (rule === "percentile")
    return `ci:cluster-bootstrap-percentile95(resamples=${bootstrap.resamples},seed=${bootstrap.seed},prng=splitmix32)`;
  return rule === "wilson-few-clusters"
    ? `ci:wilson95(n=clusters,why=under-${fewClusters}-clusters)`
    : "ci:unseen-share95(n=clusters,why=no-spread)";
}
