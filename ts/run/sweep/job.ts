import type { Experiment } from "../../config/index.ts";
import { bug } from "../../errors.ts";
import type { RouterPolicy } from "../../schema/router.ts";
import type { SweepHeader } from "../../schema/sweep/records.ts";
import { type Sampler, type SweepState, sweepState } from "../../sweep/index.ts";
import type { SweepLedger } from "../../track/index.ts";
import type { CacheChoice } from "../prepare/cache-use.ts";
import type { OnProgress } from "../progress.ts";
import type { DeviceChoice, WorkerSource } from "../workers.ts";

/** A sweep that this process works on. */
export interface SweepJob {
  readonly ledger: SweepLedger;
  readonly header: SweepHeader;
  readonly experiment: Experiment;
  readonly device: DeviceChoice;
  readonly sampler: Sampler;
  readonly runsDir: string;
  /** Trials that are worked on at once. */
  readonly parallel: number;
  /** Aborted: the runs at work stop cleanly, and the sweep with them; all stays resumable. */
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly workers: WorkerSource;
  /** The cache of prepared volumes: its folder, null for none; `TOMOE_CACHE` or the project's own when absent. */
  readonly cache?: CacheChoice;
}

/** Where the sweep stands by its ledger. */
export function stateOf({ ledger }: Pick<SweepJob, "ledger">): SweepState {
  const state = sweepState(ledger.records);
  if (state === undefined) throw bug(`the ledger of ${ledger.sweepId} is in no order`);
  return state;
}

/** The experiment of a ledger; with the policy of the user's own where there is one. */
export function experimentIn({ input }: SweepHeader, policy: RouterPolicy | undefined): Experiment {
  return {
    kind: "experiment",
    input: input as unknown as Experiment["input"],
    ...(policy === undefined ? {} : { policy }),
  };
}
