import { countValues, quantiles } from "./counts.ts";

/** Bins of 50 HU between padding below air and metal. */
export const statisticsAxis = { low: -1200, high: 1600, bins: 56 } as const;

/** What the voxels of one scan are, in HU. */
export interface HuStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Values below which 1, 50 and 99 % of the voxels lie, by a sample of 50,000. */
  readonly p01: number;
  readonly p50: number;
  readonly p99: number;
  /** Shares of the voxels in the bins of `statisticsAxis`, to five digits. */
  readonly shares: readonly number[];
}

/** Counts every voxel of a scan. */
export function huStatistics(voxels: Int16Array | Float32Array): HuStatistics {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let at = 0; at < voxels.length; at++) {
    const value = voxels[at] ?? 0;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const { low, high, bins } = statisticsAxis;
  const [p01 = min, p50 = min, p99 = max] = quantiles(voxels, [0.01, 0.5, 0.99]);
  const short = (value: number, digits: number): number => Number(value.toFixed(digits));
  return {
    min,
    max,
    mean: short(sum / voxels.length, 3),
    p01,
    p50,
    p99,
    shares: countValues(voxels, low, high, bins).shares.map((share) => short(share, 5)),
  };
}
