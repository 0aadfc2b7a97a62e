import type { SpaceWait } from "../../files/index.ts";
import { defaultSpaceWait, SpaceWaiter } from "../../files/index.ts";
import type { Beside } from "../../schema/answers/control.ts";
import type { VerifiedCheckpoint } from "../checkpoints/list.ts";
import type { AlsoKept, OpenCheckpoint } from "../checkpoints/store.ts";
import { CheckpointStore } from "../checkpoints/store.ts";
import type { EventLog } from "../record/event-log.ts";
import type { MetricLog } from "../record/metric-log.ts";
import type { RowLog } from "../record/row-log.ts";
import type { RunPaths } from "../runs/layout.ts";
import { runPaths } from "../runs/layout.ts";
import type { RunState, RunStatus } from "../runs/state.ts";
import { keepMetricIndex } from "../series/keep-index.ts";
import { artifactPath, sweepUnfinished, writeArtifact } from "./artifacts.ts";
import type { RunLock } from "./lock.ts";
import { RunLogs } from "./logs.ts";
import type { RunFault } from "./tenure.ts";
import { Tenure } from "./tenure.ts";

export interface OwnedRunOptions {
  readonly dir: string;
  readonly lock: RunLock;
  readonly state: RunState;
  readonly notice: (line: string) => void;
  readonly space?: SpaceWait;
}

/** The run this process owns: the only way to write into a run folder. */
export class OwnedRun {
  readonly runId: string;
  readonly dir: string;
  readonly paths: RunPaths;
  /** Waits for a full disk, for everything that is written on behalf of this run. */
  readonly space: SpaceWaiter;
  readonly #notice: (line: string) => void;
  readonly #tenure: Tenure;
  readonly #logs: RunLogs;
  readonly #checkpoints: CheckpointStore;

  constructor({ dir, lock, state, notice, space = defaultSpaceWait }: OwnedRunOptions) {
    this.dir = dir;
    this.runId = state.runId;
    this.paths = runPaths(dir);
    this.space = new SpaceWaiter(space, notice);
    this.#notice = notice;
    this.#tenure = new Tenure({ lock, state, path: this.paths.state, space: this.space });
    this.#logs = new RunLogs({
      paths: this.paths,
      attempt: () => this.attempt,
      guard: () => this.assertCurrent(this.attempt),
      notice,
      space: this.space,
    });
    this.#checkpoints = new CheckpointStore({
      folder: this.paths.checkpoints,
      runId: this.runId,
      guard: (attempt) => this.assertCurrent(attempt),
      notice,
    });
  }

  get state(): RunState {
    return this.#tenure.state;
  }

  /** The fence: number of starts and restarts so far; 0 before the first. */
  get attempt(): number {
    return this.state.attempt;
  }

  /**
   * Counts one more start: what a worker of a lower attempt still sends is refused from here on. Call it
   * before each worker starts.
   */
  beginAttempt(): Promise<number> {
    return this.#tenure.beginAttempt();
  }

  /**
   * Refuses what a replaced worker or a replaced owner still wants to write.
   *
   * @throws TomoeError `WORKER_FENCED` for a lower attempt, `LOCKED` when the run is not ours any more.
   */
  assertCurrent(attempt: number): Promise<void> {
    return this.#tenure.assertCurrent(attempt);
  }

  /**
   * Records how the run stands; "finished", "failed" and "interrupted" get the time and the fault, if there
   * is one.
   */
  async mark(status: Exclude<RunStatus, "created">, fault?: RunFault): Promise<void> {
    // Whoever looks at a run that has ended finds its numbers without reading every line.
    if (status !== "running") await keepMetricIndex(this.paths.metrics);
    await this.#tenure.mark(status, fault);
  }

  /**
   * Writes a file of the run whole or not at all, e.g. `environment.json`, `scorecard.md`, `plots/loss.svg`,
   * `receipts/case-7.json`.
   *
   * @param path - relative to the run folder, one folder deep at most; a log's or a checkpoint's folder is
   * refused.
   * @throws TomoeError `LOCKED`, `DISK_FULL`, `PERMISSION`, `OUTPUT_CREATE`, `IO_FAILED`; `INTERNAL` for a
   * path that is not one of these.
   */
  async write(path: string, content: Uint8Array | string): Promise<void> {
    const target = artifactPath(this.dir, path);
    await this.#tenure.assertHeld();
    await writeArtifact(target, content, this.space);
  }

  /** The record of metrics; opened at the first call. */
  metrics(): Promise<MetricLog> {
    return this.#logs.metrics();
  }

  /** The log of plans, routes, restarts; opened at the first call. */
  events(): Promise<EventLog> {
    return this.#logs.events();
  }

  /** `predictions.jsonl`, or the answers to what is asked beside the held-out volumes; opened at the first call. */
  predictions(beside?: Beside): Promise<RowLog> {
    return this.#logs.predictions(beside);
  }

  /** Begins a checkpoint of `stage` after `step` of its steps, written by the worker of `attempt`. */
  beginCheckpoint(stage: string, step: number, attempt: number = this.attempt): Promise<OpenCheckpoint> {
    return this.#checkpoints.begin(stage, step, attempt);
  }

  /**
   * The newest checkpoint that verifies; damaged ones are named, put aside and passed over. Undefined when
   * none was committed.
   */
  latestCheckpoint(signal?: AbortSignal): Promise<VerifiedCheckpoint | undefined> {
    return this.#checkpoints.latest(signal);
  }

  /**
   * Keeps the newest `keepLast` checkpoints, the final one and the one that `alsoOf` finds among all; returns the names of
   * those removed.
   */
  retainCheckpoints(keepLast: number, alsoOf?: AlsoKept): Promise<readonly string[]> {
    return this.#checkpoints.retain(keepLast, this.attempt, alsoOf);
  }

  /** Removes what a killed attempt left half written: checkpoints without COMMIT, temporary files. */
  async sweep(): Promise<void> {
    await this.#checkpoints.sweep();
    await sweepUnfinished(
      [this.dir, this.paths.metrics, this.paths.plots, this.paths.receipts],
      this.#notice,
    );
  }

  /** Waits for the logs, closes them and releases the folder. */
  async close(): Promise<void> {
    await this.#logs.close();
    await this.#tenure.release();
  }
}
