import type { StageSpec } from "../schema/stage.ts";
import type { StageOptions, StageSession, WorkerClient } from "./rank.ts";

/** A folder the workers may open. Checkpoint folders are writable; caches and slots are not. */
export interface WorkerRoot {
  readonly name: string;
  readonly path: string;
  readonly writable: boolean;
}

/** How to start the ranks of one attempt on this machine. */
export interface WorkerLaunch {
  /** Folder of this package: holds `py-runtime/` and, in a clone, `.venv/`. */
  readonly packageRoot: string;
  /** Processes, one device each; above 1 torchrun starts them. */
  readonly ranks: number;
  readonly device: "auto" | "cpu" | "cuda";
  /** "auto" is a Unix socket, or loopback TCP where the socket's path would be too long. Default "auto". */
  readonly transport?: "auto" | "uds" | "tcp";
  /** From `createRuntimeDir`: mode 0700; sockets and ready files lie in it. */
  readonly runtimeDir: string;
  /** What the processes print; rotated at `maxLogBytes`. */
  readonly logFile: string;
  /** Size at which the log is rotated; one older file is kept. Default 8 MiB. */
  readonly maxLogBytes?: number;
  readonly runId: string;
  /** Fence: counts the starts of this run from 0; a worker of a lower attempt can write nothing. */
  readonly attempt: number;
  readonly roots: readonly WorkerRoot[];
  /** From `openTelemetry`; without it the workers send none. */
  readonly telemetryEndpoint?: string;
  /** Intra-op threads of each rank; 0 leaves torch's own choice. */
  readonly threads: number;
  /** Most time from spawn to the hello's answer. Default 120 s. */
  readonly readyTimeoutMs?: number;
  /** Time between SIGTERM and SIGKILL. Default 5 s. */
  readonly graceMs?: number;
  /** Variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * How ranks say that they are ready. Default "fd" for one rank, "file" for several; "tcp" listens on
   * loopback.
   */
  readonly readyVia?: "fd" | "file" | "tcp";
  /**
   * Aborted while they start: the processes are ended. Once they are ready it has no effect; see
   * `WorkerPool.stop`.
   */
  readonly signal?: AbortSignal;
}

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
   * Ends the processes: shutdown call, SIGTERM, then SIGKILL to the whole tree after the grace; removes their
   * sockets.
   */
  stop(): Promise<WorkerExit>;
  /** SIGKILL to the whole tree now. */
  kill(): Promise<WorkerExit>;
}
