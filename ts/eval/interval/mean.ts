import { sumOf, type Totals, withItems } from "./clusters.ts";
import { tQuantile } from "./student.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Bounds of what one item can score; infinite where there are none. */
export interface Bounds {
  readonly floor: number;
  readonly ceiling: number;
}

/** A value with its 95% interval, and how that was made. */
export interface Estimate extends Interval {
  readonly value: number;
  /** Clusters that have items. */
  readonly clusters: number;
  /** Items for each that would tell as much if every one came from a patient of its own; null where unknown. */
  readonly designEffect: number | null;
  /** Method and parameters, for the signature. */
  readonly rule: string;
}

/** What items can be: 0 or 1; anything within bounds; anything at all. */
export type ItemKind = "binary" | "within" | "unbounded";

/** The whole range, of a number that rests on one cluster. */
export const wholeRange = "ci:whole-range(why=one-cluster)";

/** Differences of cluster sums that are rounding alone. */
const rounding = 1e-12;

const t95 = (clusters: number): number => tQuantile(0.975, Math.max(1, clusters - 1));

/**
 * Wilson's interval of a share.
 *
 * @param n - independent items, need not be whole.
 * @param t - quantile: 1.96 of the normal distribution, or Student's.
 */
export function wilson(value: number, n: number, t: number): Interval {
  const z2 = (t * t) / n,
    centre = (value + z2 / 2) / (1 + z2);
  const half = (t / (1 + z2)) * Math.sqrt(Math.max(0, value * (1 - value)) / n + z2 / (4 * n));
  // At 0 and 1 the two parts are equal but for rounding.
  return {
    low: value <= 0 ? 0 : Math.max(0, centre - half),
    high: value >= 1 ? 1 : Math.min(1, centre + half),
  };
}

interface Spread {
  readonly value: number;
  readonly items: number;
  readonly clusters: number;
  /** Variance of the mean over clusters; 0 where no cluster differs from another by more than rounding. */
  readonly variance: number;
  /** Items that an item's cluster has on average: sum of squares over sum. */
  readonly meanSize: number;
}

/** Value and spread of a mean over items in clusters that all have some. */
export function spreadOf({ sums, counts }: Totals): Spread {
  const items = sumOf(counts),
    clusters = counts.length,
    value = sumOf(sums) / items;
  let squares = 0,
    sizes = 0,
    differs = false;
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    const size = counts[cluster] ?? 0,
      residual = (sums[cluster] ?? 0) - value * size;
    squares += residual * residual;
    sizes += size * size;
    if (Math.abs(residual) > rounding * size * Math.max(1, Math.abs(value))) differs = true;
  }
  const variance = differs ? ((clusters / (clusters - 1)) * squares) / items ** 2 : 0;
  return { value, items, clusters, variance, meanSize: sizes / items };
}

/** Clusters that have a wrong answer, and clusters that have a right one: the rarer of the two. */
function rarerAnswer({ sums, counts }: Totals): number {
  let wrong = 0,
    right = 0;
  for (let cluster = 0; cluster < counts.length; cluster += 1) {
    if ((sums[cluster] ?? 0) < (counts[cluster] ?? 0)) wrong += 1;
    if ((sums[cluster] ?? 0) > 0) right += 1;
  }
  return Math.min(wrong, right);
}

/**
 * Items that tell as much without clusters, of answers that are right or wrong. The correlation within a patient is
 * drawn to 1/2 as far as the rarer answer is too rare to tell it.
 */
export function effectiveItems(totals: Totals, t: number): number {
  const { value, items, variance, meanSize } = spreadOf(totals);
  if (meanSize === 1) return items;
  const plain = (value * (1 - value)) / items;
  const found = variance === 0 ? 0 : Math.min(1, Math.max(0, (variance / plain - 1) / (meanSize - 1)));
  const weight = ((t * t) / 2) * (meanSize - 1) * 0.5;
  const rarer = rarerAnswer(totals);
  const correlation = (weight * 0.5 + rarer * found) / (weight + rarer);
  return items / (1 + (meanSize - 1) * correlation);
}

function wilsonWithin(spread: Spread, { floor, ceiling }: Bounds): Estimate {
  const { clusters, items } = spread,
    width = ceiling - floor,
    t = t95(clusters);
  const value = (spread.value - floor) / width,
    variance = spread.variance / width ** 2;
  const n = variance === 0 ? clusters : (value * (1 - value)) / variance;
  const { low, high } = wilson(value, n, t);
  return {
    value: spread.value,
    low: Math.min(spread.value, floor + width * low),
    high: Math.max(spread.value, floor + width * high),
    clusters,
    designEffect: items / n,
    rule: "ci:wilson95(n_eff=v(1-v)/V,df=G-1)",
  };
}

/**
 * A mean over items with its 95% interval, made over clusters (patients) in closed form: nothing is drawn.
 *
 * Items that are 0 or 1: Wilson's interval with an effective number of items and Student's t; it has one rule from
 * two patients up, and its lower bound never falls when a wrong answer turns right. Items within bounds: Wilson's with
 * the number of items that their variance is worth. Unbounded items: the value and t standard errors, cut at the
 * bounds. One cluster: the whole range.
 *
 * @param totals - at least one item.
 */
export function meanEstimate(totals: Totals, kind: ItemKind, bounds: Bounds): Estimate {
  const used = withItems(totals);
  const spread = spreadOf(used);
  const { value, clusters, items, variance } = spread;
  if (clusters === 1)
    return { value, low: bounds.floor, high: bounds.ceiling, clusters, designEffect: null, rule: wholeRange };
  const t = t95(clusters);
  if (kind === "binary") {
    const n = effectiveItems(used, t);
    const { low, high } = wilson(value, n, t);
    return {
      value,
      low: Math.min(low, value),
      high: Math.max(high, value),
      clusters,
      designEffect: items / n,
      rule: "ci:wilson95(n_eff=rho-shrunk,prior=.5,df=G-1)",
    };
  }
  if (kind === "within") return wilsonWithin(spread, bounds);
  const half = t * Math.sqrt(variance);
  return {
    value,
    low: Math.max(bounds.floor, value - half),
    high: Math.min(bounds.ceiling, value + half),
    clusters,
    designEffect: null,
    rule: "ci:cluster-t95(df=G-1)",
  };
}
