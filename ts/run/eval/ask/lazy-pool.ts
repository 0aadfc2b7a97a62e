import { join } from "node:path";
import { createRuntimeDir, type WorkerClient, type WorkerPool } from "../../../worker/index.ts";
import { firstRank } from "../../job.ts";
import type { ReadyRun } from "../../predict/ready-run.ts";
import { type CachePlaces, cacheRoots } from "../../prepare/cache-places.ts";
import type { DeviceChoice, WorkerSource } from "../../workers.ts";

/** What the worker of an evaluation is started with. */
export interface PoolWish extends CachePlaces {
  readonly ready: ReadyRun;
  /** Folder of its log. */
  readonly logDir: string;
  readonly device: DeviceChoice;
  readonly workers: WorkerSource;
  readonly signal: AbortSignal;
}

/** A worker that is started when it is first asked for: a stage that is cached needs none. */
export class LazyPool {
  readonly #wish: PoolWish;
  #pool: WorkerPool | undefined;
  #hasModel = false;
  #attempt = 0;

  constructor(wish: PoolWish) {
    this.#wish = wish;
  }

  /** The pool, without a model where none was asked for yet. */
  async pool(): Promise<WorkerPool> {
    const { ready, logDir, device, workers, signal } = this.#wish;
    if (this.#pool !== undefined) return this.#pool;
    await workers.require(signal);
    this.#attempt += 1;
    this.#pool = await workers.start({
      ranks: 1,
      device,
      runtimeDir: createRuntimeDir(),
      logFile: join(logDir, "worker.log"),
      runId: ready.folder.runId,
      attempt: this.#attempt,
      threads: ready.resolved.config.execution.threads,
      roots: [
        ...cacheRoots(this.#wish),
        { name: "checkpoints", path: ready.folder.paths.checkpoints, writable: false },
        ...ready.roots,
      ],
      signal,
    });
    return this.#pool;
  }

  /** The rank that answers, with the checkpoint in it. */
  async model(): Promise<WorkerClient> {
    const worker = firstRank(await this.pool());
    if (!this.#hasModel) {
      const { checkpoint } = this.#wish.ready;
      await worker.loadCheckpoint(
        { root: "checkpoints", path: checkpoint.ref.name },
        checkpoint.manifest.files,
        false,
      );
      this.#hasModel = true;
    }
    return worker;
  }

  /** Ends the processes at once; the next call starts others. */
  async kill(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    this.#hasModel = false;
    await pool?.kill();
  }

  /** Gives the processes back; the next call asks for others. */
  async stop(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    this.#hasModel = false;
    await pool?.release();
  }
}
