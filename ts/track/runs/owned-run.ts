import { readdir, unlink } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { TomoeError } from "../../errors.ts";
import type { SpaceWait } from "../../files/index.ts";
import { defaultSpaceWait, makeFolders, SpaceWaiter, syncFolder, writeWhole } from "../../files/index.ts";
import type { OpenCheckpoint, VerifiedCheckpoint } from "../checkpoints/store.ts";
import { CheckpointStore } from "../checkpoints/store.ts";
import type { AppendOptions } from "../record/append-file.ts";
import { EventLog } from "../record/event-log.ts";
import { MetricLog } from "../record/metric-log.ts";
import { RowLog } from "../record/row-log.ts";
import type { RunPaths } from "./layout.ts";
import { runPaths } from "./layout.ts";
import type { RunLock } from "./lock.ts";
import type { RunState, RunStatus } from "./state.ts";
import { readState, writeState } from "./state.ts";

export interface OwnedRunOptions {
  readonly dir: string;
  readonly lock: RunLock;
  readonly state: RunState;
  readonly notice: (line: string) => void;
  readonly space?: SpaceWait;
}

/** Why a run ended as it did. */
export interface RunFault {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The run this process owns: the only way to write into a run folder. */
export class OwnedRun {
  readonly runId: string;
  readonly dir: string;
  readonly paths: RunPaths;
  /** Waits for a full disk, for everything that is written on behalf of this run. */
  readonly space: SpaceWaiter;
  readonly #lock: RunLock;
  readonly #notice: (line: string) => void;
  readonly #store: CheckpointStore;
  #state: RunState;
  #logs: Promise<{ close(): Promise<void> }>[] = [];
  #metrics: Promise<MetricLog> | undefined;
  #events: Promise<EventLog> | undefined;
  #predictions: Promise<RowLog> | undefined;

  constructor(options: OwnedRunOptions) {
    this.dir = options.dir;
    this.runId = options.state.runId;
    this.paths = runPaths(options.dir);
    this.#lock = options.lock;
    this.#state = options.state;
    this.#notice = options.notice;
    this.space = new SpaceWaiter(options.space ?? defaultSpaceWait, options.notice);
    this.#store = new CheckpointStore({
      folder: this.paths.checkpoints,
      runId: this.runId,
      guard: (attempt) => this.assertCurrent(attempt),
      notice: options.notice,
    });
  }

  get state(): RunState {
    return this.#state;
  }

  /** The fence: number of starts and restarts so far; 0 before the first. */
  get attempt(): number {
    return this.#state.attempt;
  }

  /**
   * Counts one more start: what a worker of a lower attempt still sends is refused from here on. Call it
   * before each worker starts.
   */
  async beginAttempt(): Promise<number> {
    await this.#lock.assertHeld();
    const { endedAt: _ended, error: _error, ...state } = this.#state;
    await this.#replaceState({
      ...state,
      status: "running",
      attempt: state.attempt + 1,
      startedAt: state.startedAt ?? new Date().toISOString(),
    });
    return this.#state.attempt;
  }

  /**
   * Refuses what a replaced worker or a replaced owner still wants to write. Asks the disk, so that another
   * process's takeover is seen.
   *
   * @throws TomoeError `WORKER_FENCED` for a lower attempt, `LOCKED` when the run is not ours any more.
   */
  async assertCurrent(attempt: number): Promise<void> {
    await this.#lock.assertHeld();
    const { attempt: current } = await readState(this.paths.state);
    if (attempt === current) return;
    throw new TomoeError(
      "WORKER_FENCED",
      `attempt ${attempt} of ${this.runId} may write no more: attempt ${current} has begun`,
      {
        hint: "Nothing to do: the newer attempt goes on, and the late write was refused.",
        details: { runId: this.runId, attempt, current },
      },
    );
  }

  /**
   * Records how the run stands; "finished", "failed" and "interrupted" get the time and the fault, if there
   * is one.
   */
  async mark(status: Exclude<RunStatus, "created">, fault?: RunFault): Promise<void> {
    await this.#lock.assertHeld();
    const { endedAt: _ended, error: _error, ...state } = this.#state;
    const ended = status === "running" ? {} : { endedAt: new Date().toISOString() };
    await this.#replaceState({
      ...state,
      status,
      ...ended,
      ...(fault === undefined
        ? {}
        : { error: { code: fault.code, message: fault.message, hint: fault.hint } }),
    });
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
    const target = join(this.dir, path);
    const parts = relative(this.dir, target).split(sep);
    if (
      parts.length > 2 ||
      parts[0] === ".." ||
      ["", "metrics", "events", "checkpoints", "state.json", "lock"].includes(parts[0] ?? "")
    ) {
      throw new TomoeError("INTERNAL", `${path} is not a place for an artifact of a run`, {
        hint: "Report this: artifacts lie in the run folder, or in plots/, receipts/ or logs/.",
      });
    }
    await this.#lock.assertHeld();
    await makeFolders(dirname(target), { space: this.space });
    await writeWhole(target, content, { space: this.space });
  }

  /** The record of metrics; opened at the first call. */
  metrics(): Promise<MetricLog> {
    this.#metrics ??= this.#keep(
      MetricLog.open({ folder: this.paths.metrics, ...this.#appendOptions() }, () => this.attempt),
    );
    return this.#metrics;
  }

  /** The log of plans, routes, restarts; opened at the first call. */
  events(): Promise<EventLog> {
    this.#events ??= this.#keep(
      EventLog.open({ folder: this.paths.events, ...this.#appendOptions() }, () => this.attempt),
    );
    return this.#events;
  }

  /** `predictions.jsonl`; opened at the first call. */
  predictions(): Promise<RowLog> {
    this.#predictions ??= this.#keep(RowLog.open(this.paths.predictions, this.#appendOptions()));
    return this.#predictions;
  }

  /** Begins a checkpoint of `stage` after `step` of its steps, written by the worker of `attempt`. */
  beginCheckpoint(stage: string, step: number, attempt: number = this.attempt): Promise<OpenCheckpoint> {
    return this.#store.begin(stage, step, attempt);
  }

  /**
   * The newest checkpoint that verifies; damaged ones are named, put aside and passed over. Undefined when
   * none was committed.
   */
  latestCheckpoint(signal?: AbortSignal): Promise<VerifiedCheckpoint | undefined> {
    return this.#store.latest(signal);
  }

  /** Keeps the newest `keepLast` checkpoints and the final one; returns the names of those removed. */
  retainCheckpoints(keepLast: number): Promise<readonly string[]> {
    return this.#store.retain(keepLast, this.attempt);
  }

  /** Removes what a killed attempt left half written: checkpoints without COMMIT, temporary files. */
  async sweep(): Promise<void> {
    await this.#store.sweep();
    for (const folder of [this.dir, this.paths.plots, this.paths.receipts]) {
      const names = await readdir(folder).catch(() => []);
      for (const name of names.filter((entry) => /^\..+\.tmp(\.lock)?$/.test(entry))) {
        await unlink(join(folder, name)).catch(() => undefined);
        this.#notice(`removed the unfinished file ${basename(folder)}/${name}`);
      }
    }
    await syncFolder(this.dir);
  }

  /** Waits for the logs, closes them and gives the folder free. */
  async close(): Promise<void> {
    const logs = this.#logs;
    this.#logs = [];
    for (const log of logs) {
      // A log that never opened has told its caller so.
      const opened = await log.catch(() => undefined);
      await opened?.close();
    }
    await this.#lock.release();
  }

  #keep<T extends { close(): Promise<void> }>(log: Promise<T>): Promise<T> {
    this.#logs.push(log);
    return log;
  }

  #appendOptions(): AppendOptions {
    return { guard: () => this.assertCurrent(this.attempt), notice: this.#notice, space: this.space };
  }

  async #replaceState(state: RunState): Promise<void> {
    await writeState(this.paths.state, state, this.space);
    this.#state = state;
  }
}
