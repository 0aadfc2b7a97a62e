import type { Assignment } from "../schema/sweep/plan.ts";
import type { PointRecord, RunEnd, SweepHeader, SweepRecord } from "../schema/sweep/records.ts";

type TrialEnd = Extract<SweepRecord, { readonly kind: "trial-ended" }>;

/** A run that a ledger knows to have begun. */
export type BegunRun = Extract<SweepRecord, { readonly kind: "run" }>;

/** One trial, as far as the ledger tells. */
export interface TrialState {
  readonly number: number;
  readonly assignment: Assignment;
  readonly seed: number;
  readonly begun: readonly BegunRun[];
  readonly ended: readonly RunEnd[];
  /** How it came out; undefined while that is open. */
  readonly end: TrialEnd | undefined;
}

/** Where a sweep stands. */
export interface SweepState {
  readonly header: SweepHeader;
  readonly trials: readonly TrialState[];
  /** What was measured in the middle of runs, in the order of the ledger. */
  readonly points: readonly PointRecord[];
  readonly workedSeconds: number;
}

/** The state that a ledger's records tell; undefined of a ledger that does not begin with its header. */
export function sweepState(records: readonly SweepRecord[]): SweepState | undefined {
  const [header] = records;
  if (header?.kind !== "sweep") return undefined;
  const trials: { -readonly [K in keyof TrialState]: TrialState[K] }[] = [];
  const points: PointRecord[] = [];
  let workedSeconds = 0;
  for (const record of records.slice(1)) {
    if (record.kind === "sweep") return undefined;
    if (record.kind === "worked") {
      workedSeconds += record.seconds;
      continue;
    }
    if (record.kind === "trial") {
      const { trial: number, assignment, seed } = record;
      trials[number] = { number, assignment, seed, begun: [], ended: [], end: undefined };
      continue;
    }
    const trial = trials[record.trial];
    if (trial === undefined) return undefined;
    if (record.kind === "point") points.push(record);
    else if (record.kind === "run") trial.begun = [...trial.begun, record];
    else if (record.kind === "run-ended") trial.ended = [...trial.ended, record];
    else trial.end = record;
  }
  return { header, trials: Object.values(trials), points, workedSeconds };
}
