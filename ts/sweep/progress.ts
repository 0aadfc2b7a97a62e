import type { SweepPlan } from "../schema/sweep/plan.ts";

/** What is left of a budget: trials that may still begin, steps, hours; undefined where nothing limits them. */
export interface BudgetLeft {
  readonly trials: number | undefined;
  readonly steps: number | undefined;
  readonly hours: number | undefined;
}

/** What of a budget is spent. */
export interface Spent {
  /** Trials that were begun. */
  readonly trials: number;
  /** Optimizer steps of the trials that came to their end. */
  readonly steps: number;
  readonly seconds: number;
}

/** @param mostTrials - trials that the sampler has to propose; undefined where it never runs out. */
export function budgetLeft(
  { budget }: Pick<SweepPlan, "budget">,
  spent: Spent,
  mostTrials: number | undefined,
): BudgetLeft {
  const limits = [budget.trials, mostTrials].filter((limit) => limit !== undefined);
  return {
    trials: limits.length === 0 ? undefined : Math.min(...limits) - spent.trials,
    steps: budget.steps === undefined ? undefined : budget.steps - spent.steps,
    hours: budget.hours === undefined ? undefined : budget.hours - spent.seconds / 3600,
  };
}

/** Whether no further trial may begin. */
export function isOver(left: BudgetLeft): boolean {
  return Object.values(left).some((rest: number | undefined) => rest !== undefined && rest <= 0);
}

/** The number of the best trial, the earlier one of two alike; null where none is done. */
export function bestOf(
  trials: readonly { readonly number: number; readonly state: string; readonly value: number | null }[],
  { direction }: SweepPlan["objective"],
): number | null {
  const sign = direction === "max" ? 1 : -1;
  let best: { readonly number: number; readonly value: number } | null = null;
  for (const { number, state, value } of trials)
    if (state === "done" && value !== null && (best === null || sign * value > sign * best.value))
      best = { number, value };
  return best === null ? null : best.number;
}
