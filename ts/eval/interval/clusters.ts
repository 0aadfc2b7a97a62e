/** Rows by cluster: the patient, or the case where rows name none. */
export interface Clusters {
  /** Names, rising. */
  readonly names: readonly string[];
  /** Index of each row's cluster. */
  readonly of: Int32Array;
}

/** Groups rows; the order of the file changes nothing but the place of each row. */
export function clustersOf(names: readonly string[]): Clusters {
  const sorted = [...new Set(names)].sort();
  const place = new Map(sorted.map((name, index) => [name, index]));
  return { names: sorted, of: Int32Array.from(names, (name) => place.get(name) ?? 0) };
}

/** Sum and number of items of each cluster; a cluster without items has both 0. */
export interface Totals {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/**
 * Sums items by cluster. Items of one cluster are added in the order of their values, so that the order of the
 * file changes no bit.
 *
 * @param values - one for each of `members`; every value is finite.
 * @param members - rows, by index; all rows when absent.
 */
export function totalsOf(values: Float64Array, clusters: Clusters, members?: Int32Array): Totals {
  const size = clusters.names.length;
  const sums = new Float64Array(size),
    counts = new Float64Array(size),
    ends = new Int32Array(size);
  const clusterAt = (at: number): number => clusters.of[members === undefined ? at : (members[at] ?? 0)] ?? 0;
  for (let at = 0; at < values.length; at += 1) {
    const cluster = clusterAt(at);
    counts[cluster] = (counts[cluster] ?? 0) + 1;
  }
  for (let cluster = 0, end = 0; cluster < size; cluster += 1) {
    ends[cluster] = end;
    end += counts[cluster] ?? 0;
  }
  const sorted = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += 1) {
    const cluster = clusterAt(at),
      place = ends[cluster] ?? 0;
    sorted[place] = values[at] ?? 0;
    ends[cluster] = place + 1;
  }
  for (let cluster = 0; cluster < size; cluster += 1) {
    const end = ends[cluster] ?? 0,
      begin = end - (counts[cluster] ?? 0);
    if (end - begin > 1) sorted.subarray(begin, end).sort();
    let sum = 0;
    for (let at = begin; at < end; at += 1) sum += sorted[at] ?? 0;
    sums[cluster] = sum;
  }
  return { sums, counts };
}

/** The clusters that have items, alone. */
export function withItems({ sums, counts }: Totals): Totals {
  if (!counts.includes(0)) return { sums, counts };
  const kept = Array.from(counts.keys()).filter((cluster) => (counts[cluster] ?? 0) > 0);
  return {
    sums: Float64Array.from(kept, (cluster) => sums[cluster] ?? 0),
    counts: Float64Array.from(kept, (cluster) => counts[cluster] ?? 0),
  };
}

/** The sum of a list of numbers. */
export function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
