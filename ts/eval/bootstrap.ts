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

/** splitmix32: one seed, one stream, the same on every machine. */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}

const z95 = 1.959963984540054;

/** Wilson's 95% interval of a mean of values 0..1 over n independent units. Source: Wilson 1927. */
export function wilson(value: number, n: number): Interval {
  const z2 = (z95 * z95) / n, centre = (value + z2 / 2) / (1 + z2);
  const half = (z95 / (1 + z2)) * Math.sqrt((value * (1 - value)) / n + z2 / (4 * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Mean over strata of the mean over items; one stratum gives the plain mean. Strata without items are left out. */
function meanOfStrata(strata: readonly ClusterSums[]): number {
  const means = strata.filter(({ count }) => count > 0).map(({ sum, count }) => sum / count);
  return means.length === 0 ? Number.NaN : means.reduce((total, mean) => total + mean, 0) / means.length;
}

function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1), below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN, high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (at - below);
}

/**
 * 95% percentile interval of a mean by resampling whole clusters (patients), so that several questions on one patient do not make it too narrow.
 * With several strata (question types) the statistic is the unweighted mean of their means, taken anew in every resample.
 *
 * Where no cluster differs from another, resampling would give an interval of no width: Wilson's interval over the number of clusters
 * stands in, and `degenerate` says so.
 *
 * @param table - clusters x strata.
 */
export function clusterInterval(table: readonly (readonly ClusterSums[])[], bootstrap: Bootstrap): Interval & { readonly value: number; readonly degenerate: boolean } {
  const strata = table[0]?.length ?? 0;
  const total = (rows: readonly (readonly ClusterSums[])[]): ClusterSums[] => Array.from({ length: strata }, (_, stratum) => {
    let sum = 0, count = 0;
    for (const row of rows) {
      const cell = row[stratum];
      if (cell === undefined) continue;
      sum += cell.sum;
      count += cell.count;
    }
    return { sum, count };
  });
  const value = meanOfStrata(total(table));
  const uniform = seededUniform(bootstrap.seed);
  const means = new Float64Array(bootstrap.resamples);
  for (let resample = 0; resample < bootstrap.resamples; resample += 1) {
    const rows = Array.from({ length: table.length }, () => table[Math.floor(uniform() * table.length)] ?? []);
    means[resample] = meanOfStrata(total(rows));
  }
  means.sort();
  const low = quantile(means, 0.025), high = quantile(means, 0.975);
  if (table.length > 1 && high - low > 1e-12) return { value, low: Math.min(low, value), high: Math.max(high, value), degenerate: false };
  const stand = wilson(value, table.length);
  return { value, low: Math.min(stand.low, value), high: Math.max(stand.high, value), degenerate: true };
}
