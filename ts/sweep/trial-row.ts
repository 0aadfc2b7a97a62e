import type { Assignment } from "../schema/sweep/plan.ts";
import type { TrialState } from "./state.ts";

/** A trial in documents: "waiting" and "running" are seen of a sweep that is not at its end alone. */
export interface SweepTrial {
  readonly number: number;
  readonly state: "done" | "pruned" | "failed" | "waiting" | "running";
  readonly assignment: Assignment;
  readonly seed: number;
  /** The objective, averaged over the trial's runs; of a pruned one as it was last seen; null where it has none. */
  readonly value: number | null;
  /** Optimizer steps of all its runs. */
  readonly steps: number;
  /** Its newest run. */
  readonly runId: string | null;
  /** Why it failed. */
  readonly reason: string | null;
}

/** @param isWorkedOn - whether a process works on the sweep: a trial that is open then runs, else it waits. */
export function trialRow(trial: TrialState, isWorkedOn: boolean): SweepTrial {
  const { number, assignment, seed, begun, ended, end } = trial;
  const runId = begun.at(-1)?.runId ?? null;
  if (end !== undefined) {
    const { state, value, steps, reason } = end;
    return { number, state, assignment, seed, value, steps, runId, reason };
  }
  const state = isWorkedOn ? "running" : "waiting";
  const steps = ended.reduce((sum, run) => sum + run.steps, 0);
  return { number, state, assignment, seed, value: null, steps, runId, reason: null };
}
