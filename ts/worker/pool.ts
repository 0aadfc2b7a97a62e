import type { StageSpec } from "../schema/stage.ts";
import type { StageOptions, StageSession, WorkerClient } from "./rank.ts";

/** How the worker processes ended. */
export interface WorkerExit {
  readonly exitCode: number | null;
  /** Name of the signal, e.g. "SIGKILL". */
  readonly signal: string | null;
  /** True when we had to use SIGKILL. */
  readonly forced: boolean;
  /** Last lines of the log. */
  readonly logTail: readonly string[];
}

/** The ranks of one attempt, all of them ready. */
export interface WorkerPool {
  /** In rank order. */
  readonly ranks: readonly WorkerClient[];
  readonly attempt: number;
  /** Whether the processes served an earlier run of this process, and were reset since. */
  readonly isKept: boolean;
  /** Resolves when the processes have ended, for whatever reason; never rejects. */
  readonly ended: Promise<WorkerExit>;
  /**
   * The same call on every rank at once, results in rank order; the first failure is thrown after the others
   * have settled.
   */
  all<T>(call: (rank: WorkerClient) => Promise<T>): Promise<readonly T[]>;
  /**
   * As `all`, where every rank must give the same: returned once, or `WIRE_DIGEST` naming what differs
   * between which ranks.
   */
  same<T>(what: string, call: (rank: WorkerClient) => Promise<T>): Promise<T>;
  /** Opens the stage on every rank; all must be at the same first step. */
  openStage(spec: StageSpec, options?: StageOptions): Promise<readonly StageSession[]>;
  /**
   * Asks each rank to write the stack of every thread to the log: works also while the interpreter lock is
   * held.
   */
  dumpStacks(): Promise<void>;
  /**
   * Says that the run is done with them: they are kept for another one where they were lent by `KeptWorkers` and all
   * went well, else ended. Nothing may be asked of this pool afterwards.
   */
  release(): Promise<void>;
  /**
   * Ends the processes: shutdown call, SIGTERM, then SIGKILL to the whole tree after the grace; removes their
   * sockets.
   */
  stop(): Promise<WorkerExit>;
  /** SIGKILL to the whole tree now. */
  kill(): Promise<WorkerExit>;
}
