import { type Bounds, type Estimate, wholeRange, wilson } from "./mean.ts";
import { tQuantile } from "./student.ts";

/**
 * The spread of a number that is no mean of items, from its values with one cluster left out at a time.
 *
 * @param without - the number without each cluster; at least two.
 * @returns its variance.
 */
export function jackknifeVariance(without: Float64Array): number {
  const size = without.length;
  const mean = without.reduce((sum, value) => sum + value, 0) / size;
  const squares = without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return ((size - 1) / size) * squares;
}

/**
 * A number over a whole corpus with its 95% interval: leave one cluster out, then Wilson's interval with the items
 * that this variance is worth where the number has bounds, Student's t where not.
 *
 * @param without - the number without each cluster.
 */
export function corpusEstimate(value: number, without: Float64Array, { floor, ceiling }: Bounds): Estimate {
  const clusters = without.length;
  const base = { value, clusters, designEffect: null };
  if (clusters < 2) return { ...base, low: floor, high: ceiling, rule: wholeRange };
  const t = tQuantile(0.975, clusters - 1),
    variance = jackknifeVariance(without);
  if (!Number.isFinite(floor) || !Number.isFinite(ceiling)) {
    const half = t * Math.sqrt(variance);
    return { ...base, low: value - half, high: value + half, rule: "ci:leave-one-cluster-out(t95,df=G-1)" };
  }
  const width = ceiling - floor,
    share = (value - floor) / width;
  const n = variance > 0 ? (share * (1 - share) * width ** 2) / variance : clusters;
  const { low, high } = wilson(share, n > 0 ? n : clusters, t);
  return {
    ...base,
    low: Math.min(value, floor + width * low),
    high: Math.max(value, floor + width * high),
    rule: "ci:leave-one-cluster-out(wilson95,n=v(1-v)/V,df=G-1)",
  };
}
