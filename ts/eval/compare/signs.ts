import type { Interval } from "../interval/mean.ts";
import { eachPattern, patternsOf } from "./flips.ts";

// Taken once: where a host wraps the global object (test runners do) a look-up costs more than the arithmetic.
const { abs } = Math;

/** Differences that are equal but for rounding. */
const rounding = 1e-12;

/** A difference is told from none below this. */
export const alpha = 0.05;

/** Differences of each cluster's sums, and how much each cluster weighs; weights add up to 1. */
export interface ClusterDifferences {
  readonly differences: Float64Array;
  readonly weights: Float64Array;
}

/** Sums under every pattern of signs: the observed one is the first. */
export interface FlippedSums {
  readonly differences: Float64Array;
  readonly weights: Float64Array;
}

/** The sums of signed differences and of signed weights under every pattern of signs. */
export function flippedSums({ differences, weights }: ClusterDifferences): FlippedSums {
  const clusters = differences.length,
    { count } = patternsOf(clusters);
  const sums = { differences: new Float64Array(count), weights: new Float64Array(count) };
  eachPattern(clusters, (pattern, turned) => {
    let difference = 0,
      weight = 0;
    for (let cluster = 0; cluster < clusters; cluster += 1) {
      const sign = turned[cluster] === 1 ? -1 : 1;
      difference += sign * (differences[cluster] ?? 0);
      weight += sign * (weights[cluster] ?? 0);
    }
    sums.differences[pattern] = difference;
    sums.weights[pattern] = weight;
  });
  return sums;
}

/**
 * Two-sided p of the sign-flip test that the difference is `shift`: the share of patterns whose sum is as far from 0
 * as the observed one.
 */
export function pOfShift({ differences, weights }: FlippedSums, shift: number): number {
  const observed = abs((differences[0] ?? 0) - shift * (weights[0] ?? 0)) - rounding;
  let asFar = 0;
  for (let pattern = 0; pattern < differences.length; pattern += 1)
    if (abs((differences[pattern] ?? 0) - shift * (weights[pattern] ?? 0)) >= observed) asFar += 1;
  return asFar / differences.length;
}

/** The last shift that is not rejected on the way from one that is not to one that is. */
function edge(sums: FlippedSums, kept: number, rejected: number): number {
  let inside = kept,
    outside = rejected;
  for (let step = 0; step < 60; step += 1) {
    const middle = (inside + outside) / 2;
    if (pOfShift(sums, middle) >= alpha) inside = middle;
    else outside = middle;
  }
  return inside;
}

/**
 * 95% interval of a difference: the shifts that the test does not reject. It holds 0 exactly where p is 0.05 or more;
 * with five clusters or fewer it is the whole range, since so few cannot show a difference.
 *
 * @param range - the largest difference there can be.
 */
export function invertedInterval(sums: FlippedSums, range: number): Interval {
  const value = sums.differences[0] ?? 0,
    keepsZero = pOfShift(sums, 0) >= alpha;
  const towards = (end: number): number => {
    const zeroIsOnTheWay = (end < 0 && value > 0) || (end > 0 && value < 0);
    if (zeroIsOnTheWay && !keepsZero) return edge(sums, value, 0);
    return pOfShift(sums, end) >= alpha ? end : edge(sums, zeroIsOnTheWay ? 0 : value, end);
  };
  return { low: Math.min(value, towards(-range)), high: Math.max(value, towards(range)) };
}

/** Variance of a difference over clusters; null for one cluster, which cannot tell. */
export function varianceOf({ differences, weights }: ClusterDifferences): number | null {
  const clusters = differences.length;
  if (clusters < 2) return null;
  const value = differences.reduce((sum, one) => sum + one, 0);
  const squares = differences.reduce((sum, one, at) => sum + (one - value * (weights[at] ?? 0)) ** 2, 0);
  return (clusters / (clusters - 1)) * squares;
}

/** Holm's step-down correction; the order of `values` is kept. */
export function holm(values: readonly number[]): readonly number[] {
  const order = values.map((_value, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const corrected: number[] = values.map(() => 1);
  let highest = 0;
  for (const [rank, at] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (values[at] ?? 1) * (values.length - rank)));
    corrected[at] = highest;
  }
  return corrected;
}
