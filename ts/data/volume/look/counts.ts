/** Shares of values in equally wide bins, and what lies outside. */
export interface Counts {
  readonly low: number;
  readonly high: number;
  /** 0..1 each. */
  readonly shares: readonly number[];
  readonly below: number;
  readonly above: number;
}

/** Counts all values into `bins` equal bins over low..high; the last bin holds `high` too. */
export function countValues(
  values: Int16Array | Float32Array,
  low: number,
  high: number,
  bins: number,
): Counts {
  const counts = new Float64Array(bins);
  const perValue = bins / (high - low);
  let [below, above] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value < low) below++;
    else if (value > high) above++;
    else {
      const bin = Math.min(bins - 1, Math.floor((value - low) * perValue));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
  const share = (count: number): number => count / values.length;
  return { low, high, shares: [...counts].map(share), below: share(below), above: share(above) };
}

/** The values below which a share of the voxels lies, by at most 50,000 of them spread over the volume. */
export function quantiles(values: Int16Array | Float32Array, wanted: readonly number[]): readonly number[] {
  const stride = Math.max(1, Math.floor(values.length / 50_000));
  const sample = Float32Array.from(
    { length: Math.ceil(values.length / stride) },
    (_, index) => values[index * stride] ?? 0,
  ).toSorted();
  return wanted.map((share) => sample[Math.min(sample.length - 1, Math.floor(share * sample.length))] ?? 0);
}
