import type { Totals } from "./clusters.ts";
import type { Estimate, Interval } from "./mean.ts";

/** One type of a mean over types: its items by cluster, over all clusters, and its own estimate. */
export interface MacroPart {
  readonly totals: Totals;
  readonly estimate: Estimate;
}

/** Patients that two types must share until half of their correlation counts. */
const half = 5;

/**
 * How far the errors of each two types go together, 0..1: their correlation over patients, drawn to 0 as far as few
 * patients have both.
 *
 * @returns types x types, row by row; 1 on the diagonal.
 */
export function togetherness(parts: readonly MacroPart[]): Float64Array {
  const size = parts.length,
    clusters = parts[0]?.totals.counts.length ?? 0;
  const products = new Float64Array(size * size),
    both = new Float64Array(size * size);
  const here: number[] = [],
    residuals: number[] = [];
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    here.length = 0;
    for (let type = 0; type < size; type += 1) {
      const part = parts[type];
      const count = part?.totals.counts[cluster] ?? 0;
      if (part === undefined || count === 0) continue;
      here.push(type);
      residuals[type] = (part.totals.sums[cluster] ?? 0) - part.estimate.value * count;
    }
    for (const one of here)
      for (const other of here) {
        const at = one * size + other;
        products[at] = (products[at] ?? 0) + (residuals[one] ?? 0) * (residuals[other] ?? 0);
        both[at] = (both[at] ?? 0) + 1;
      }
  }
  return products.map((product, at) => {
    const one = Math.floor(at / size),
      other = at % size;
    if (one === other) return 1;
    const spread = Math.sqrt((products[one * size + one] ?? 0) * (products[other * size + other] ?? 0));
    const correlation = spread > 0 ? Math.min(1, Math.max(0, product / spread)) : 0;
    const shared = both[at] ?? 0;
    return (correlation * shared) / (shared + half);
  });
}

function reach(distances: readonly number[], weights: Float64Array): number {
  let sum = 0;
  for (const [one, first] of distances.entries())
    for (const [other, second] of distances.entries())
      sum += (weights[one * distances.length + other] ?? 0) * first * second;
  return Math.sqrt(Math.max(0, sum)) / distances.length;
}

/**
 * The unweighted mean of the types' values, with an interval made of theirs by square-and-add: a type on few
 * patients widens it as it should, and none is left out.
 */
export function macroEstimate(parts: readonly MacroPart[]): Interval & { readonly value: number } {
  const weights = togetherness(parts);
  const value = parts.reduce((sum, { estimate }) => sum + estimate.value, 0) / parts.length;
  const below = parts.map(({ estimate }) => estimate.value - estimate.low),
    above = parts.map(({ estimate }) => estimate.high - estimate.value);
  return { value, low: value - reach(below, weights), high: value + reach(above, weights) };
}

/** The rule, for a signature. */
export const macroRule = "ci:square-and-add95(of=type-intervals,R=clip(c,0,1)*b/(b+5))";
