import type { SweepPlan } from "../../../schema/sweep/plan.ts";
import { bestOf, type SweepState, type SweepTrial, trialRow } from "../../../sweep/index.ts";

/** What `tomoe sweep` prints. */
export interface SweepDocument {
  readonly ok: true;
  readonly sweepId: string;
  readonly dir: string;
  readonly objective: SweepPlan["objective"];
  /** The number of the best trial; null while none is done. */
  readonly best: number | null;
  /** In order of number. */
  readonly trials: readonly SweepTrial[];
  /** Time that the sweep was worked on; of no use to comparisons. */
  readonly wallSeconds: number;
}

/** The document of a sweep as its ledger tells it. */
export function sweepDocument(
  { header, trials, workedSeconds }: SweepState,
  dir: string,
  isWorkedOn: boolean,
): SweepDocument {
  const { sweepId, plan } = header;
  const rows = trials.map((trial) => trialRow(trial, isWorkedOn));
  const best = bestOf(rows, plan.objective);
  return {
    ok: true,
    sweepId,
    dir,
    objective: plan.objective,
    best,
    trials: rows,
    wallSeconds: workedSeconds,
  };
}
