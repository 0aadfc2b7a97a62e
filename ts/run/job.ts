import type { ResolvedExperiment } from "../config/index.ts";
import { bug } from "../errors.ts";
import type { RouterPolicy } from "../schema/router.ts";
import type { TaskId } from "../schema/task.ts";
import type { OwnedRun } from "../track/index.ts";
import type { RunEvent } from "../track/read/index.ts";
import type { WorkerClient, WorkerPool, WorkerRoot } from "../worker/index.ts";
import type { SourceRun } from "./base/source-run.ts";
import type { Corpus } from "./prepare/material.ts";
import type { OnProgress } from "./progress.ts";
import type { DeviceChoice, WorkerSource } from "./workers.ts";

/** Where the weights of a run come from, beside its own checkpoints. */
export interface Origin {
  /** Folders that workers may read for it. */
  readonly roots: readonly WorkerRoot[];
  /** The run that it starts from; null for another origin, and once it has checkpoints of its own. */
  readonly source: SourceRun | null;
}

/** One number of the held-out split in the middle of a training. */
export interface Point {
  readonly stage: string;
  /** Optimizer steps on volumes so far. */
  readonly steps: number;
  /** Optimizer steps so far, those before the lift too. */
  readonly done: number;
  readonly value: number;
}

/** When and what of the held-out split is measured in the middle of a training; its result changes nothing. */
export interface PointSettings {
  readonly task: TaskId;
  /** As a scorecard names it. */
  readonly metric: string;
  /** Whether it is measured after so many steps on volumes. */
  readonly isDue: (steps: number) => boolean;
  /** Whether the number after so many steps was told before the run went on: it is not measured again. */
  readonly isTold: (steps: number) => boolean;
  /** Told of each before the next step; who aborts the run meanwhile ends it at this step. */
  readonly onPoint: (point: Point) => Promise<void>;
}

/** What every attempt of a run has in common. */
export interface RunJob {
  readonly owned: OwnedRun;
  readonly resolved: ResolvedExperiment;
  readonly corpus: Corpus;
  readonly policy: RouterPolicy;
  readonly workers: WorkerSource;
  readonly device: DeviceChoice;
  /** What its model begins from. */
  readonly origin: Origin;
  readonly onProgress: OnProgress;
  /** Aborted: the step in flight is finished, a checkpoint written, and the run ends resumable. */
  readonly stop: AbortSignal;
  /** What is measured in the middle; nothing when absent. */
  readonly points?: PointSettings;
  /** Share of the machine that its workers may take together; all of it when absent. */
  readonly share?: number;
  /** A training that is only looked at: it ends behind this step, and nothing is kept, tried or measured on the way. */
  readonly until?: { readonly stage: string; readonly step: number };
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** One attempt of a run: what there is to do, and the ranks that do it. */
export interface Attempt {
  readonly job: RunJob;
  readonly pool: WorkerPool;
}

/** The rank that does what one is enough for: answers, scores, checkpoints. */
export function firstRank(pool: WorkerPool): WorkerClient {
  const [rank] = pool.ranks;
  if (rank === undefined) throw bug("a pool without ranks");
  return rank;
}

/** Writes one event into the run's record; resolves once it is on the disk. */
export async function recordEvent(job: Pick<RunJob, "owned">, event: RunEvent): Promise<void> {
  await (await job.owned.events()).append([event]);
}
