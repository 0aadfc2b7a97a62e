import type { SweepPlan } from "../schema/sweep/plan.ts";

/** The objective in the middle of a trial: its value after so many steps on volumes. */
export interface TrialPoint {
  readonly trial: number;
  readonly steps: number;
  readonly value: number;
}

/** Whether a trial is measured after so many steps on volumes. */
export function isPoint({ pruner }: Pick<SweepPlan, "pruner">, steps: number): boolean {
  if (pruner === undefined) return false;
  if (pruner.kind === "median") return steps >= pruner.minSteps && steps % pruner.every === 0;
  // Rungs: minSteps, then each `reduction` times the one before.
  let rung = pruner.minSteps;
  while (rung < steps) rung *= pruner.reduction;
  return rung === steps;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return (low + high) / 2;
}

/**
 * Whether a trial ends at its newest point, by what others had after as many steps. ASHA keeps the best
 * 1/`reduction` of all that came so far, and always the best one; the median rule ends what is worse than the median
 * of at least `trials` others.
 *
 * @param points - in the order of the ledger; those behind the trial's own newest one are not looked at, so that a
 * sweep that is gone on with decides as it did.
 */
export function isPruned(
  { pruner, objective }: Pick<SweepPlan, "pruner" | "objective">,
  points: readonly TrialPoint[],
  trial: number,
): boolean {
  const at = points.findLastIndex((point) => point.trial === trial);
  const own = points[at];
  if (pruner === undefined || own === undefined) return false;
  const sign = objective.direction === "max" ? 1 : -1;
  const others = new Map<number, number>();
  for (const point of points.slice(0, at))
    if (point.trial !== trial && point.steps === own.steps) others.set(point.trial, sign * point.value);
  const values = [...others.values()];
  const value = sign * own.value;
  if (pruner.kind === "median") return values.length >= pruner.trials && value < median(values);
  const kept = Math.max(1, Math.floor((values.length + 1) / pruner.reduction));
  return values.filter((other) => other > value).length >= kept;
}
